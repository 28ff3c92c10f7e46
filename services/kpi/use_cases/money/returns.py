"""What inquiries of each source, channel and campaign have cost and brought, and what that counts.

A report reads all its figures from one view of the facts, so that they agree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from services.kpi.domain.sales.credit import Earned
from services.kpi.domain.sales.returns import Figures
from services.kpi.repository.money import inflow, paths, spent
from services.kpi.repository.money.inflow import Inflow, InflowItem, Place
from services.kpi.repository.money.paths import CreditedItem
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.spent import SpentItem
from services.kpi.repository.money.untold import count_untold
from services.kpi.use_cases.money.views import (
    MOST_ROWS,
    Conditions,
    Groups,
    Key,
    MoneyWish,
    before,
    comparable,
    groups_of,
    in_order,
    take_view,
)
from shared.database import Session

_NO_INFLOW = Inflow()


@dataclass(frozen=True, slots=True)
class ReturnsRow:
    """`previous` is None where nothing is compared."""

    group: dict[str, Any]
    labels: dict[str, str | None]
    figures: Figures
    previous: Figures | None


ReturnsItem = InflowItem | SpentItem | CreditedItem


@dataclass(frozen=True, slots=True)
class Returns:
    """`more` groups were left out, those with the fewest inquiries. `waiting`: how much is known
    that is not told yet.
    """

    rows: list[ReturnsRow]
    totals: ReturnsRow
    more: int
    waiting: int


async def show_returns(session: Session, wish: MoneyWish) -> Returns:
    """The figures of each group and of all, beside those of as many days before if compared."""
    await take_view(session)
    groups = await groups_of(session, wish)
    figures, total = await _figures(session, wish, View(wish.period, wish.known_on))
    previous: dict[Key, Figures] = {}
    total_before: Figures | None = None
    span = before(wish.period) if wish.compare else None
    has_like = comparable(wish, span)
    if span is not None:
        previous, total_before = await _figures(session, wish, View(span, wish.known_on))
        previous = {key: each for key, each in previous.items() if has_like(key)}
    keys = in_order(figures.keys() | previous.keys())
    if len(keys) > MOST_ROWS:
        largest = sorted(keys, key=lambda key: -_size(figures.get(key)))[:MOST_ROWS]
        keys = in_order(largest)
    rows = [
        _row(groups, key, figures.get(key), previous.get(key), compared=has_like(key))
        for key in keys
    ]
    more = len(figures.keys() | previous.keys()) - len(keys)
    return Returns(rows, ReturnsRow({}, {}, total, total_before), more, await count_untold(session))


def _size(figures: Figures | None) -> Fraction:
    return Fraction(0) if figures is None else figures.inquiries + figures.sales


def _row(
    groups: Groups, key: Key, figures: Figures | None, previous: Figures | None, *, compared: bool
) -> ReturnsRow:
    # What was not spent is nothing, what is not told by these groups is not known.
    nothing = Figures(spend={} if spent.TOLD_BY.issuperset(groups.dimensions) else None)
    return ReturnsRow(
        groups.group(key),
        groups.labels(key),
        figures or nothing,
        (previous or nothing) if compared else None,
    )


async def _figures(
    session: Session, wish: MoneyWish, view: View
) -> tuple[dict[Key, Figures], Figures]:
    dimensions = wish.dimensions
    inflows, inflow_total = await inflow.count_inflow(session, view, dimensions)
    earned, earned_total = await paths.sum_credits(
        session, view, dimensions, wish.model, lookback_days=wish.lookback_days
    )
    source_ids = {key: one for one, key in (await spent.list_sources(session)).items() if key}
    sums = await spent.sum_spend(session, view, dimensions, source_ids)
    spent_total = (sums or await spent.sum_spend(session, view, [], {}) or {}).values()
    nothing = Earned()
    figures = {
        key: _sum(
            inflows.get(key, _NO_INFLOW),
            earned.get(key, nothing),
            None if sums is None else sums.get(key, {}),
        )
        for key in inflows.keys() | earned.keys() | (sums or {}).keys()
    }
    # Without dimensions there are no groups: the totals say it all.
    total = _sum(inflow_total, earned_total, _together(spent_total))
    return figures if dimensions else {}, total


def _together(sums: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Amounts by currency over all groups."""
    total: dict[str, Decimal] = {}
    for amounts in sums:
        for currency, amount in amounts.items():
            total[currency] = total.get(currency, Decimal(0)) + amount
    return total


def _sum(inflow_: Inflow, earned: Earned, spend: dict[str, Decimal] | None) -> Figures:
    return Figures(
        inquiries=inflow_.inquiries,
        contacts=inflow_.contacts,
        target=inflow_.target,
        leads=inflow_.leads,
        sales=earned.sales,
        amounts=dict(earned.amounts),
        spend=spend,
    )


async def list_spent(
    session: Session,
    wish: MoneyWish,
    conditions: Conditions,
    *,
    after: UUID | None,
    limit: int,
) -> list[SpentItem]:
    """The lines of spend that a number counts, the highest id first."""
    await take_view(session)
    terms = [await _spend_condition(session, *condition) for condition in conditions]
    view = View(wish.period, wish.known_on)
    return await spent.list_spent(session, view, terms, after=after, limit=limit)


async def list_behind(
    session: Session,
    wish: MoneyWish,
    measure: str,
    conditions: Conditions,
    *,
    after: Place | None,
    limit: int,
) -> tuple[list[InflowItem] | list[CreditedItem], float | None]:
    """The inquiries or sales that a number counts, the newest first; with the first page the
    number.
    """
    await take_view(session)
    view = View(wish.period, wish.known_on)
    names, key = [name for name, _ in conditions], tuple(value for _, value in conditions)
    total: float | None = None
    if measure != "sales":
        if after is None:
            inflows, _ = await inflow.count_inflow(session, view, names)
            total = getattr(inflows.get(key, _NO_INFLOW), measure)
        inquiries = await inflow.list_inflow(
            session, view, measure, conditions, after=after, limit=limit
        )
        return inquiries, total
    days = wish.lookback_days
    if after is None:
        earned, _ = await paths.sum_credits(session, view, names, wish.model, lookback_days=days)
        total = round(float(earned.get(key, Earned()).sales), 4)
    items = await paths.list_credited(
        session, view, conditions, wish.model, lookback_days=days, after=after, limit=limit
    )
    return items, total


async def _spend_condition(session: Session, name: str, value: Any) -> tuple[str, Any]:
    """A condition as spend knows it: sources by their keys, or by all keys for no source."""
    if name != "source":
        return name, value
    keys = await spent.list_sources(session)
    return name, keys.get(value) if value is not None else [key for key in keys.values() if key]
