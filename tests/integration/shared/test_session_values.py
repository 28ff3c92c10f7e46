"""Statements and values of a session: what is given arrives, and what is there is read."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Integer, column, select, table
from sqlalchemy.dialects.postgresql import JSONB

from shared.database import (
    Database,
    open_database,
    reading,
    transaction,
)
from tests.support.infrastructure import DatabaseFactory
from tests.support.messaging_harness import manager

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


async def test_a_row_is_read_by_name_by_key_and_in_order(database: Database) -> None:
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT CAST(:a AS integer) AS a, '\\:b' AS quoted, CAST(:c AS jsonb) AS c, :a + 1 d",
            {"a": 1, "c": '{"x": [1]}', "unused": 0},
        )
    row = rows.one()
    assert (row.a, row["quoted"], row.c, row.d) == (1, ":b", {"x": [1]}, 2)
    assert {**row} == {"a": 1, "quoted": ":b", "c": {"x": [1]}, "d": 2}
    assert tuple(row) == (1, ":b", {"x": [1]}, 2)
    with pytest.raises(AttributeError):
        _ = row.nothing


async def test_a_column_comes_before_a_method_of_the_same_name(database: Database) -> None:
    async with reading(database) as session:
        row = (await session.execute("SELECT 1 AS items, 2 AS values, 3 AS count")).one()
    assert (row.items, row.values, row.count) == (1, 2, 3)


async def test_a_built_statement_is_run_with_its_types(database: Database) -> None:
    columns = (column("id", Integer), column("said", JSONB))
    item = table("item", *columns)
    async with transaction(database) as session:
        for number in range(3):
            await session.execute(item.insert().values(id=number, said={"n": [number, "ü"]}))
    async with reading(database) as session:
        rows = await session.execute(select(*columns).where(columns[0].in_([0, 2])).order_by("id"))
        none = await session.execute(select(*columns).where(columns[0].in_([])))
    assert [tuple(row) for row in rows] == [(0, {"n": [0, "ü"]}), (2, {"n": [2, "ü"]})]
    assert none == []


async def test_json_is_given_as_text(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        async with transaction(database) as session:
            await session.execute("SELECT CAST(:said AS jsonb)", {"said": {"a": 1}})


async def test_many_mappings_are_many_rows_and_none_are_none(database: Database) -> None:
    insert = "INSERT INTO item (id) VALUES (:id)"
    async with transaction(database) as session:
        await session.execute(insert, [{"id": number} for number in range(3)])
        await session.execute(insert, [])
    assert await _ids(database) == [0, 1, 2]


async def test_a_missing_parameter_is_our_bug(database: Database) -> None:
    for parameters in (None, {"other": 1}):
        with pytest.raises(KeyError):
            async with transaction(database) as session:
                await session.execute("SELECT :id", parameters)


async def test_values_are_written_and_read_as_they_are(database: Database) -> None:
    asked: Mapping[str, Any] = {
        "ids": [manager("ann"), UUID(int=1)],
        "text": '{"a": "ü"}',
        "nothing": None,
    }
    async with reading(database) as session:
        row = (
            await session.execute(
                "SELECT CAST(:ids AS uuid[]) AS ids, CAST(:text AS json) AS json,"
                " CAST(:nothing AS text) AS nothing",
                asked,
            )
        ).one()
    assert (row.ids, row.json, row.nothing) == (asked["ids"], {"a": "ü"}, None)


ARRAYS: Mapping[str, Any] = {
    "uuid": [manager(name) for name in ("ann", "bob", "cem", "dan", "eve")],
    "text": ["", "ü", "{a,b}", None, "NULL", "\\"],
    "bigint": [None, *range(-3, 4)],
    "numeric": [Decimal("1.10"), Decimal(-7), None, Decimal(0), Decimal("1e20")],
    "boolean": [True, False, None, True, False],
    "bytea": [b"", b"\x00", b"a", b"b", b"c"],
    "double precision": [0.5, 1, -2.25, None, 1e300],
    "timestamptz": [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 8)],
    "date": [date(2026, 1, day) for day in range(1, 8)],
    "integer": [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]],
}


@pytest.mark.parametrize("kind", ARRAYS)
async def test_an_array_is_written_as_it_is_however_often(database: Database, kind: str) -> None:
    statement = f"SELECT CAST(:members AS {kind}[]), CAST(:nothing AS {kind}[])"
    for members in (ARRAYS[kind], tuple(ARRAYS[kind]), ARRAYS[kind][:1], [*ARRAYS[kind]] * 20):
        async with transaction(database) as session:
            for _ in range(2):
                row = (await session.execute(statement, {"members": members, "nothing": []})).one()
                assert tuple(row) == ([*members], [])


@pytest.mark.parametrize("members", [[1, 2, 3, 4, "5"], [1, 2, 3, 4, [5]], [[1]] * 4 + [2]])
async def test_an_array_of_members_of_several_kinds_is_refused(
    database: Database, members: Any
) -> None:
    with pytest.raises(asyncpg.DataError):
        async with reading(database) as session:
            await session.execute("SELECT CAST(:members AS integer[])", {"members": members})


class Asked(str):
    """A word that counts how often somebody asks what it is."""

    __slots__ = ()
    times = 0

    @property  # type: ignore[misc]  # of every object it can be written, too
    def __class__(self) -> type:
        Asked.times += 1
        return str


async def test_no_member_of_an_array_is_asked_what_it_is(database: Database) -> None:
    members = ["a", *map(Asked, "bcdefgh")]
    before = Asked.times
    async with reading(database) as session:
        said = await session.scalar("SELECT CAST(:members AS text[])", {"members": members})
    asked = Asked.times - before
    assert "".join(said) == "abcdefgh"
    assert asked == 0
