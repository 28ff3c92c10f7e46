"""A restored producer gives no version that others may have heard to another event."""

import asyncio

import pytest

from shared.clock import system_clock
from shared.contracts.streams import StreamGap
from shared.database import Database, transaction
from shared.errors import UnavailableError
from shared.messaging.log.memory import MemoryLog
from shared.messaging.outbox import gate
from shared.messaging.outbox.gate import OutboxClosedError, overrule
from shared.messaging.outbox.publish import emit
from tests.support.infrastructure import DatabaseFactory
from tests.support.messaging_harness import (
    CONSUMER,
    EAGER,
    World,
    messaging_database,
    status,
)
from tests.support.restoring import BROUGHT_BACK, Restoring
from tests.support.waiting import eventually

GAP = StreamGap.TYPE
STATUS = "manager.status_changed.v1"


async def test_what_the_log_has_returns_with_its_ids_and_the_service_is_told(
    world: World, restoring: Restoring
) -> None:
    for name in ("ann", "bob", "ann", "bob"):
        await world.say(name, "online", "busy")
    before = [await restoring.journal(name) for name in ("ann", "bob")]
    life = (await restoring.gate()).life
    await restoring.forget(above=2)
    await restoring.recover(world.log)
    assert [await restoring.journal(name) for name in ("ann", "bob")] == before
    assert restoring.restored == [3, 4, 3, 4]
    state = await restoring.gate()
    assert state.is_open
    assert state.life > life
    await world.say("ann", "busy")
    async with world.consumed(EAGER, catches_up=True):
        await world.settled({"ann": [1, 2, 3, 4, 5], "bob": [1, 2, 3, 4]})
    await restoring.close_gate()
    await restoring.recover(world.log)
    assert restoring.restored == [3, 4, 3, 4], "what was read is not read again"
    assert (await restoring.gate()).life == state.life


async def test_what_only_a_consumer_has_heard_becomes_a_gap_that_everybody_passes(
    world: World, restoring: Restoring, migrated_database: DatabaseFactory
) -> None:
    await world.say("ann", "online", "busy", "away")
    await world.say("bob", "online")
    async with world.consumed():
        await world.settled({"ann": [1, 2, 3], "bob": [1]})
    await restoring.forget(above=1)
    await restoring.recover()
    assert await restoring.types("ann") == [STATUS, GAP, GAP]
    assert await restoring.types("bob") == [STATUS]
    await world.say("ann", "busy")
    other = World(world.producer, await messaging_database(migrated_database, CONSUMER), world.log)
    async with world.consumed(catches_up=True), other.consumed(EAGER, catches_up=True):
        await world.settled({"ann": [1, 2, 3, 4], "bob": [1]})
        await other.settled({"ann": [1, 4], "bob": [1]})
        await eventually(other.held, seconds=5, what="nothing held", until=lambda held: not held)
    await other.consumer.close()


async def test_what_a_consumer_holds_was_heard_too(world: World, restoring: Restoring) -> None:
    await world.emit("ann", "online", "busy", "away")
    world.log.stored = lambda item: item.headers["version"] != "2"
    await world.send()
    async with world.consumed():
        await world.settled({"ann": [1]})
    assert [version for _, version, _ in await world.held()] == [3]
    await restoring.forget(above=1)
    await restoring.recover()
    assert await restoring.types("ann") == [STATUS, GAP, GAP]


async def test_a_restart_that_lost_nothing_goes_on_in_the_same_life(
    world: World, restoring: Restoring
) -> None:
    await world.say("ann", "online", "busy")
    await world.say("bob", "online")
    async with world.consumed():
        await world.settled({"ann": [1, 2], "bob": [1]})
    life = (await restoring.gate()).life
    await restoring.close_gate()
    await restoring.recover(world.log)
    state = await restoring.gate()
    assert (state.is_open, state.life) == (True, life)
    assert restoring.kpi.pages == 0, "equal digests spare the comparison"
    await world.say("ann", "away")
    await restoring.close_gate()
    await restoring.recover(world.log)
    assert (await restoring.gate()).life == life, "a consumer that is behind is no reason"


