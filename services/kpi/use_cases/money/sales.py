"""Reports on sales and repeat sales, and what their numbers count."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from services.kpi.domain.sales.figures import (
    FiguresByGroup,
    Key,
    SalesFigures,
    SalesMoney,
    figures_by_group,
)
from services.kpi.domain.sales.returns import Quotient, ratio
from services.kpi.repository.money import sold
from services.kpi.repository.money.inflow import Place
from services.kpi.repository.money.relations import TIMES, View
from services.kpi.repository.money.sold import Origin, SoldItem
from services.kpi.repository.money.untold import count_untold
from services.kpi.use_cases.money.views import (
    MOST_ROWS,
    Conditions,
    MoneyWish,
    before,
    comparable,
    groups_of,
    in_order,
    take_view,
)
from shared.database import Session


@dataclass(frozen=True, slots=True)
class SalesRow:
    """`trend`: by currency how the average check differs from that of the part of the period
    before, in a report by time; `previous` is None where nothing is compared.
    """

    group: dict[str, Any]
    labels: dict[str, str | None]
    figures: SalesFigures
    previous: SalesFigures | None
    trend: dict[str, Quotient]


@dataclass(frozen=True, slots=True)
class Sales:
    """`more` groups were left out, those with the fewest sales. `waiting`: how much is known that
    is not told yet.
    """

    rows: list[SalesRow]
    totals: SalesRow
    more: int
    waiting: int


async def show_sales(session: Session, wish: MoneyWish, origin: Origin) -> Sales:
    """The figures of each group and of all, beside those of as many days before if compared."""
    await take_view(session)
    groups = await groups_of(session, wish)
    view = View(wish.period, wish.known_on)
    days, dimensions = wish.lookback_days, wish.dimensions
    figures, total = await sold.count_sales(
        session,
        view,
        dimensions,
        origin,
        lookback_days=days,
        most=None if wish.compare else MOST_ROWS,
    )
    previous = figures_by_group({})
    total_before: SalesFigures | None = None
    span = before(wish.period) if wish.compare else None
    has_like = comparable(wish, span)
    if span is not None:
        view = View(span, wish.known_on)
        previous, total_before = await sold.count_sales(
            session, view, dimensions, origin, lookback_days=days
        )
    every = [*figures, *(key for key in previous if key not in figures and has_like(key))]
    keys = _largest(every, figures)
    nothing = SalesFigures()
    rows = [
        SalesRow(
            groups.group(key),
            groups.labels(key),
            figures.get(key, nothing),
            previous.get(key, nothing) if has_like(key) else None,
            _trend(wish, figures, key),
        )
        for key in keys
    ]
    more = len(every) + figures.left_out - len(keys)
    return Sales(rows, SalesRow({}, {}, total, total_before, {}), more, await count_untold(session))


def _largest(keys: Collection[Key], figures: FiguresByGroup) -> list[Key]:
    """The keys in order; of too many those with the most sales, of as many the first."""
    if len(keys) <= MOST_ROWS:
        return in_order(keys)
    least = sorted(map(figures.sales, keys))[-MOST_ROWS]
    above = [key for key in keys if figures.sales(key) > least]
    as_many = in_order(key for key in keys if figures.sales(key) == least)
    return in_order([*above, *as_many[: MOST_ROWS - len(above)]])


def _trend(wish: MoneyWish, figures: Mapping[Key, SalesFigures], key: Key) -> dict[str, Quotient]:
    place = next((place for place, name in enumerate(wish.dimensions) if name in TIMES), None)
    if place is None:
        return {}
    earlier = figures.get((*key[:place], key[place] - 1, *key[place + 1 :]))
    if earlier is None:
        return {}
    money, before = figures.get(key, earlier).money, earlier.money
    return {
        currency: _change(money[currency], before[currency])
        for currency in sorted(money.keys() & before.keys())
        if money[currency].priced and before[currency].priced and before[currency].amount
    }


def _change(money: SalesMoney, before: SalesMoney) -> Quotient:
    """How the average check differs from the one before, by the amount of that."""
    units, whole = money.check
    units_before, whole_before = before.check
    return ratio(units * whole_before - units_before * whole, whole * abs(units_before), "")


async def list_sales(
    session: Session,
    wish: MoneyWish,
    measure: str,
    conditions: Conditions,
    origin: Origin,
    *,
    after: Place | None,
    limit: int,
) -> tuple[list[SoldItem], int | None]:
    """The sales that a number counts, the latest first; with the first page the number."""
    await take_view(session)
    view = View(wish.period, wish.known_on)
    total: int | None = None
    if after is None:
        total = await sold.count_listed(
            session, view, measure, conditions, origin, lookback_days=wish.lookback_days
        )
    items = await sold.list_sales(
        session,
        view,
        measure,
        conditions,
        origin,
        lookback_days=wish.lookback_days,
        after=after,
        limit=limit,
    )
    return items, total
