"""What a session promises: a commit is one, a read only that; a spoilt connection is nobody's."""

import asyncio
from collections.abc import AsyncIterator
from threading import Thread
from typing import Any

import asyncpg
import pytest

from shared.clock import system_clock
from shared.connections import Connection
from shared.database import (
    Database,
    RolledBackError,
    Session,
    open_database,
    reading,
    transaction,
)
from shared.errors import UnavailableError
from shared.messaging.outbox.publish import emit
from tests.support.infrastructure import DatabaseFactory
from tests.support.messaging_harness import status

SLEEP = "SELECT pg_sleep(30)"


@pytest.fixture
async def database(empty_database: DatabaseFactory) -> AsyncIterator[Database]:
    database = open_database(await empty_database("plain"), service="plain", pool_size=2)
    async with transaction(database) as session:
        await session.execute("CREATE TABLE item (id integer PRIMARY KEY, said jsonb)")
    yield database
    await database.close()


async def _ids(database: Database) -> list[int]:
    async with reading(database) as session:
        return (await session.execute("SELECT id FROM item ORDER BY id")).scalars()


async def _end_connections(database: Database) -> None:
    connection = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )
    await connection.close()


async def _running(database: Database, statement: str) -> int:
    connection = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    number: int = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = $1", statement
    )
    await connection.close()
    return number


async def test_a_commit_that_was_a_rollback_raises_and_hands_nothing_over(
    database: Database,
) -> None:
    handed: list[str] = []
    with pytest.raises(RolledBackError):  # noqa: PT012
        async with transaction(database) as session:
            session.after_commit.append(lambda: handed.append("over"))
            session.notify_after_commit("wakeup")
            await session.execute("INSERT INTO item (id) VALUES (1)")
            with pytest.raises(asyncpg.UniqueViolationError):
                await session.execute("INSERT INTO item (id) VALUES (1)")
    assert await _ids(database) == []
    assert handed == []
    assert not database.wakeup.events


async def test_after_the_commit_what_waits_for_it_runs_in_order(database: Database) -> None:
    handed: list[int] = []
    async with transaction(database) as session:
        session.after_commit += [lambda: handed.append(1), lambda: handed.append(2)]
        session.notify_after_commit("wakeup")
        assert handed == []
    assert handed == [1, 2]
    assert database.wakeup.events["wakeup"].is_set()


async def test_a_commit_without_an_answer_is_an_outage_and_hands_nothing_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Connection.execute

    async def cut(self: Connection, query: str, *values: Any, **options: Any) -> str:
        if query == "COMMIT":
            await plain(self, query)
            self.terminate()
            raise asyncpg.InterfaceError("connection is closed")
        answer: str = await plain(self, query, *values, **options)
        return answer

    monkeypatch.setattr(Connection, "execute", cut)
    handed: list[str] = []
    with pytest.raises(UnavailableError):  # noqa: PT012
        async with transaction(database) as session:
            session.after_commit.append(lambda: handed.append("over"))
            await session.execute("INSERT INTO item (id) VALUES (1)")
    assert handed == []
    monkeypatch.undo()
    assert await _ids(database) == [1]


def _end_connections_unnoticed(database: Database) -> None:
    """While they end, the loop stands still: their first user meets them dead."""
    ending = Thread(target=lambda: asyncio.run(_end_connections(database)))
    ending.start()
    ending.join()


async def test_connections_ended_by_the_server_are_replaced_unnoticed(database: Database) -> None:
    for _ in range(2):
        async with transaction(database) as one, transaction(database) as two:
            assert await one.scalar("SELECT 1") == await two.scalar("SELECT 1") == 1
        _end_connections_unnoticed(database)
        async with transaction(database) as session:
            assert await session.scalar("SELECT 1") == 1
        _end_connections_unnoticed(database)
        assert await _ids(database) == []


async def test_a_connection_lost_inside_is_an_outage_and_is_not_tried_again(
    database: Database,
) -> None:
    with pytest.raises(UnavailableError):  # noqa: PT012
        async with transaction(database) as session:
            await session.execute("INSERT INTO item (id) VALUES (1)")
            await _end_connections(database)
            await session.execute("INSERT INTO item (id) VALUES (2)")
    assert await _ids(database) == []


@pytest.mark.parametrize("only_read", [True, False])
async def test_a_statement_cut_off_ends_on_the_server_and_its_place_is_free_again(
    database: Database, *, only_read: bool
) -> None:
    lend = reading if only_read else transaction
    for _ in range(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), lend(database) as session:
                await session.execute(SLEEP)
    assert await _running(database, SLEEP) == 0
    async with transaction(database) as one, transaction(database) as two:
        assert await one.scalar("SELECT 1") == await two.scalar("SELECT 1") == 1


@pytest.mark.parametrize("only_read", [True, False])
async def test_a_connection_out_of_step_is_nobodys(database: Database, *, only_read: bool) -> None:
    """What the driver says of two statements at once, it says after a loop has stood still too."""
    lend = reading if only_read else transaction
    with pytest.raises(UnavailableError):  # noqa: PT012
        async with lend(database) as session:
            spoilt = await session.scalar("SELECT pg_backend_pid()")
            await asyncio.gather(session.execute(SLEEP), session.execute("SELECT 1"))
    async with transaction(database) as one, transaction(database) as two:
        pids = [await session.scalar("SELECT pg_backend_pid()") for session in (one, two)]
    assert spoilt not in pids


async def test_a_statement_cut_off_inside_the_block_spoils_the_commit(database: Database) -> None:
    with pytest.raises(RolledBackError):  # noqa: PT012
        async with transaction(database) as session:
            await session.execute("INSERT INTO item (id) VALUES (1)")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await session.execute(SLEEP)
    assert await _ids(database) == []


async def test_waiting_for_a_connection_is_bounded_and_costs_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.connections.WAIT_SECONDS", 0.05)
    async with transaction(database), transaction(database):
        with pytest.raises(UnavailableError):
            async with transaction(database):
                pass
    assert await _ids(database) == []


async def test_a_first_use_by_many_at_once_opens_no_more_than_the_size(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.connections.WAIT_SECONDS", 60.0)
    many = open_database(database.url, service="many", pool_size=3)

    async def pid() -> int:
        async with transaction(many) as session:
            await session.execute("SELECT pg_sleep(0.01)")
            number: int = await session.scalar("SELECT pg_backend_pid()")
            return number

    assert len(set(await asyncio.gather(*(pid() for _ in range(12))))) <= 3
    await many.close()


async def test_a_connection_is_not_kept_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pid() -> Any:
        async with transaction(database) as session:
            return await session.scalar("SELECT pg_backend_pid()")

    first = await pid()
    assert await pid() == first
    monkeypatch.setattr("shared.connections.AGE_SECONDS", 0.0)
    await pid()
    assert await pid() != first


async def test_nothing_can_be_said_where_one_only_reads(database: Database) -> None:
    async def notify(session: Session) -> None:
        session.notify_after_commit("wakeup")

    async def speak(session: Session) -> None:
        emit(session, status("ann", "available"), now=system_clock())

    async def write_many(session: Session) -> None:
        await session.execute("INSERT INTO item (id) VALUES (:id)", [{"id": 1}])

    async def hand_over(session: Session) -> None:
        session.after_commit.append(lambda: None)

    for forbidden in (notify, speak, write_many, hand_over):
        with pytest.raises(RuntimeError):
            async with reading(database) as session:
                await forbidden(session)
