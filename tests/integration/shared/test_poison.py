"""What can never take effect is held where it stands, whatever its shape."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.database import transaction
from shared.messaging import decoding
from shared.messaging.consumer import held
from shared.messaging.consumer.replay import replay_held
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.log.protocol import Message
from tests.support.messaging_harness import TOPIC, World, manager
from tests.support.waiting import eventually


def changed(message: Message, headers: dict[str, str], **parts: object) -> Message:
    return replace(message, headers={**message.headers, **headers}, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "headers",
    [
        {"version": str(2**63)},
        {"version": str(2**63 - 1)},
        {"version": "9" * 5000},
        {"version": "0"},
        {"ce_time": "0001-01-01T00:00:00+14:00"},
        {"ce_time": "9999-12-31T23:59:59-14:00"},
        {"ce_time": "2026-01-01T00:00:00"},
        {"ce_subject": "k" * 3000},
        {"ce_id": "\udcff"},
    ],
)
async def test_an_envelope_out_of_bounds_is_kept_and_blocks_nothing(
    world: World, headers: dict[str, str]
) -> None:
    await world.emit("ann", "online")
    await world.say("bob", "online")
    world.log.messages[0] = changed(world.log.messages[0], headers)
    world.log.append(world.log.messages[0])  # a fetch may bring it twice
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1], "bob": [1]})
    [(key, _, reason)] = await world.held()
    assert (key[:2], reason) == ("?/", "failed")


async def test_what_is_not_even_an_event_is_kept_and_blocks_nothing(world: World) -> None:
    await world.say("ann", "online")
    for _ in range(2):
        world.log.append(Message(TOPIC, "", b"\xff\x00", {"ce_id": "\ufffd"}))
        world.log.append(Message(TOPIC, "k", b"", {}))
    await world.say("ann", "busy")
    async with world.consumed():
        await world.settled({"ann": [1, 2]})
    entries = await world.held()
    assert [entry[2] for entry in entries] == ["failed", "failed"]
    assert all(entry[0].startswith("?/") for entry in entries)


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 5])
async def test_a_value_that_cannot_be_written_is_held(world: World, value: object) -> None:
    await world.emit("ann", "online")
    await world.say("bob", "online")

    def before(events: Sequence[ReceivedEvent]) -> None:
        for item in events:
            if item.envelope.key == str(manager("ann")):
                object.__setattr__(item.event, "status", value)

    world.handler.before = before
    async with world.consumed():
        await world.settled({"ann": [], "bob": [1]})
    assert await world.held() == [(str(manager("ann")), 1, "failed")]


async def test_a_payload_that_breaks_its_contract_is_held_without_its_values(world: World) -> None:
    await world.emit("ann", "online")
    async with transaction(world.producer) as session:
        await session.execute("""UPDATE journal SET payload = '{"manager_id": "Ivan Petrov"}'""")
    await world.send()
    async with world.consumed():
        await world.all_consumed()
    [(reason, detail)] = await world.rows(world.consumer, "SELECT reason, detail FROM held")
    assert reason == "failed"
    assert "manager_id" in detail
    assert "Ivan" not in detail


async def test_what_cannot_be_read_is_blamed_again_after_a_replay(world: World) -> None:
    await world.emit("ann", "online", "busy")
    async with transaction(world.producer) as session:
        await session.execute("UPDATE journal SET payload = '{}' WHERE version = 1")
    await world.send()
    async with world.consumed():
        await world.all_consumed()
    await replay_held(world.consuming())
    assert [entry[1:] for entry in await world.held()] == [(1, "failed"), (2, "gap")]


async def test_a_type_of_newer_code_waits_for_newer_code(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.emit("ann", "online", "busy")
    await world.say("bob", "online")
    with monkeypatch.context() as older:
        for module in (decoding, held):
            older.setattr(module, "EVENT_BY_TYPE", {})
        async with world.consumed():
            await world.all_consumed()
            assert {entry[2] for entry in await world.held()} == {"not_yet_known"}
    assert (await world.effects("ann"), await world.effects("bob")) == ([], [])
    async with world.consumed():
        await world.settled({"ann": [1, 2], "bob": [1]})
        await eventually(world.held, seconds=5, what="nothing held", until=lambda rows: not rows)
