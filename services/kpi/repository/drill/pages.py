"""A page of what a number counts, and the number."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
)

from services.kpi.domain.stories.contributions import LONGEST_VALUE
from services.kpi.repository.reports.cohort import COLUMN_OF, NOTHING, FunnelFilter
from shared.database import Session

Items = Select[Any]  # the rows of a number, in the form that `counted` gives them
# The moment, id and number of the last item of the page before.
After = tuple[datetime, UUID, int]
_COLUMNS: Final = {**COLUMN_OF, "loss_reason": "loss_reason"}
_IDS: Final = frozenset({"source", "manager"})


@dataclass(frozen=True, slots=True)
class DrillDownItem:
    """What a number counts: a lead, an inquiry with the lead it belongs to, or one of the times
    that a manager owned a lead, which the `number` tells apart; `at` is when that was. `moment`
    has its place in the order.
    """

    id: UUID
    lead_id: UUID | None
    inquiry_id: UUID | None
    at: datetime | None
    moment: datetime
    number: int = 0

    @property
    def place(self) -> After:
        return (self.moment, self.id, self.number)


_MEMBERS: Final = tuple(field.name for field in fields(DrillDownItem))


@dataclass(frozen=True, slots=True)
class DrillDown:
    """`total` is the number itself; it is counted with the first page only."""

    items: list[DrillDownItem]
    total: int | None


def counted(
    facts: FromClause,
    moment: ColumnElement[Any],
    *,
    inquiry: ColumnElement[Any] | None = None,
    number: ColumnElement[Any] | None = None,
    at: ColumnElement[Any] | None = None,
) -> Items:
    """Its rows in the form of items, which are in the order of those moments."""
    return select(
        (facts.c.lead_id if inquiry is None else inquiry).label("id"),
        (literal(0, Integer) if number is None else number).label("number"),
        facts.c.lead_id.label("lead_id"),
        cast(null() if inquiry is None else inquiry, Uuid).label("inquiry_id"),
        cast(null() if at is None else at, DateTime(timezone=True)).label("at"),
        moment.label("moment"),
    ).select_from(facts)


async def list_page(
    session: Session, items: Items, *, after: After | None, limit: int
) -> list[DrillDownItem]:
    """The items after that one, the latest first."""
    rows = items.subquery("items")
    order = (rows.c.moment, rows.c.id, rows.c.number)
    query = select(rows).order_by(*(column.desc() for column in order)).limit(limit)
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*after))
    return [
        DrillDownItem(*(row[name] for name in _MEMBERS)) for row in await session.execute(query)
    ]


async def count_items(session: Session, items: Items) -> int:
    """How many they are altogether."""
    (row,) = await session.execute(
        select(func.count().label("total")).select_from(items.subquery("items"))
    )
    return int(row["total"])


def matches(facts: FromClause, criteria: FunnelFilter) -> ColumnElement[bool]:
    """Whether a lead, or an inquiry with its lead, is in a group."""
    return and_(
        true(), *(_has(facts.c[_COLUMNS[name]], name, value) for name, value in criteria.items())
    )


def _has(column: ColumnElement[Any], name: str, value: Any) -> ColumnElement[bool]:
    if name in _IDS:
        return column.is_(None) if value is NOTHING else column == value
    if value is NOTHING:
        return and_(func.coalesce(column, "") == "")
    # Counters tell long texts apart by how they begin, so that a group may have several.
    if len(value) >= LONGEST_VALUE:
        return and_(func.left(column, LONGEST_VALUE) == cast(value[:LONGEST_VALUE], Text))
    return and_(column == value)
