"""The relay: what is pending travels, in order, until it is acknowledged."""

import pytest

from shared.contracts.catalog import TOPICS
from shared.database import transaction
from shared.messaging.log.protocol import Acknowledged, Message
from shared.messaging.outbox import relay
from shared.messaging.outbox.relay import (
    BATCH,
    Relay,
    acknowledged_prefix,
    is_full,
    pending_state,
    read_due,
    relay_loop,
    send_batch,
)
from shared.runtime.loop import running
from tests.support.messaging_harness import TOPIC, World, manager
from tests.support.waiting import eventually


def versions(world: World) -> list[int]:
    return [int(item.headers["version"]) for item in world.log.messages]


async def test_only_the_acknowledged_beginning_of_a_stream_is_done(world: World) -> None:
    await world.emit("ann", "online", "busy", "away", "online")
    world.log.acknowledged = lambda item: item.headers["version"] != "2"
    await world.send()
    assert await world.pending() == 3
    world.log.acknowledged = lambda _item: True
    await world.send()
    assert await world.pending() == 0
    assert versions(world) == [1, 2, 3, 4, 2, 3, 4]
    async with world.consumed():
        await world.settled({"ann": [1, 2, 3, 4]})
    assert await world.held() == []


async def test_what_was_sent_without_an_answer_is_sent_again_and_has_one_effect(
    world: World,
) -> None:
    await world.emit("ann", "online", "busy")
    world.log.acknowledged = lambda _item: False
    await world.send()
    assert await world.pending() == 2
    world.log.acknowledged = lambda _item: True
    await world.send()
    assert versions(world) == [1, 2, 1, 2]
    async with world.consumed():
        await world.settled({"ann": [1, 2]})
    assert (await world.pending(), await world.held()) == (0, [])


async def test_a_refused_stream_does_not_hold_up_the_others(world: World) -> None:
    await world.emit("ann", *["online"] * 3)
    for number in range(BATCH):
        await world.emit(f"manager {number}", "online")
    await world.emit("ann", "busy")
    stuck = str(manager("ann"))
    world.log.stored = lambda item: item.key != stuck
    world.log.acknowledged = lambda item: item.key != stuck
    await world.send()
    assert await world.pending() == 4
    assert len(world.log.messages) == BATCH
    world.log.stored = world.log.acknowledged = lambda _item: True
    await world.send()
    own = [item for item in world.log.messages if item.key == stuck]
    assert [int(item.headers["version"]) for item in own] == [1, 2, 3, 4]


async def test_a_relay_that_ends_between_sending_and_striking_out_sends_twice(
    world: World,
) -> None:
    await world.emit("ann", "online")
    ended = Relay(world.producer, world.log)
    await send_batch(ended)
    assert (len(world.log.messages), await world.pending()) == (1, 1)
    await world.send()
    assert (len(world.log.messages), await world.pending()) == (2, 0)
    async with world.consumed():
        await world.settled({"ann": [1]})


async def test_what_was_sent_before_an_outage_is_not_struck_out_after_it(world: World) -> None:
    await world.emit("ann", "online")
    await send_batch(world.relay)
    async with transaction(world.producer) as session:
        await session.execute("UPDATE producer SET server = server - interval '1 second'")
    await send_batch(world.relay)
    assert (world.relay.acknowledged, await world.pending()) == ({}, 1), (
        "by now it may be another event"
    )


async def test_the_relay_is_woken_by_emitting(world: World) -> None:
    async with running([relay_loop(world.producer, world.log)]):
        await world.emit("ann", "online")

        async def sent() -> int:
            return len(world.log.messages)

        await eventually(sent, seconds=5, what="sent")


async def test_a_log_that_is_down_keeps_everything_pending(world: World) -> None:
    await world.log.ensure_topics(TOPICS)
    await world.emit("ann", "online", "busy")
    world.log.down = True
    assert not await send_batch(world.relay)
    assert await world.pending() == 2
    async with transaction(world.producer) as session:
        number, oldest = await pending_state(session)
    assert number == 2
    assert oldest is not None
    world.log.down = False
    await world.send()
    async with transaction(world.producer) as session:
        assert await pending_state(session) == (0, None)


async def test_what_is_refused_does_not_hide_what_stands_behind_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 3)
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(relay, "REFUSED_PAUSE_SECONDS", 0.02)
    await world.emit("ann", *["online"] * 7)
    await world.emit("bob", "online")
    stuck = str(manager("ann"))
    world.log.stored = world.log.acknowledged = lambda item: item.key != stuck
    async with running([relay_loop(world.producer, world.log)]):
        await eventually(world.pending, seconds=5, what="bob is sent", until=lambda n: n == 7)
        world.log.stored = world.log.acknowledged = lambda _item: True
        await eventually(world.pending, seconds=5, what="all is sent", until=lambda n: n == 0)
    own = [int(item.headers["version"]) for item in world.log.messages if item.key == stuck]
    assert own == list(range(1, 8))


async def test_a_batch_is_bounded_in_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "BATCH_BYTES", 300)
    await world.emit("ann", *["online"] * 10)
    sizes = []
    while due := await read_due(world.relay):
        messages = list(due.values())
        assert is_full(due) or messages[-1].headers["version"] == "10"
        world.relay.after = max(due)
        sizes.append(sum(len(item.payload) for item in messages[:-1]))
    assert len(sizes) > 2
    assert all(size < 300 for size in sizes)


def test_the_acknowledged_prefix_is_found_stream_by_stream() -> None:
    due = {number: Message(TOPIC, key, b"{}", {}) for number, key in enumerate("ababa", 1)}
    places = [Acknowledged(0, 7), None, None, Acknowledged(0, 8), Acknowledged(0, 9)]
    assert acknowledged_prefix(due, places) == {1: (TOPIC, Acknowledged(0, 7))}
