"""One leader: taken, renewed, lost, taken over; and its loops stop with it."""

import asyncio
import time
from datetime import timedelta

from shared.clock import system_clock
from shared.database import open_database, transaction
from shared.runtime.in_flight import InFlight
from shared.runtime.leader import LeaderLease, only_while_leading
from shared.runtime.loop import Loop, Progress, running
from tests.support.messaging_harness import World
from tests.support.waiting import eventually, passed


def lease(world: World, holder: str, seconds: float = 10.0) -> LeaderLease:
    return LeaderLease(world.producer, holder=holder, seconds=seconds)


async def _end(world: World) -> None:
    """The row's time runs out."""
    async with transaction(world.producer) as session:
        await session.execute("UPDATE leader_lease SET until = clock_timestamp() - interval '1s'")


async def _is_over_before_the_row(world: World, mine: LeaderLease, *, seconds: float) -> None:
    """By its own clock the lease ends so much earlier than by the row: that can be asked late."""
    ends = system_clock() + timedelta(seconds=mine.deadline - time.monotonic())
    ((until,),) = await world.rows(world.producer, "SELECT until FROM leader_lease")
    assert until - ends > timedelta(seconds=seconds)


async def test_only_one_holds_it_and_renewing_keeps_the_epoch(world: World) -> None:
    first, second = lease(world, "first"), lease(world, "second")
    assert await first.acquire()
    assert not await second.acquire()
    assert await first.acquire()
    assert (first.held, second.held, first.epoch) == (True, False, 1)


async def test_a_released_lease_is_taken_at_once_with_the_next_epoch(world: World) -> None:
    first, second = lease(world, "first"), lease(world, "second")
    await first.acquire()
    await first.release()
    assert not first.held
    assert await second.acquire()
    assert second.epoch == 2
    await first.release()
    assert await second.acquire()


async def test_a_frozen_holder_knows_by_itself_that_it_is_over(world: World) -> None:
    frozen = lease(world, "frozen", seconds=3.0)
    assert await frozen.acquire()
    assert frozen.held
    async with asyncio.timeout(60):
        await frozen.lost()
    await _is_over_before_the_row(world, frozen, seconds=0.5)


async def test_after_a_takeover_the_old_holder_does_not_renew(world: World) -> None:
    old, new = lease(world, "old"), lease(world, "new")
    await old.acquire()
    await _end(world)
    assert await new.acquire()
    assert not await old.acquire()
    assert not old.held


async def test_led_loops_run_in_one_process_and_move_to_the_next(world: World) -> None:
    working: list[str] = []

    def worker(name: str) -> list[Loop]:
        async def run(progress: Progress) -> None:
            working.append(name)
            try:
                progress.beat()
                await asyncio.Event().wait()
            finally:
                working.remove(name)

        return only_while_leading(lease(world, name), [Loop("work", run)])

    async def at_work() -> list[str]:
        return list(working)

    async with running(worker("first")):
        await eventually(at_work, seconds=5, what="first", until=lambda found: found == ["first"])
        async with running(worker("second")):
            await passed(0.6)
            assert working == ["first"]
            async with transaction(world.producer) as session:
                await session.execute("UPDATE leader_lease SET holder = 'second', epoch = 2")
            await eventually(
                at_work, seconds=5, what="second", until=lambda found: found == ["second"]
            )
    assert working == []


async def test_work_is_cancelled_in_the_midst_when_the_lease_is_lost(world: World) -> None:
    mine = lease(world, "mine", seconds=3.0)
    stopped = asyncio.Event()

    async def run(_progress: Progress) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    keeper, work = only_while_leading(mine, [Loop("work", run)])
    await mine.acquire()
    async with running([work]), asyncio.timeout(60):  # nobody renews: as if the keeper hung
        await stopped.wait()
    assert keeper.name == "leader"
    await _is_over_before_the_row(world, mine, seconds=0.5)


async def test_the_lease_is_renewed_while_all_connections_of_the_work_are_busy(
    world: World,
) -> None:
    narrow = open_database(
        world.producer.url,
        service="routing",
        pool_size=1,
    )
    mine = LeaderLease(narrow, holder="mine")
    working = asyncio.Event()

    async def run(progress: Progress) -> None:
        async with transaction(narrow) as session:
            working.set()
            while True:
                progress.beat()
                await session.execute("SELECT pg_sleep(0.05)")

    ends: list[object] = []

    async def renewed() -> int:
        """Notes each new end of the row; how many there were."""
        for (until,) in await world.rows(world.producer, "SELECT until FROM leader_lease"):
            if until not in ends:
                ends.append(until)
        return len(ends)

    loops = only_while_leading(mine, [Loop("work", run)])
    try:
        async with running(loops), asyncio.timeout(60):
            await working.wait()
            lost = asyncio.create_task(mine.lost())
            await eventually(
                renewed, seconds=30, what="renewed", until=lambda n: n > 2 or lost.done()
            )
            assert not lost.done()
            lost.cancel()
    finally:
        await narrow.close()


async def test_work_that_holds_its_process_up_again_and_again_is_stalled(world: World) -> None:
    mine = lease(world, "mine", seconds=1.0)
    in_flight = InFlight(world.producer, "blocking", holder="mine")

    async def run(progress: Progress) -> None:
        async with in_flight.attempt(["x"]):
            time.sleep(3.0)  # noqa: ASYNC251  that is what it does
            await asyncio.Event().wait()
        progress.beat()

    loops = only_while_leading(mine, [Loop("work", run)])
    stalled = loops[1].progress.stalled

    async def given_up() -> bool:
        return stalled()

    async with running(loops):
        assert not stalled()
        await eventually(given_up, seconds=20, what="health tells of it")
        rows = await world.rows(world.producer, "SELECT items, attempts FROM in_flight")
        assert rows == [(["x"], 1)]
