"""Rows of what is kept in all its versions, of which the latest one is true: how each of its tables
is written and read.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Column, Table, insert, literal, select, update

from shared.database import Row, Session


async def put_version(session: Session, key: Column[Any], values: Mapping[str, Any]) -> None:
    """The version is the latest from now on; `key` is the id of what it is one of."""
    table = _table(key)
    place = (key == values[key.name]) & table.c.is_latest
    await session.execute(update(table).where(place).values(is_latest=False))
    await session.execute(insert(table).values({**values, "is_latest": True}))


def latest_versions(key: Column[Any], *, before: UUID | None, limit: int) -> Any:
    """The query of the latest version of each, newest id first, one more than `limit`."""
    table = _table(key)
    query = select(table).where(table.c.is_latest).order_by(key.desc()).limit(limit + 1)
    return query if before is None else query.where(key < before)


class Part(NamedTuple):
    """Which versions of one: so many that come before a version, or the latest; None is all."""

    before: int | None = None
    limit: int | None = None


EVERY: Final = Part()


async def versions_of(
    session: Session, key: Column[Any], value: UUID, part: Part = EVERY
) -> Sequence[Row]:
    """Versions of one, the latest first, one more than the limit."""
    table = _table(key)
    query = select(table).where(key == value).order_by(table.c.version.desc())
    if part.before is not None:
        # A cursor may name a number that no version has.
        query = query.where(table.c.version < literal(part.before, BigInteger))
    if part.limit is not None:
        query = query.limit(part.limit + 1)
    return list(await session.execute(query))


def _table(key: Column[Any]) -> Table:
    table: Table = key.table
    return table
