"""Work in batches: the whole, its halves, set aside; and what crashes the process is found out."""

import asyncio
from typing import Any

import asyncpg
import pytest

from shared.database import transaction
from shared.errors import InvalidError, UnavailableError
from shared.runtime.in_flight import InFlight
from shared.runtime.leader import STALLED
from tests.support.batch_work import Work, breaking, leave_behind, outcome
from tests.support.messaging_harness import World


async def test_in_normal_running_nothing_is_written_ahead(world: World) -> None:
    work = Work(world.consumer)
    await work.through(["a", "b", "c"])
    assert work.attempts == [["a", "b", "c"]]
    query = "SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'in_flight'"
    assert await world.rows(world.consumer, "SELECT 1 FROM in_flight") == []
    assert await world.rows(world.consumer, query) == [(0,)]


async def test_poison_is_found_in_the_halves_and_set_aside(world: World) -> None:
    work = Work(world.consumer, breaking(InvalidError("This can never be.")))
    await work.through(["a", "b", "c", "d"])
    assert work.attempts == [["a", "b", "c", "d"], ["a", "b"], ["a"], ["b"], ["b"], ["c", "d"]]
    assert await outcome(world.consumer) == {"a": "done", "b": "failed", "c": "done", "d": "done"}


@pytest.mark.parametrize("error", [UnavailableError("away"), OSError("gone")])
async def test_an_outage_is_not_tried_one_by_one(world: World, error: Exception) -> None:
    work = Work(world.consumer, breaking(error))
    with pytest.raises(type(error)):
        await work.through(["a", "b", "c"])
    assert len(work.attempts) == 1


async def test_a_race_is_tried_again_at_once(world: World) -> None:
    work = Work(world.consumer, breaking(asyncpg.DeadlockDetectedError("a race"), times=2))
    await work.through(["a", "b", "c"])
    assert work.attempts == [["a", "b", "c"]] * 3
    assert set((await outcome(world.consumer)).values()) == {"done"}


async def test_a_fault_of_our_own_is_never_set_aside(world: World) -> None:
    with pytest.raises(KeyError):
        await Work(world.consumer, breaking(KeyError("a bug"))).through(["a", "b", "c"])
    assert "failed" not in (await outcome(world.consumer)).values()


async def test_innocent_items_in_flight_beside_a_killer_are_not_blamed(world: World) -> None:
    await leave_behind(world.consumer, "a dead process", ["a", "b"], 1)
    work = Work(world.consumer, breaking(InvalidError("This can never be.")))
    await work.through(["a", "b", "c"])
    assert work.attempts == [["a"], ["b"], ["c"]]
    assert await outcome(world.consumer) == {"a": "done", "b": "failed", "c": "done"}


async def _broken_off(world: World, message: str | None) -> list[tuple[Any, ...]]:
    """The row of a batch that was cancelled in the midst."""
    in_flight = InFlight(world.consumer, "test", holder="me", wary=1)
    begun = asyncio.Event()

    async def work() -> None:
        async with in_flight.attempt(["a", "b"]):
            begun.set()
            async with transaction(world.consumer) as session:
                await session.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel(message)
    await asyncio.wait({task})
    assert task.cancelled()
    return await world.rows(world.consumer, "SELECT holder, items, attempts FROM in_flight")


async def test_being_asked_to_end_is_no_attempt(world: World) -> None:
    assert await _broken_off(world, None) == [("me", [], 0)]


async def test_attempts_outlive_a_cancellation_for_holding_everything_up(world: World) -> None:
    assert await _broken_off(world, STALLED) == [("", ["a", "b"], 1)]
    successor = InFlight(world.consumer, "test", holder="me")
    await successor.look()
    assert successor.suspects == {"a": 1, "b": 1}, "even in the same process"


async def test_what_holds_everything_up_three_times_is_set_aside(world: World) -> None:
    """The process goes on living, but its lease is lost each time it tries."""
    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            await Work(world.consumer, breaking(asyncio.CancelledError(STALLED))).through("abc")
        assert "crashes_the_process" not in (await outcome(world.consumer)).values()
    async with transaction(world.consumer) as session:
        await session.execute("TRUNCATE effect")
    await Work(world.consumer, breaking(asyncio.CancelledError(STALLED))).through("abc")
    assert await outcome(world.consumer) == {"a": "done", "b": "crashes_the_process", "c": "done"}


async def test_a_suspects_attempts_are_kept_while_others_are_tried(world: World) -> None:
    await leave_behind(world.consumer, "a dead process", ["b"], 2)
    first = InFlight(world.consumer, "test", holder="first")
    await first.look()
    with pytest.raises(asyncio.CancelledError):
        async with first.attempt(["a"]):
            raise asyncio.CancelledError(STALLED)
    second = InFlight(world.consumer, "test", holder="second")
    await second.look()
    assert second.suspects == {"a": 1, "b": 2}


async def test_a_restart_of_the_database_is_no_attempt(world: World) -> None:
    await leave_behind(world.consumer, "another", ["a"], 1)
    async with transaction(world.consumer) as session:
        await session.execute("UPDATE in_flight SET taken_at = '2000-01-01'")
    in_flight = InFlight(world.consumer, "test")
    await in_flight.look()
    assert in_flight.suspects == {}
