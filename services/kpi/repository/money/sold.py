"""The sales of a period: how many, of whom, for how much, and how long after the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from services.kpi.domain.paths.segments import DIMENSIONS
from services.kpi.domain.sales.figures import FiguresByGroup, SalesFigures, figures_by_group
from services.kpi.repository.money.crossed import count_crossed
from services.kpi.repository.money.inflow import Place
from services.kpi.repository.money.origins import CHOSEN, ORIGINS
from services.kpi.repository.money.paths import chosen
from services.kpi.repository.money.relations import TIMES, View, part_of
from services.kpi.repository.money.sold_sums import are_summed, count_summed
from shared.database import Session

Conditions = Sequence[tuple[str, Any]]
Origin = Literal["first", "last", "last_non_direct"]
SALES_DIMENSIONS: Final = (*DIMENSIONS, "manager", *TIMES)
# What a number of sales counts; those that were taken back count in no other.
MEASURES: Final = {
    "sales": "taken_back_at IS NULL",
    "new": "number = 1",
    "returning": "number > 1",
    "cancelled": "taken_back_at IS NOT NULL",
    "joined": "taken_back_at IS NULL AND joined_by IS NOT NULL",
    "priced": "taken_back_at IS NULL AND amount IS NOT NULL AND currency IS NOT NULL",
    "customers": "taken_back_at IS NULL",
    "returning_customers": "number > 1",
}
_OF_PEOPLE: Final = frozenset({"customers", "returning_customers"})  # who count once each


@dataclass(frozen=True, slots=True)
class SoldItem:
    """A sale that a number counts."""

    sale_id: UUID
    lead_id: UUID | None
    purchase_id: UUID | None
    joined_by: str | None
    at: datetime
    amount: Decimal | None
    currency: str | None
    number: int | None


def _counted(view: View, dimensions: Sequence[str]) -> str:
    """Clauses up to `counted`: the sales with what they are told apart by. Whom they are credited
    to is looked for only where something depends on it.
    """
    sold = f"SELECT s.*, s.manager_id AS manager FROM sale AS s WHERE {view.within('s')}"
    names = [name for name in dimensions if name in DIMENSIONS]
    if not names:
        return f"counted AS ({sold})"
    columns = ", ".join(f"segment.{name} AS {name}_of" for name in names)
    return f"""
counted AS (
    SELECT s.*, s.manager_id AS manager, {columns} FROM sale AS s{ORIGINS}
    JOIN segment USING (segment_id) WHERE {view.within("s")} AND {CHOSEN.format("o")}
)"""


def _keys(dimensions: Sequence[str]) -> list[str]:
    return [
        part_of(dimensions, "counted.at")
        if name in TIMES
        else f"counted.{name}_of"
        if name in DIMENSIONS
        else f"counted.{name}"
        for name in dimensions
    ]


def _params(
    view: View, dimensions: Sequence[str], origin: Origin, lookback_days: int
) -> dict[str, Any]:
    if set(dimensions).isdisjoint(DIMENSIONS):
        return view.params()
    return view.params() | chosen(origin, lookback_days)


async def count_sales(
    session: Session,
    view: View,
    dimensions: Sequence[str],
    origin: Origin,
    *,
    lookback_days: int,
    most: int | None = None,
) -> tuple[FiguresByGroup, SalesFigures]:
    """Figures by group, and over all groups together; of more than `most` groups it may leave out
    those that do not belong to so many largest.
    """
    which = chosen(origin, lookback_days)
    if are_summed(dimensions, lookback_days):
        figures, total = await count_summed(session, view, dimensions, which)
        return figures_by_group(figures), total
    return await count_crossed(session, view, dimensions, which, most)


def _listed(
    view: View, measure: str, conditions: Conditions, origin: Origin, lookback_days: int
) -> tuple[str, dict[str, Any]]:
    """Clauses up to `listed`, the sales that a number counts, and what they take. A person is there
    with the sale of the highest id.
    """
    dimensions = [name for name, _ in conditions]
    filters = "".join(
        f" AND {sql} IS NOT DISTINCT FROM :of_{name}"
        for name, sql in zip(dimensions, _keys(dimensions), strict=True)
    )
    once, order = "", ""
    if measure in _OF_PEOPLE:
        once, order = "DISTINCT ON (person_id)", "ORDER BY person_id, sale_id DESC"
    sql = f"""
WITH {_counted(view, dimensions)}, listed AS (
    SELECT {once} * FROM counted WHERE {MEASURES[measure]}{filters} {order}
)"""
    params = {f"of_{name}": value for name, value in conditions}
    return sql, _params(view, dimensions, origin, lookback_days) | params


async def count_listed(
    session: Session,
    view: View,
    measure: str,
    conditions: Conditions,
    origin: Origin,
    *,
    lookback_days: int,
) -> int:
    """How many sales, or people, a number counts."""
    sql, params = _listed(view, measure, conditions, origin, lookback_days)
    (row,) = await session.execute(f"{sql} SELECT count(*) AS total FROM listed", params)
    return int(row.total)


async def list_sales(
    session: Session,
    view: View,
    measure: str,
    conditions: Conditions,
    origin: Origin,
    *,
    lookback_days: int,
    after: Place | None,
    limit: int,
) -> list[SoldItem]:
    """The sales that a number counts, the latest first."""
    sql, params = _listed(view, measure, conditions, origin, lookback_days)
    beyond = ""
    if after is not None:
        beyond = "WHERE (at, sale_id) < (:after_at, :after_id)"
        params |= {"after_at": after[0], "after_id": after[1]}
    statement = f"""{sql}
SELECT sale_id, lead_id, purchase_id, joined_by, at, amount, currency, number FROM listed {beyond}
ORDER BY at DESC, sale_id DESC LIMIT :limit
"""
    rows = await session.execute(statement, params | {"limit": limit})
    return [SoldItem(**row) for row in rows]
