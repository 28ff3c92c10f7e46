"""The steps of many leads as columns of bytes, by whose lead it was first: rows that a program has
to look at one by one take twenty times as long.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    LargeBinary,
    Text,
    cast,
    func,
    literal,
    literal_column,
    select,
)

from services.kpi.repository.reports.cohort import View, leads_of
from shared.database import Session

_NEVER: Final[ColumnElement[Any]] = literal_column("CAST('-infinity' AS timestamptz)")
NOTHING: Final = literal(b"", LargeBinary)


class Ways(NamedTuple):
    """The leads of one first owner. Each of the `columns` has eight bytes for each lead: the
    microseconds since 2000, or the least number for no moment.
    """

    owner_id: UUID | None
    columns: Sequence[bytes]


class Strides(NamedTuple):
    """The leads of one first owner that made a step: ids of 16 bytes, and moments as of `Ways`."""

    owner_id: UUID | None
    lead_ids: bytes
    begins: bytes
    ends: bytes


def first_owner(leads: FromClause) -> ColumnElement[Any]:
    """Who had the lead first, as text: making an id of it for each lead costs as much again."""
    return leads.c.holdings.op("#>>", return_type=Text)(cast(["0", "0"], ARRAY(Text)))


def in_bytes(moment: ColumnElement[Any]) -> ColumnElement[bytes]:
    """An aggregate: the moments of all rows, in one order for all such columns."""
    return func.string_agg(func.timestamptz_send(func.coalesce(moment, _NEVER)), NOTHING)


def owner_ids(firsts: Iterable[str | None]) -> dict[str | None, UUID | None]:
    """Of each first owner the id, made once: there are far fewer of them than groups of leads."""
    return {first: None if first is None else UUID(first) for first in set(firsts)}


async def list_ways(session: Session, view: View, names: Sequence[str]) -> list[Ways]:
    """The moments of these names of all leads of the view."""
    leads = leads_of(view)
    owner = first_owner(leads).label("owner")
    query = select(owner, *(in_bytes(leads.c[name]) for name in names)).group_by(owner)
    rows = [*await session.execute(query)]
    owners = owner_ids(row[0] for row in rows)
    return [Ways(owners[row[0]], row[1:]) for row in rows]


async def list_strides(session: Session, view: View, begin: str, end: str) -> list[Strides]:
    """Of the leads of the view that made the step between two of their moments."""
    leads = leads_of(view)
    owner = first_owner(leads).label("owner")
    query = (
        select(
            owner,
            func.string_agg(func.uuid_send(leads.c.lead_id), NOTHING),
            in_bytes(leads.c[begin]),
            in_bytes(leads.c[end]),
        )
        .where(leads.c[begin].is_not(None), leads.c[end].is_not(None))
        .group_by(owner)
    )
    rows = [*await session.execute(query)]
    owners = owner_ids(row[0] for row in rows)
    return [Strides(owners[row[0]], *row[1:]) for row in rows]
