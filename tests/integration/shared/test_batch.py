"""Work in batches: the whole, its halves, set aside; and what crashes the process is found out."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from shared.connections import driver_url
from shared.database import Database, transaction
from shared.errors import InvalidError, UnavailableError
from shared.runtime.batch import InFlight, is_poison, work_through
from shared.runtime.leader import STALLED
from shared.runtime.process_mark import ProcessMark
from tests.support.messaging_harness import World, manager

# A process that works the items 1 to 4 and dies of item 3, without any farewell.
_MORTAL = """
import asyncio, os, sys
import asyncpg
from shared.connections import driver_url
from shared.database import open_database
from shared.runtime.process_mark import ProcessMark
from tests.integration.shared.test_batch import Work, left

async def main(url):
    database = open_database(url, service="mortal")
    database.mark = ProcessMark()
    connection = await asyncpg.connect(driver_url(url))
    await database.mark.hold(connection)
    work = Work(database, lambda items: os._exit(9) if "3" in items else None)
    await work.through(await left(database))
    await database.mark.release(connection)

asyncio.run(main(sys.argv[1]))
"""


async def left(database: Database) -> list[str]:
    """Of the items 1 to 4 those that are not done."""
    async with transaction(database) as session:
        done = set((await session.execute("SELECT key FROM effect")).scalars())
    return [item for item in "1234" if item not in done]


@dataclass(eq=False)
class Work:
    """Writes each item down as an effect; `before` may break an attempt."""

    database: Database
    before: Callable[[Sequence[str]], Any] = lambda _items: None
    in_flight: InFlight = field(init=False)
    attempts: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.in_flight = InFlight(self.database, "test")

    async def through(self, items: Sequence[str]) -> None:
        await work_through(self.in_flight, items, self)

    def name(self, item: str) -> str:
        return item

    async def together(self, items: Sequence[str]) -> None:
        self.attempts.append(list(items))
        self.before(items)
        await self._write([(item, "done") for item in items])

    async def alone(self, item: str) -> None:
        await self.together([item])

    def is_poison(self, error: Exception) -> bool:
        return is_poison(error)

    async def set_aside(self, item: str, reason: str, _error: Exception | None) -> None:
        await self._write([(item, reason)])

    async def fault(self, _item: str, error: Exception) -> None:
        raise error

    async def _write(self, rows: Sequence[tuple[str, str]]) -> None:
        async with transaction(self.database) as session:
            for key, reason in rows:
                await session.execute(
                    "INSERT INTO effect (key, version, status) VALUES (:key, 1, :reason)",
                    {"key": key, "reason": reason},
                )
            await self.in_flight.done(session)


def breaking(error: BaseException, times: int = 1_000) -> Callable[[Sequence[str]], None]:
    """Item b breaks every attempt it is part of, so many times."""
    remaining = [times]

    def before(items: Sequence[str]) -> None:
        if "b" in items and remaining[0]:
            remaining[0] -= 1
            raise error

    return before


async def outcome(world: World) -> dict[str, str]:
    return dict(await world.rows(world.consumer, "SELECT key, status FROM effect"))


async def leave_behind(world: World, holder: str, items: Sequence[str], attempts: int) -> None:
    async with transaction(world.consumer) as session:
        await session.execute(
            "INSERT INTO in_flight VALUES ('test', :holder, :items, :attempts, clock_timestamp())",
            {"holder": holder, "items": list(items), "attempts": attempts},
        )


async def test_what_kills_the_process_three_times_is_set_aside(world: World) -> None:
    """The first death leaves a mark only: from then on what is in flight is written ahead."""
    ends: list[int] = []
    while len(ends) < 7 and 0 not in ends:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MORTAL, world.consumer.url, stdout=asyncio.subprocess.DEVNULL
        )
        ends.append(await process.wait())
    assert ends == [9, 9, 9, 9, 0]
    assert await outcome(world) == {
        "1": "done", "2": "done", "3": "crashes_the_process", "4": "done",
    }  # fmt: skip


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
    assert await outcome(world) == {"a": "done", "b": "failed", "c": "done", "d": "done"}


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
    assert set((await outcome(world)).values()) == {"done"}


async def test_a_fault_of_our_own_is_never_set_aside(world: World) -> None:
    with pytest.raises(KeyError):
        await Work(world.consumer, breaking(KeyError("a bug"))).through(["a", "b", "c"])
    assert "failed" not in (await outcome(world)).values()


async def test_innocent_items_in_flight_beside_a_killer_are_not_blamed(world: World) -> None:
    await leave_behind(world, "a dead process", ["a", "b"], 1)
    work = Work(world.consumer, breaking(InvalidError("This can never be.")))
    await work.through(["a", "b", "c"])
    assert work.attempts == [["a"], ["b"], ["c"]]
    assert await outcome(world) == {"a": "done", "b": "failed", "c": "done"}


async def test_what_a_living_process_has_in_flight_is_not_adopted(world: World) -> None:
    other, own = ProcessMark(holder="other"), ProcessMark(holder="own")
    first = await asyncpg.connect(driver_url(world.consumer.url))
    second = await asyncpg.connect(driver_url(world.consumer.url))
    await other.hold(first)
    await own.hold(second)
    world.consumer.mark = own
    await leave_behind(world, "other", ["a"], 2)
    living = InFlight(world.consumer, "test", holder="own")
    await living.look()
    assert (living.suspects, living.wary) == ({}, 0)
    await first.close()
    successor = InFlight(world.consumer, "test", holder="own")
    await successor.look()
    assert successor.suspects == {"a": 2}
    assert successor.wary > 0
    await second.close()


async def test_a_process_that_ends_cleanly_makes_nobody_wary(world: World) -> None:
    before, own = ProcessMark(holder="before"), ProcessMark(holder="own")
    connection = await asyncpg.connect(driver_url(world.consumer.url))
    await before.hold(connection)
    await before.release(connection)
    await own.hold(connection)
    world.consumer.mark = own
    in_flight = InFlight(world.consumer, "test", holder="own")
    await in_flight.look()
    assert in_flight.wary == 0
    await connection.close()


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
        assert "crashes_the_process" not in (await outcome(world)).values()
    async with transaction(world.consumer) as session:
        await session.execute("TRUNCATE effect")
    await Work(world.consumer, breaking(asyncio.CancelledError(STALLED))).through("abc")
    assert await outcome(world) == {"a": "done", "b": "crashes_the_process", "c": "done"}


async def test_a_suspects_attempts_are_kept_while_others_are_tried(world: World) -> None:
    await leave_behind(world, "a dead process", ["b"], 2)
    first = InFlight(world.consumer, "test", holder="first")
    await first.look()
    with pytest.raises(asyncio.CancelledError):
        async with first.attempt(["a"]):
            raise asyncio.CancelledError(STALLED)
    second = InFlight(world.consumer, "test", holder="second")
    await second.look()
    assert second.suspects == {"a": 1, "b": 2}


async def test_a_restart_of_the_database_is_no_attempt(world: World) -> None:
    await leave_behind(world, "another", ["a"], 1)
    async with transaction(world.consumer) as session:
        await session.execute("UPDATE in_flight SET taken_at = '2000-01-01'")
    in_flight = InFlight(world.consumer, "test")
    await in_flight.look()
    assert in_flight.suspects == {}


async def test_an_event_that_killed_three_times_is_held_and_the_others_go_on(world: World) -> None:
    await world.emit("ann", "online", "busy")
    await world.emit("bob", "online")
    await world.send()
    await leave_behind(world, "dead", [f"managers/{manager('ann')}/2"], 3)
    async with transaction(world.consumer) as session:
        await session.execute("UPDATE in_flight SET loop = 'consume'")
    async with world.consumed():
        await world.settled({"ann": [1], "bob": [1]})
    assert await world.held() == [(str(manager("ann")), 2, "crashes_the_process")]
