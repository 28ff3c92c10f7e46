"""The relay: what is pending travels, in order, until it is acknowledged."""

import pytest
from shared.messaging.refilling import refill_if_new

from shared.clock import system_clock
from shared.contracts.catalog import TOPICS
from shared.contracts.envelope import Envelope
from shared.database import transaction
from shared.ids import new_id
from shared.messaging.outbox.relay import (
    BATCH,
    Due,
    acknowledged_prefix,
    pending_state,
    read_due,
    relay_loop,
    send_batch,
)
from shared.runtime.loop import running
from tests.support.kernel import EAGER, TOPIC, World, manager
from tests.support.waiting import eventually


def versions(world: World) -> list[int]:
    return [int(dict(record.headers)["version"]) for record in world.log.everything()]


async def test_only_the_acknowledged_beginning_of_a_stream_is_done(world: World) -> None:
    await world.say("ann", "online", "busy", "away", "online")
    world.log.acknowledged = lambda item: item.headers["version"] != "2"
    await world.send()
    assert await world.pending() == 3
    world.log.acknowledged = lambda _item: True
    await world.send()
    assert await world.pending() == 0
    assert versions(world) == [1, 2, 3, 4, 2, 3, 4]
    async with world.hearing():
        await world.settled({"ann": [1, 2, 3, 4]})
    assert await world.held() == []


async def test_what_was_sent_without_an_answer_is_sent_again_and_has_one_effect(
    world: World,
) -> None:
    await world.say("ann", "online", "busy")
    world.log.acknowledged = lambda _item: False
    await world.send()
    assert await world.pending() == 2
    world.log.acknowledged = lambda _item: True
    await world.send()
    assert versions(world) == [1, 2, 1, 2]
    async with world.hearing():
        await world.settled({"ann": [1, 2]})
    assert (await world.pending(), await world.held()) == (0, [])


async def test_a_refused_stream_does_not_hold_up_the_others(world: World) -> None:
    await world.say("ann", *["online"] * 3)
    for number in range(BATCH):
        await world.say(f"manager {number}", "online")
    await world.say("ann", "busy")
    stuck = str(manager("ann"))
    world.log.stored = lambda item: item.key != stuck
    world.log.acknowledged = lambda item: item.key != stuck
    await world.send()
    assert await world.pending() == 4
    assert len(world.log.everything()) == BATCH
    world.log.stored = world.log.acknowledged = lambda _item: True
    await world.send()
    place = world.log.partition(TOPIC, stuck)
    own = [r for r in world.log.lists[place] if r.key == stuck.encode()]
    assert [int(dict(record.headers)["version"]) for record in own] == [1, 2, 3, 4]


async def test_a_broken_connection_between_sending_and_forgetting_sends_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.say("ann", "online")
    with monkeypatch.context() as broken:
        broken.setattr("shared.messaging.outbox.relay._DELETE", "SELECT 1 / 0")
        await world.send()
    assert await world.pending() == 1
    await world.send()
    assert await world.pending() == 0
    assert len(world.log.everything()) >= 2
    async with world.hearing():
        await world.settled({"ann": [1]})


async def test_a_wiped_log_is_filled_again_from_the_journal(world: World) -> None:
    await world.say("ann", "online", "busy")
    await world.say("bob", "online")
    async with running([relay_loop(world.speaker, world.bus, clock=system_clock)]):
        async with world.hearing():
            await world.settled({"ann": [1, 2], "bob": [1]})
        world.log.wipe()
    await world.say("ann", "away")
    async with (
        running([relay_loop(world.speaker, world.bus, clock=system_clock)]),
        world.hearing(EAGER),
    ):
        await world.settled({"ann": [1, 2, 3], "bob": [1]})

        async def refilled() -> int:
            return len(world.log.everything())

        await eventually(refilled, seconds=10, what="all events", until=lambda found: found == 4)
    assert (await world.pending(), await world.held()) == (0, [])


async def test_the_last_log_again_is_not_filled_twice(world: World) -> None:
    await world.say("ann", "online")
    assert await refill_if_new(world.speaker, log_id="one")
    assert not await refill_if_new(world.speaker, log_id="one")
    assert await refill_if_new(world.speaker, log_id="two")
    # What was spoken to the second log only is missing in the first.
    assert await refill_if_new(world.speaker, log_id="one")


async def test_the_relay_is_woken_by_speaking(world: World) -> None:
    async with running([relay_loop(world.speaker, world.bus, clock=system_clock)]):
        await world.say("ann", "online")

        async def sent() -> int:
            return len(world.log.everything())

        await eventually(sent, seconds=5, what="sent")


async def test_a_log_that_is_down_keeps_everything_pending(world: World) -> None:
    await world.bus.ensure_topics(TOPICS)
    await world.say("ann", "online", "busy")
    world.log.down = True
    assert not await send_batch(world.relay)
    assert await world.pending() == 2
    async with transaction(world.speaker) as session:
        number, oldest = await pending_state(session)
    assert number == 2
    assert oldest is not None
    world.log.down = False
    await world.send()
    async with transaction(world.speaker) as session:
        assert await pending_state(session) == (0, None)


async def test_what_killed_the_relay_three_times_is_set_aside_and_fetched_by_its_listeners(
    world: World,
) -> None:
    await world.say("ann", "online", "busy", "away")
    killer = (await read_due(world.speaker))[1]
    async with transaction(world.speaker) as session:
        await session.execute(
            "INSERT INTO in_hand VALUES ('relay', 'a dead process', ARRAY[:id], 3, now())",
            {"id": str(killer.id)},
        )
    await world.send()
    assert await world.pending() == 0
    assert versions(world) == [1, 3]
    rows = await world.rows(world.speaker, "SELECT id, reason FROM unsendable")
    assert rows == [(killer.id, "crashes_the_process")]
    async with world.hearing(EAGER):
        await world.settled({"ann": [1, 2, 3]})


def test_the_acknowledged_prefix_is_found_stream_by_stream() -> None:
    due = [_due(1, "a"), _due(2, "b"), _due(3, "a"), _due(4, "b"), _due(5, "a")]
    done = acknowledged_prefix(due, [True, False, False, True, True])
    assert [item.id for item in done] == [1]


def _due(number: int, key: str) -> Due:
    envelope = Envelope(
        event_id=new_id(),
        type="manager.changed.v1",
        source="/leadflow/routing",
        time=system_clock(),
        topic=TOPIC,
        key=key,
        version=number,
        payload="{}",
    )
    return Due(number, envelope)
