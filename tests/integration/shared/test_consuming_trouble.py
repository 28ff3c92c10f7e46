"""Consuming in trouble: outages pause, broken events are held, our own faults hold their stream."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared.database import transaction
from shared.errors import UnavailableError
from shared.messaging.consumer.held import held_counts
from shared.messaging.consumer.replay import replay_held
from shared.messaging.consumer.work import consume
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop
from tests.support.messaging_harness import CONSUMER, PATIENT, POISON, TOPIC, World, manager
from tests.support.waiting import eventually

STRICT = replace(PATIENT, failing_streams=5)


async def stopped(loop: Loop, outage: str) -> None:
    async def ask() -> str | None:
        return loop.progress.outage

    await eventually(ask, seconds=10, what=outage, until=lambda seen: seen == outage)


# The last ones are what the driver says of its connection after a loop has stood still.
OUTAGES = (
    UnavailableError("A database this handler needs is away."),
    TimeoutError(),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.InternalClientError("_on_result: waiter is done"),
    asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
)


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda error: type(error).__name__)
async def test_an_outage_pauses_and_nothing_is_held(world: World, outage: Exception) -> None:
    broken = True

    def before(_events: Any) -> None:
        if broken:
            raise outage

    world.handler.before = before
    await world.say("ann", "online", "busy")
    async with world.consumed() as loop:

        async def calls() -> int:
            return world.handler.calls

        await eventually(calls, seconds=5, what="probes", until=lambda number: number > 2)
        assert loop.progress.outage == "unavailable"
        assert await world.held() == []
        broken = False
        await world.settled({"ann": [1, 2]})
    assert await world.held() == []


async def test_the_consumers_database_may_lose_its_connections(world: World) -> None:
    await world.say("ann", "online")
    async with world.consumed():
        await world.settled({"ann": [1]})
        async with transaction(world.producer) as session:
            await session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'leadflow-kpi'"
            )
        await world.say("ann", "busy")
        await world.settled({"ann": [1, 2]})
    assert await world.held() == []


async def test_a_fault_of_our_own_holds_its_stream_and_is_tried_again(world: World) -> None:
    names = [f"manager {number}" for number in range(12)]
    for name in names:
        await world.emit(name, "online", "busy")
    broken = True

    def before(events: Any) -> None:
        if broken and any(item.envelope.key == str(manager(names[0])) for item in events):
            raise KeyError("a bug")

    world.handler.before = before
    await world.send()
    with capture_logs() as lines:
        async with world.consumed():
            await _held_and_tried_again(world, names)
            broken = False
            await world.settled({name: [1, 2] for name in names})
    assert {line["topic"] for line in lines if line["event"] == "consume.fault"} == {TOPIC}
    assert await world.held() == []


async def _held_and_tried_again(world: World, names: list[str]) -> None:
    await world.settled({name: [1, 2] for name in names[1:]})
    key = str(manager(names[0]))

    async def tried_again() -> int:
        query = "SELECT coalesce(max(attempts), 0) FROM held WHERE reason = 'fault'"
        return int((await world.rows(world.consumer, query))[0][0])

    await eventually(tried_again, seconds=10, what="tried again", until=lambda n: n >= 2)
    assert await world.held() == [(key, 1, "fault"), (key, 2, "gap")]

    async def later_each_time() -> bool:
        query = "SELECT bool_or(retry_at > clock_timestamp() + interval '1 second') FROM held"
        return bool((await world.rows(world.consumer, query))[0][0])

    await eventually(later_each_time, seconds=30, what="later each time")


@pytest.mark.parametrize("error", [None, KeyError("a bug")])
async def test_when_everything_fails_nothing_more_is_set_aside(
    world: World, error: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"manager {number}" for number in range(12)]
    monkeypatch.setattr("shared.messaging.consumer.loop.TOPIC_PAUSE_SECONDS", 0.3)
    broken = True

    def before(_events: Any) -> None:
        if broken and error:
            raise error

    world.handler.before = before
    world.handler.poisonous = lambda _value: broken and error is None
    for name in names:
        await world.say(name, "online", "busy")
    with capture_logs():
        async with world.consumed(STRICT, catches_up=True) as loop:
            await stopped(loop, "too-many-failures")
            held = await world.held()
            assert 0 < len([entry for entry in held if entry[2] != "gap"]) <= 5
            broken = False

            async def mended() -> bool:
                # What was in hand while the handler was mended may be held after a first replay.
                await replay_held(world.consuming(STRICT))
                return not await world.held()

            await eventually(mended, seconds=20, what="everything held is replayed")
            await world.settled({name: [1, 2] for name in names}, seconds=20)
    assert await world.held() == []


async def test_a_race_is_tried_again_at_once_and_is_no_outage(world: World) -> None:
    left = 2

    async def handle(session: Any, events: Any, *, now: Any) -> None:
        nonlocal left
        if left:
            left -= 1
            await session.execute("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")
        await world.handler(session, events, now=now)

    consumer = world.consuming()
    consumer.handle = handle
    await world.say("ann", "online")
    subscription = await world.log.subscribe(CONSUMER, consumer.topics)
    received = await subscription.fetch(limit=10, wait_seconds=1.0)
    await consume(consumer, InFlight(world.consumer, "test"), received)
    assert await world.effects("ann") == [1]
    assert await world.held() == []


async def test_held_counts_are_told_by_reason(world: World) -> None:
    await world.say("ann", POISON, "online")
    async with world.consumed():
        await eventually(world.held, seconds=5, what="held", until=lambda held: len(held) == 2)
    async with transaction(world.consumer) as session:
        counts = await held_counts(session)
    assert {reason: number for reason, (number, _) in counts.items()} == {"failed": 1, "gap": 1}
