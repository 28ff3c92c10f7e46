"""One leader: taken, renewed, lost, taken over; and what it led stops with it."""

import asyncio
import time

import pytest

from shared.database import transaction
from shared.errors import ConflictError
from shared.messaging.leader import LeaderLease, led
from shared.runtime import Loop, Progress, running
from tests.support.kernel import World
from tests.support.waiting import eventually


def lease(world: World, holder: str, seconds: float = 10.0) -> LeaderLease:
    return LeaderLease(world.speaker, holder=holder, seconds=seconds)


async def _end(world: World) -> None:
    """The row's time runs out."""
    async with transaction(world.speaker) as session:
        await session.execute("UPDATE leader_lease SET until = clock_timestamp() - interval '1s'")


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
    frozen = lease(world, "frozen", seconds=0.4)
    assert await frozen.acquire()
    assert frozen.held
    async with asyncio.timeout(5):
        await frozen.lost()
    rows = await world.rows(world.speaker, "SELECT until > clock_timestamp() FROM leader_lease")
    assert rows == [(True,)], "it stopped before the row's end"


async def test_after_a_takeover_the_old_epoch_is_fenced_off(world: World) -> None:
    old, new = lease(world, "old"), lease(world, "new")
    await old.acquire()
    async with transaction(world.speaker) as session:
        await old.fence(session)
    await _end(world)
    assert await new.acquire()
    with pytest.raises(ConflictError):
        async with transaction(world.speaker) as session:
            await old.fence(session)
    assert not await old.acquire()
    assert not old.held


async def test_led_loops_run_in_one_process_and_move_to_the_next(world: World) -> None:
    working: list[str] = []

    def worker(name: str) -> list[Loop]:
        async def run(progress: Progress) -> None:
            working.append(name)
            try:
                while True:
                    progress.beat()
                    await asyncio.sleep(0.01)
            finally:
                working.remove(name)

        return led(lease(world, name, seconds=2.0), [Loop("work", run)])

    async def at_work() -> list[str]:
        return list(working)

    async with running(worker("first")):
        await eventually(at_work, seconds=5, what="first", until=lambda found: found == ["first"])
        async with running(worker("second")):
            began = time.monotonic()
            await eventually(
                at_work,
                seconds=0.7,
                what="still the first",
                until=lambda found: time.monotonic() - began > 0.6,
            )
            assert working == ["first"]
            async with transaction(world.speaker) as session:
                await session.execute("UPDATE leader_lease SET holder = 'second', epoch = 2")
            await eventually(
                at_work, seconds=5, what="second", until=lambda found: found == ["second"]
            )
    assert working == []


async def test_work_is_cancelled_in_the_midst_when_the_lease_is_lost(world: World) -> None:
    mine = lease(world, "mine", seconds=0.4)
    stopped = asyncio.Event()

    async def run(_progress: Progress) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    keeper, work = led(mine, [Loop("work", run)])
    await mine.acquire()
    async with running([work]), asyncio.timeout(5):  # nobody renews: as if the keeper hung
        await stopped.wait()
    assert keeper.name == "leader"
    rows = await world.rows(world.speaker, "SELECT until > clock_timestamp() FROM leader_lease")
    assert rows == [(True,)]
