"""Keeps what is told of people: the versions of rows, and what they add up to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql

from services.kpi.domain.paths.rows import Again, Arrival, Credit, SoldAgain, Version
from services.kpi.domain.paths.segments import Segment
from services.kpi.domain.paths.sums import (
    NAMES,
    AgainCell,
    ArrivalCell,
    CreditCell,
    SaleCell,
    SoldAgainCell,
    Sums,
)
from services.kpi.domain.sales.people import Sale
from services.kpi.tables.money import sale
from services.kpi.tables.paths import (
    again,
    again_sum,
    arrival,
    arrival_sum,
    credit,
    credit_sum,
    sale_sum,
    sold_again,
    sold_again_sum,
)
from shared.database import Session
from shared.statements import columns

_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def _lists(table: Table, names: Sequence[str]) -> str:
    """SQL of parameters with a list for each column, as `unnest` takes them."""
    return ", ".join(
        f"CAST(:{name} AS {table.columns[name].type.compile(_DIALECT)}[])" for name in names
    )


class _RowKind(NamedTuple):
    """A kind of row: `key` names what tells one of them from the others that are known at a time,
    its first member the fact that they are found by.
    """

    table: Table
    kind: Any
    names: tuple[str, ...]
    key: tuple[str, ...]

    def find(self) -> str:
        columns_ = ", ".join(("known_on", "known_until", *self.names))
        return (
            f"SELECT {columns_} FROM {self.table.name}"
            f" WHERE {self.names[0]} = ANY(CAST(:ids AS uuid[]))"
        )

    def remove(self) -> str:
        key = (*self.key, "known_on")
        equal = " AND ".join(f"{self.table.name}.{name} = old.{name}" for name in key)
        return (
            f"DELETE FROM {self.table.name} USING unnest({_lists(self.table, key)})"
            f" AS old ({', '.join(key)}) WHERE {equal}"
        )

    def write(self) -> str:
        names = ("known_on", "known_until", *self.names)
        key = (*self.key, "known_on")
        updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
        return (
            f"INSERT INTO {self.table.name} ({', '.join(names)})"
            f" SELECT * FROM unnest({_lists(self.table, names)})"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updates}"
        )

    def key_of(self, version: Version) -> tuple[Any, ...]:
        return (*attrgetter("known_on", *(f"row.{name}" for name in self.key))(version),)


_KEPT: Final = (
    _RowKind(arrival, Arrival, Arrival._fields, ("inquiry_id",)),
    _RowKind(again, Again, Again._fields, ("inquiry_id", "earlier_id")),
    _RowKind(credit, Credit, Credit._fields, ("sale_id", "since_days", "segment_id", "models")),
    _RowKind(
        sold_again,
        SoldAgain,
        SoldAgain._fields,
        ("sale_id", "earlier_id", "since_days", "models"),
    ),
    _RowKind(sale, Sale, tuple(field.name for field in fields(Sale)), ("sale_id",)),
)
_FIND: Final = {keeping.table.name: keeping.find() for keeping in _KEPT}
_REMOVE: Final = {keeping.table.name: keeping.remove() for keeping in _KEPT}
_WRITE: Final = {keeping.table.name: keeping.write() for keeping in _KEPT}


async def find_versions(
    session: Session, *, inquiry_ids: Collection[UUID], sale_ids: Collection[UUID]
) -> dict[UUID, list[Version]]:
    """The versions that are kept, by the inquiry or sale that they are of."""
    versions: dict[UUID, list[Version]] = {}
    for keeping in _KEPT:
        ids = inquiry_ids if keeping.kind in (Arrival, Again) else sale_ids
        if not ids:
            continue
        for row in await session.execute(_FIND[keeping.table.name], {"ids": sorted(ids)}):
            known_on, known_until, *members = row
            version = Version(known_on, known_until, keeping.kind(*members))
            versions.setdefault(members[0], []).append(version)
    return versions


async def replace_versions(
    session: Session, gone: Iterable[Version], added: Iterable[Version]
) -> None:
    """Keep the added versions, and no more those that are gone."""
    for keeping in _KEPT:
        new = [version for version in added if isinstance(version.row, keeping.kind)]
        keys = {keeping.key_of(version) for version in new}
        old = [
            key
            for version in gone
            if isinstance(version.row, keeping.kind)
            and (key := keeping.key_of(version)) not in keys
        ]
        if old:
            names = " ".join(("known_on", *keeping.key))
            await session.execute(_REMOVE[keeping.table.name], dict(columns(names, old)))
        if new:
            members = attrgetter(*keeping.names)
            rows = [(item.known_on, item.known_until, *members(item.row)) for item in new]
            names = " ".join(("known_on", "known_until", *keeping.names))
            await session.execute(_WRITE[keeping.table.name], dict(columns(names, rows)))


# A rebuild works in a schema of its own; numbers stand for the same everywhere.
_ADD_SEGMENTS: Final = f"""
INSERT INTO public.segment (segment_id, {", ".join(Segment._fields)})
SELECT * FROM unnest(CAST(:segment_id AS bigint[]), CAST(:source AS uuid[]),
    {", ".join(f"CAST(:{name} AS text[])" for name in Segment._fields[1:])})
ON CONFLICT (segment_id) DO NOTHING
"""


async def add_segments(session: Session, segments: Mapping[int, Segment]) -> None:
    rows = [(number, *segments[number]) for number in sorted(segments)]
    names = " ".join(("segment_id", *Segment._fields))
    await session.execute(_ADD_SEGMENTS, dict(columns(names, rows)))


def _add(table: Table, cell: Sequence[str], sums: Sequence[str]) -> str:
    names = (*cell, *sums)
    updates = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in sums)
    is_empty = " AND ".join(f"{table.name}.{name} = 0" for name in sums)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)})"
        f" SELECT * FROM unnest({_lists(table, names)})"
        f" ON CONFLICT ({', '.join(cell)}) DO UPDATE SET {updates} RETURNING {is_empty}"
    )


def _drop_empty(table: Table, cell: Sequence[str], sums: Sequence[str]) -> str:
    equal = " AND ".join(f"{table.name}.{name} = old.{name}" for name in cell)
    is_empty = " AND ".join(f"{table.name}.{name} = 0" for name in sums)
    return (
        f"DELETE FROM {table.name} USING unnest({_lists(table, cell)}) AS old ({', '.join(cell)})"
        f" WHERE {equal} AND {is_empty}"
    )


_SUMMED: Final = (
    (arrival_sum, ArrivalCell),
    (again_sum, AgainCell),
    (credit_sum, CreditCell),
    (sale_sum, SaleCell),
    (sold_again_sum, SoldAgainCell),
)
_ADD_SUMS: Final = {table.name: _add(table, kind._fields, NAMES[kind]) for table, kind in _SUMMED}
_DROP_EMPTY: Final = {
    table.name: _drop_empty(table, kind._fields, NAMES[kind]) for table, kind in _SUMMED
}


async def add_to_sums(session: Session, changes: Mapping[type[Any], Sums]) -> None:
    """Add the changes, by kind of cell; a row that counts nothing any more is no row."""
    for table, kind in _SUMMED:
        cells = sorted(changes[kind])
        if not cells:
            continue
        rows = [(*cell, *changes[kind][cell]) for cell in cells]
        names = " ".join((*kind._fields, *NAMES[kind]))
        added = await session.execute(_ADD_SUMS[table.name], dict(columns(names, rows)))
        if any(added.scalars()):
            keys = dict(columns(" ".join(kind._fields), cells))
            await session.execute(_DROP_EMPTY[table.name], keys)
