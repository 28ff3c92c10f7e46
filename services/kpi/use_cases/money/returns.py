"""What inquiries of each source, channel and campaign have cost and brought, and what that counts.

A report reads all its figures from one view of the facts, so that they agree.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from services.kpi.domain.sales.credit import Earned, credits_of, earned_by_key, earned_in_all
from services.kpi.domain.sales.returns import Figures
from services.kpi.repository.figures import take_snapshot
from services.kpi.repository.money import inflow, paths, spent
from services.kpi.repository.money.inflow import Inflow, InflowItem
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.spent import SpentItem
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
    view_of,
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


@dataclass(frozen=True, slots=True)
class CreditedItem:
    """A sale that is credited to a group, and with how much of it."""

    sale_id: UUID
    lead_id: UUID | None
    purchase_id: UUID | None
    share: Fraction
    amount: Decimal | None
    currency: str | None


ReturnsItem = InflowItem | SpentItem | CreditedItem


@dataclass(frozen=True, slots=True)
class Returns:
    """`more` groups were left out, those with the fewest inquiries."""

    rows: list[ReturnsRow]
    totals: ReturnsRow
    more: int


async def show_returns(session: Session, wish: MoneyWish) -> Returns:
    """The figures of each group and of all, beside those of as many days before if compared."""
    await take_snapshot(session)
    groups = await groups_of(session, wish)
    figures, total = await _figures(
        session, wish, await view_of(session, wish.period, wish.known_on)
    )
    previous: dict[Key, Figures] = {}
    total_before: Figures | None = None
    span = before(wish.period) if wish.compare else None
    has_like = comparable(wish, span)
    if span is not None:
        view = await view_of(session, span, wish.known_on)
        previous, total_before = await _figures(session, wish, view)
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
    return Returns(rows, ReturnsRow({}, {}, total, total_before), more)


def _size(figures: Figures | None) -> Fraction:
    return Fraction(0) if figures is None else figures.inquiries + figures.sales


def _row(
    groups: Groups, key: Key, figures: Figures | None, previous: Figures | None, *, compared: bool
) -> ReturnsRow:
    nothing = Figures()
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
    sold = await paths.list_paths(session, view, dimensions, lookback=wish.lookback)
    earned = earned_by_key(sold, wish.model)
    source_ids = {key: one for one, key in (await spent.list_sources(session)).items() if key}
    sums = await spent.sum_spend(session, view, dimensions, source_ids)
    spent_total = (await spent.sum_spend(session, view, [], {}) or {}).get((), {})
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
    return figures if dimensions else {}, _sum(inflow_total, earned_in_all(sold), spent_total)


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


async def list_behind(
    session: Session,
    wish: MoneyWish,
    measure: str,
    conditions: Conditions,
    *,
    after: UUID | None,
    limit: int,
) -> tuple[list[ReturnsItem], float | None]:
    """What a number counts, the highest id first; with the first page of what is not spend, the
    number.
    """
    await take_snapshot(session)
    view = await view_of(session, wish.period, wish.known_on)
    total: float | None = None
    if measure == "spend":
        terms = [await _told(session, *condition) for condition in conditions]
        lines = await spent.list_spent(session, view, terms, after=after, limit=limit)
        return [*lines], total
    if measure != "sales":
        if after is None:
            total = await inflow.count_listed(session, view, measure, conditions)
        inquiries = await inflow.list_inflow(
            session, view, measure, conditions, after=after, limit=limit
        )
        return [*inquiries], total
    items = await _credited(session, wish, view, conditions)
    if after is None:
        total = round(float(sum(item.share for item in items)), 4)
    return [*[item for item in items if after is None or item.sale_id < after][:limit]], total


async def _credited(
    session: Session, wish: MoneyWish, view: View, conditions: Conditions
) -> list[CreditedItem]:
    names, key = [name for name, _ in conditions], tuple(value for _, value in conditions)
    sold = await paths.list_paths(session, view, names, lookback=wish.lookback)
    return [
        CreditedItem(
            path.sale_id, path.lead_id, path.purchase_id, credit.share, credit.amount, path.currency
        )
        for path in reversed(sold)
        for credit in credits_of(path, wish.model)
        if credit.key == key
    ]


async def _told(session: Session, name: str, value: Any) -> tuple[str, Any]:
    """A condition as spend knows it: sources by their keys, or by all keys for no source."""
    if name != "source":
        return name, value
    keys = await spent.list_sources(session)
    return name, keys.get(value) if value is not None else [key for key in keys.values() if key]
