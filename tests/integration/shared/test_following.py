"""A journal read by its rows: complete up to its frontier, each stream in the order of versions."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from shared.clock import system_clock
from shared.database import Session, open_database, reading, transaction
from shared.messaging.outbox.following import Frontier
from shared.messaging.outbox.publish import emit
from tests.support.messaging_harness import World, manager, status

_ROWS = "SELECT id, key, version FROM journal WHERE id > :after AND id <= :until ORDER BY id"
_SET_BACK = "UPDATE producer SET life = uuidv7(), opened = pg_current_xact_id()"


@dataclass(eq=False)
class Reader:
    """Takes what is settled."""

    world: World
    frontier: Frontier = field(default_factory=Frontier)
    position: int = 0
    rows: list[tuple[str, int]] = field(default_factory=list)

    async def take(self) -> list[tuple[str, int]]:
        async with reading(self.world.producer) as session:
            for _ in range(2):  # what the first has seen, the second may know to be complete
                await self.frontier.look(session)
            until = self.frontier.settled or 0
            rows = await session.execute(_ROWS, {"after": self.position, "until": until})
        self.position = max(until, self.position)
        fresh = [(row.key, row.version) for row in rows]
        self.rows += fresh
        return fresh


@dataclass(eq=False)
class Slow:
    """A transaction with a number of its own, that goes on when it is told to."""

    world: World
    key: str
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    write: asyncio.Event = field(default_factory=asyncio.Event)
    wrote: asyncio.Event = field(default_factory=asyncio.Event)
    commit: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        database = open_database(self.world.producer.url, service="routing", pool_size=1)
        try:
            async with transaction(database) as session:
                await session.execute("SELECT pg_current_xact_id()")
                self.begun.set()
                await self.write.wait()
                emit(session, status(self.key, "online"), now=system_clock())

                async def wait(_session: Session) -> None:
                    self.wrote.set()
                    await self.commit.wait()

                session.before_commit.append(wait)
        finally:
            await database.close()


@pytest.fixture
async def reader(world: World) -> Reader:
    return Reader(world)


async def test_a_lower_row_that_commits_later_is_waited_for(world: World, reader: Reader) -> None:
    slow = Slow(world, "slow")
    slow.write.set()
    task = asyncio.create_task(slow.run())
    await slow.wrote.wait()
    await world.emit("quick", "online")
    assert await reader.take() == []
    assert reader.frontier.unsettled or reader.frontier.settled is None
    slow.commit.set()
    await task
    assert await reader.take() == [(str(manager("slow")), 1), (str(manager("quick")), 1)]
    assert not reader.frontier.unsettled


async def test_versions_come_in_order_where_transactions_do_not(
    world: World, reader: Reader
) -> None:
    older = Slow(world, "same")  # has the lower number, and writes last
    task = asyncio.create_task(older.run())
    await older.begun.wait()
    await world.emit("same", "busy")
    older.write.set()
    older.commit.set()
    await task
    async with reading(world.producer) as session:
        by_transaction = await session.execute("SELECT version FROM journal ORDER BY xid, id")
    assert by_transaction.scalars() == [2, 1], "else this test shows nothing"
    assert [version for _, version in await reader.take()] == [1, 2]


async def test_nothing_is_lost_or_doubled_among_many_writers(world: World, reader: Reader) -> None:
    async def write(number: int) -> None:
        database = open_database(world.producer.url, service="routing", pool_size=1)
        for _ in range(20):
            async with transaction(database) as session:
                await session.execute("SELECT pg_current_xact_id()")
                await asyncio.sleep(0)
                emit(session, status(f"of-{number % 5}", "online"), now=system_clock())
        await database.close()

    async def follow() -> None:
        while True:
            await reader.take()
            await asyncio.sleep(0)

    following = asyncio.create_task(follow())
    await asyncio.gather(*(write(number) for number in range(10)))
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    await reader.take()
    await reader.take()
    for number in range(5):
        key = str(manager(f"of-{number}"))
        versions = [version for name, version in reader.rows if name == key]
        assert versions == list(range(1, 41))


async def test_in_another_life_it_begins_anew(world: World, reader: Reader) -> None:
    await world.emit("same", "busy")
    await reader.take()
    life, settled = reader.frontier.life, reader.frontier.settled
    async with transaction(world.producer) as session:
        await session.execute(_SET_BACK)
        await session.execute("DELETE FROM journal")
    await reader.take()
    await reader.take()
    assert settled == 1
    assert (reader.frontier.settled, reader.frontier.life == life) == (0, False)
