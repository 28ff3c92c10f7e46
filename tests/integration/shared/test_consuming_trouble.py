"""Hearing in trouble: outages pause, broken events are held, our own faults stop a partition."""

from datetime import timedelta
from typing import Any

import pytest

from shared.database import transaction
from shared.errors import UnavailableError
from shared.messaging import decoding
from shared.messaging.consumer.consumer import Rules
from shared.messaging.consumer.held import held_counts
from shared.messaging.consumer.replay import replay_held
from tests.support.messaging_harness import POISON, TOPIC, World, manager
from tests.support.waiting import eventually


async def test_what_is_not_even_an_event_is_kept_and_blocks_nothing(world: World) -> None:
    await world.emit("ann", "online")
    await world.send()
    partition = world.log.partition(TOPIC, str(manager("ann")))
    world.log.put(partition, key=None, payload=b"\xff\x00", headers=[("ce_id", b"\xff")])
    world.log.put(partition, key=b"k", payload=None, headers=[])
    await world.emit("ann", "busy")
    await world.send()
    async with world.consumed():
        await world.settled({"ann": [1, 2]})
    held = await world.held()
    assert [entry[2] for entry in held] == ["failed", "failed"]
    assert all(entry[0].startswith("?/") for entry in held)


async def test_a_payload_that_breaks_its_contract_is_held_without_its_values(world: World) -> None:
    await world.emit("ann", "online")
    async with transaction(world.producer) as session:
        await session.execute("""UPDATE journal SET payload = '{"manager_id": "Ivan Petrov"}'""")
    await world.send()
    async with world.consumed():
        await world.all_consumed()
    rows = await world.rows(world.consumer, "SELECT reason, detail FROM held")
    assert rows[0][0] == "failed"
    assert "manager_id" in rows[0][1]
    assert "Ivan" not in rows[0][1]


async def test_a_type_of_newer_code_waits_for_newer_code(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.emit("ann", "online", "busy")
    await world.send()
    with monkeypatch.context() as older:
        older.setattr(decoding, "EVENT_BY_TYPE", {})
        async with world.consumed():
            await world.all_consumed()
            assert {entry[2] for entry in await world.held()} == {"not_yet_known"}
            assert await world.effects("ann") == []
    async with world.consumed():
        await world.settled({"ann": [1, 2]})
        await eventually(world.held, seconds=5, what="nothing held", until=lambda held: not held)


async def test_an_outage_pauses_and_nothing_is_held(world: World) -> None:
    broken = True

    def before(_heard: Any) -> None:
        if broken:
            raise UnavailableError("A database this handler needs is away.")

    world.handler.before = before
    await world.emit("ann", "online", "busy")
    await world.send()
    async with world.consumed() as loop:

        async def tried() -> int:
            return world.handler.calls

        await eventually(tried, seconds=5, what="probes", until=lambda calls: calls > 3)
        assert loop.progress.outage == "unavailable"
        assert await world.held() == []
        broken = False
        await world.settled({"ann": [1, 2]})
    assert await world.held() == []


async def test_the_listeners_database_may_lose_its_connections(world: World) -> None:
    await world.emit("ann", "online")
    await world.send()
    async with world.consumed():
        await world.settled({"ann": [1]})
        async with transaction(world.producer) as session:
            await session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'leadflow-kpi'"
            )
        await world.emit("ann", "busy")
        await world.send()
        await world.settled({"ann": [1, 2]})
    assert await world.held() == []


async def test_a_fault_of_our_own_stops_its_partition_and_no_other(world: World) -> None:
    names = [f"manager {number}" for number in range(12)]
    for name in names:
        await world.emit(name, "online")
    await world.send()
    broken_place = world.log.partition(TOPIC, str(manager(names[0])))
    broken = True

    def before(heard: Any) -> None:
        places = {world.log.partition(TOPIC, item.envelope.key) for item in heard}
        if broken and broken_place in places:
            raise KeyError("a bug")

    def elsewhere(name: str) -> bool:
        return world.log.partition(TOPIC, str(manager(name))) != broken_place

    world.handler.before = before
    async with world.consumed():
        expected = {name: [1] for name in names if elsewhere(name)}
        assert len(expected) < len(names)

        async def found() -> dict[str, list[int]]:
            return {name: await world.effects(name) for name in expected}

        await eventually(
            found, seconds=10, what="others go on", until=lambda seen: seen == expected
        )
        assert await world.effects(names[0]) == []
        assert await world.held() == []
        broken = False
        await world.settled({name: [1] for name in names})
    assert await world.held() == []


