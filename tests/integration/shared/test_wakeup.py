"""Wake-ups between processes: what is notified in one wakes the other."""

import asyncio

from shared.database import Database, open_database, transaction
from shared.runtime.loop import Loop, running
from shared.runtime.wakeup import wakeup_loop
from tests.support.messaging_harness import World
from tests.support.waiting import eventually

CHANNEL = "spoken"


def _peer(world: World) -> Database:
    url = world.producer.url
    return open_database(url, service="peer")


def _reserve() -> bool:
    """Of a process that does not lead."""
    return False


def _loops(channels: list[str], *databases: Database) -> list[Loop]:
    return [wakeup_loop(database, channels, leads=_reserve) for database in databases]


async def _rings(near: Database, far: Database) -> None:
    """Notify on one side until the other wakes: it may be lost while it reconnects."""
    heard = asyncio.create_task(far.wakeup.wait(CHANNEL, seconds=600))

    async def notify() -> bool:
        near.wakeup.notify(CHANNEL)
        return heard.done()

    await eventually(notify, seconds=30, what="the other side wakes")


async def test_a_ring_is_heard_in_the_other_process(world: World) -> None:
    other = _peer(world)
    channels = [CHANNEL, "leads"]
    async with running(_loops(channels, world.producer, other)):
        for _ in range(3):
            await _rings(world.producer, other)
            await _rings(other, world.producer)
    await other.close()


async def test_a_lost_connection_is_made_again(world: World) -> None:
    other = _peer(world)
    async with running(_loops([CHANNEL], world.producer, other)):
        await _rings(world.producer, other)
        async with transaction(world.consumer) as session:
            lost = await session.scalar(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name LIKE 'leadflow-%-wakeup'"
            )
        assert lost == 2
        await _rings(world.producer, other)
    await other.close()


async def test_many_rings_are_carried_as_few(world: World) -> None:
    other = _peer(world)
    heard = 0
    original = other.wakeup.notify_here

    def count(channel: str) -> None:
        nonlocal heard
        heard += 1
        original(channel)

    async with running(_loops([CHANNEL], world.producer, other)):
        await _rings(world.producer, other)
        other.wakeup.notify_here = count  # type: ignore[method-assign]
        for _ in range(1000):
            world.producer.wakeup.notify(CHANNEL)

        async def times() -> int:
            return heard

        await eventually(times, seconds=5, what="notifications")
    assert 0 < heard < 50
    await other.close()


async def test_a_leader_carries_nothing_and_a_door_hears_nothing(world: World) -> None:
    """Only the leader waits, and it hears itself."""
    leader, door, reserve = world.producer, _peer(world), _peer(world)
    channels, leading = [CHANNEL, "kept", "last"], True
    loops = [
        wakeup_loop(leader, channels, leads=lambda: leading),
        wakeup_loop(door, channels),
        *_loops(channels, reserve),
    ]
    async with running(loops):
        await _rings(door, leader)
        await _rings(door, reserve)
        for database in (door, reserve):
            database.wakeup.events.clear()  # all that was notified when they began to listen
        leader.wakeup.notify("kept")
        leading = False
        heard = asyncio.create_task(reserve.wakeup.wait("last", seconds=600))
        leader.wakeup.notify("last")
        await heard
        assert not reserve.wakeup.events.setdefault("kept", asyncio.Event()).is_set()
        await _rings(door, reserve)  # so its connection has brought all that came before
        assert "last" not in door.wakeup.events
    await door.close()
    await reserve.close()
