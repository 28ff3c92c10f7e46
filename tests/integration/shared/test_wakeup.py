"""The bell between processes: what rings in one is heard in the other."""

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
    """Ring on one side until the other side hears: the bell may be lost while it reconnects."""
    heard = asyncio.create_task(far.bell.wait(CHANNEL, seconds=10))

    async def ring() -> bool:
        near.bell.ring(CHANNEL)
        return heard.done()

    await eventually(ring, seconds=9, what="the bell is heard")


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
                " WHERE application_name LIKE 'leadflow-%-bell'"
            )
        assert lost == 2
        await _rings(world.producer, other)
    await other.close()


async def test_many_rings_are_carried_as_few(world: World) -> None:
    other = _peer(world)
    heard = 0
    original = other.bell.ring_here

    def count(channel: str) -> None:
        nonlocal heard
        heard += 1
        original(channel)

    async with running(_loops([CHANNEL], world.producer, other)):
        await _rings(world.producer, other)
        other.bell.ring_here = count  # type: ignore[method-assign]
        for _ in range(1000):
            world.producer.bell.ring(CHANNEL)

        async def times() -> int:
            return heard

        await eventually(times, seconds=5, what="rings")
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
            database.bell.events.clear()  # all that rang when they began to listen
        leader.bell.ring("kept")
        leading = False
        heard = asyncio.create_task(reserve.bell.wait("last", seconds=10))
        leader.bell.ring("last")
        await heard
        assert not reserve.bell.events.setdefault("kept", asyncio.Event()).is_set()
        await _rings(door, reserve)  # so its connection has brought all that came before
        assert "last" not in door.bell.events
    await door.close()
    await reserve.close()