async def test_when_everything_fails_nothing_more_is_set_aside(world: World) -> None:
    names = [f"manager {number}" for number in range(12)]
    for name in names:
        await world.emit(name, POISON, "online")
    await world.send()
    rules = Rules(
        failing_streams=5,
        first_pause_seconds=0.01,
        longest_pause_seconds=0.05,
        gap=timedelta(hours=1),
        heal_seconds=60.0,
    )
    async with world.consumed(rules) as loop:

        async def outage() -> str | None:
            return loop.progress.outage

        await eventually(
            outage, seconds=10, what="stopped", until=lambda found: found == "too-many-failures"
        )
        failed = [entry for entry in await world.held() if entry[2] == "failed"]
        assert 0 < len(failed) <= 5
        world.handler.poisonous = lambda _value: False

        async def replayed() -> bool:
            # What was in hand while the handler was mended may be held after a first replay.
            await replay_held(world.consuming(rules))
            return not await world.held()

        await eventually(replayed, seconds=20, what="everything held is replayed")
        await world.settled({name: [1, 2] for name in names}, seconds=20)
    assert await world.held() == []


async def test_a_lost_position_is_healed_from_the_journal(world: World) -> None:
    await world.emit("ann", "online", "busy")
    await world.emit("bob", "online")
    await world.send()
    world.log.trim()
    await world.emit("ann", "away")
    await world.send()
    async with world.consumed():
        await world.settled({"ann": [1, 2, 3], "bob": [1]})
    assert await world.held() == []


async def test_a_log_that_lost_its_end_is_read_again_from_its_beginning(world: World) -> None:
    await world.emit("ann", "online", "busy", "away")
    await world.send()
    async with world.consumed():
        await world.settled({"ann": [1, 2, 3]})
    world.log.cut_back()
    await world.emit("ann", "online")
    await world.send()
    async with world.consumed():
        await world.settled({"ann": [1, 2, 3, 4]})


async def test_skipped_records_are_sought_back(world: World) -> None:
    await world.emit("ann", "online", "busy", "away")
    await world.send()
    place = world.log.partition(TOPIC, str(manager("ann")))
    async with world.consumed():
        await world.settled({"ann": [1, 2, 3]})
    async with transaction(world.consumer) as session:
        # A position set back behind the reader's back: what lies between must not be skipped.
        await session.execute("DELETE FROM seen")
        await session.execute("TRUNCATE effect")
    async with world.consumed():
        await world.emit("ann", "online")
        async with transaction(world.consumer) as session:
            await session.execute("UPDATE consumer_position SET next_offset = 0")
        await world.send()
        await world.settled({"ann": [1, 2, 3, 4]})
    assert world.log.end(place) == 4


async def test_holes_in_the_logs_numbers_are_no_loss(world: World) -> None:
    await world.emit("ann", "online")
    await world.send()
    world.log.skip(world.log.partition(TOPIC, str(manager("ann"))))
    async with world.consumed():
        await world.settled({"ann": [1]})
        await world.emit("ann", "busy")
        await world.send()
        await world.settled({"ann": [1, 2]})
    assert await world.held() == []


async def test_held_counts_are_told_by_reason(world: World) -> None:
    await world.emit("ann", POISON, "online")
    await world.send()
    async with world.consumed():
        await eventually(world.held, seconds=5, what="held", until=lambda held: len(held) == 2)
    async with transaction(world.consumer) as session:
        counts = await held_counts(session)
    assert {reason: number for reason, (number, _) in counts.items()} == {"failed": 1, "gap": 1}