async def test_a_dump_that_was_brought_back_is_another_life_and_can_be_walked(
    world: World, restoring: Restoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_RENUMBER_ROWS", 2)
    for name, *values in (("ann", "online"), ("bob", "online", "busy"), ("ann", "busy")):
        await world.emit(name, *values)
    life = (await restoring.gate()).life
    async with transaction(world.producer) as session:
        await session.execute("UPDATE journal SET xid = CAST(CAST(999999999 - id AS text) AS xid8)")
    await restoring.close_gate(BROUGHT_BACK)
    await restoring.recover()
    assert (await restoring.gate()).life > life
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1, 2], "bob": [1, 2]})


async def test_a_recovery_cut_off_after_it_put_something_back_still_fills_what_is_missing(
    world: World, restoring: Restoring
) -> None:
    await world.say("ann", "online", "busy", "away")
    world.log.messages = [item for item in world.log.messages if item.headers["version"] != "2"]
    await restoring.forget(above=1)
    restoring.kpi.away = True
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await restoring.recover(world.log)
    restoring.kpi.away = False
    await restoring.recover(world.log)
    assert await restoring.types("ann") == [STATUS, GAP, STATUS]


@pytest.mark.parametrize("outlet", [None, MemoryLog()], ids=["relayed", "in memory"])
async def test_nothing_is_emitted_or_sent_while_the_gate_is_closed(
    world: World, restoring: Restoring, outlet: MemoryLog | None
) -> None:
    await world.emit("ann", "online")
    await restoring.close_gate()
    world.producer.outlet = outlet
    with pytest.raises(OutboxClosedError):
        await world.say("ann", "busy")
    assert world.log.messages == []
    await restoring.recover()
    await world.emit("ann", "away")
    assert len(await restoring.journal("ann")) == 2


async def test_it_waits_for_a_consumer_that_is_away_and_goes_on_by_itself(
    world: World, restoring: Restoring
) -> None:
    await world.say("ann", "online", "busy")
    async with world.consumed():
        await world.settled({"ann": [1, 2]})
    await restoring.forget(above=1)
    restoring.kpi.away = True
    async with restoring.recovering() as loop:

        async def outage() -> str | None:
            return loop.progress.outage

        await eventually(
            outage, seconds=5, what="it says so", until=lambda said: said == "recovery-waits"
        )
        with pytest.raises(UnavailableError):
            await world.emit("ann", "away")
        restoring.kpi.away = False
        await eventually(lambda: _is_open(restoring), seconds=5, what="it goes on")
    assert await restoring.types("ann") == [STATUS, GAP]


async def test_an_operator_may_overrule_and_another_life_begins(
    world: World, restoring: Restoring
) -> None:
    await world.emit("ann", "online")
    life = (await restoring.gate()).life
    assert not await _overrule(world.producer), "an open gate needs no word"
    await restoring.close_gate()
    restoring.kpi.away = True
    async with restoring.recovering():
        assert await _overrule(world.producer)
        await eventually(lambda: _is_open(restoring), seconds=5, what="it goes on")
    state = await restoring.gate()
    assert (state.life > life, state.overruled) == (True, False)


async def test_who_began_to_emit_before_the_gate_closed_is_waited_for(
    world: World, restoring: Restoring
) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction(world.producer) as session:
            emit(session, status("ann", "online"), now=system_clock())

            async def wait(_session: object) -> None:
                begun.set()
                await may_end.wait()

            session.before_commit.append(wait)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(slow())
        await begun.wait()
        await restoring.close_gate()
        recovery = tasks.create_task(restoring.recover())
        done, _ = await asyncio.wait({recovery}, timeout=0.3)
        assert not done
        may_end.set()
    assert (await restoring.gate()).is_open


async def _is_open(restoring: Restoring) -> bool:
    return (await restoring.gate()).is_open


async def _overrule(database: Database) -> bool:
    async with transaction(database) as session:
        return await overrule(session)
