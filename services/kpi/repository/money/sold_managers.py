"""What the sales of managers come to, told from the days of sales that are kept as columns."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.loyalty.counting import tell_managers
from services.kpi.domain.sales.figures import SalesFigures, SalesMoney
from services.kpi.repository.money.relations import TIMES, View, begins, part_of
from services.kpi.repository.money.sale_days import SELLERS_GAPS, count
from shared.database import Session

Key = tuple[Any, ...]
Part = tuple[UUID | None, int]  # a manager and a part of the period, from 1
_NOTHING: Final = SalesMoney(0, *(Decimal(0),) * 4)


def are_managers(dimensions: Sequence[str]) -> bool:
    """Whether the groups are managers, or parts of the period of each."""
    return "manager" in dimensions and {"manager", *TIMES}.issuperset(dimensions)


async def count_managers(
    session: Session, view: View, dimensions: Sequence[str]
) -> tuple[dict[Key, SalesFigures], SalesFigures]:
    """Figures by group, and over all groups together."""
    deed = partial(tell_managers, span=view.period, bounds=view.bounds(dimensions))
    names, figures = await count(session, view, SELLERS_GAPS, deed)
    total = figures.pop(None, SalesFigures())
    ids = [UUID(name) if name else None for name in names]
    by_part: dict[Part, SalesFigures] = {
        (ids[place[0]], place[1]): each for place, each in figures.items() if place is not None
    }
    for manager_id, part, currency, sales, amount in await _taken_back(session, view, dimensions):
        place = manager_id, part
        by_part[place] = _less(by_part.get(place, SalesFigures()), currency, sales, amount)
        total = _less(total, currency, sales, amount)
    return {
        tuple(manager if name == "manager" else part for name in dimensions): each
        for (manager, part), each in by_part.items()
    }, total


async def _taken_back(session: Session, view: View, dimensions: Sequence[str]) -> Sequence[Any]:
    """Manager, part of the period, currency, and how many sales were taken back, for how much."""
    statement = f"""
SELECT s.manager_id, {part_of(dimensions, "s.at")} AS part, s.currency, count(*) AS sales,
    sum(s.amount) AS amount
FROM sale AS s WHERE {view.within("s")} AND s.taken_back_at IS NOT NULL GROUP BY 1, 2, 3
"""
    params = view.params() | begins(view.period, dimensions)
    return [tuple(row) for row in await session.execute(statement, params)]


def _less(
    figures: SalesFigures, currency: str | None, sales: int, amount: Decimal | None
) -> SalesFigures:
    """The figures with sales that were taken back."""
    money = figures.money
    if currency is not None and amount is not None:
        one = money.get(currency, _NOTHING)
        whole = one.cancelled_amount + amount
        money = {**money, currency: replace(one, cancelled_amount=whole)}
    return replace(figures, cancelled=figures.cancelled + sales, money=money)
