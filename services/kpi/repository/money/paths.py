"""What sales of a period are credited to, by a model and a lookback chosen now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from services.kpi.domain.attribution import MODELS, Model
from services.kpi.domain.paths.segments import NOTHING, grouping_of
from services.kpi.domain.paths.sums import summed_lookback
from services.kpi.domain.sales.credit import Earned
from services.kpi.repository.money.inflow import Key, Place
from services.kpi.repository.money.relations import (
    Condition,
    View,
    among,
    find_segments,
    keys,
    named,
    of_segments,
    part_of,
)
from services.kpi.repository.money.sold_sums import sold
from shared.database import Session

CREDITED = "models & CAST(:model AS smallint) <> 0 AND since_days <= :lookback_days"


@dataclass(frozen=True, slots=True)
class CreditedItem:
    """A sale that is credited to a group, and with how much of it."""

    sale_id: UUID
    lead_id: UUID | None
    purchase_id: UUID | None
    share: Fraction
    amount: Decimal | None
    currency: str | None
    at: datetime


def chosen(model: Model, lookback_days: int) -> dict[str, Any]:
    """What the condition that a credit counts takes."""
    return {"model": 1 << MODELS.index(model), "lookback_days": lookback_days}


def _credits(view: View, dimensions: Sequence[str], lookback_days: int) -> str:
    """SQL of all credits of the period, mostly added up. Sums tell some lookbacks; by what a longer
    one changes, rows complete them.
    """
    days = summed_lookback(lookback_days)
    sold = view.parts(
        "credit",
        {"parts": ("s.parts", "s.parts"), "amount": ("s.amount", "s.amount")},
        dimensions,
        names={"whole": ("s.whole", "s.whole"), "currency": ("s.currency", "s.currency")},
        condition=(
            f"{CREDITED} AND since_days <= {days}",
            f"{CREDITED} AND since_days <= {days} AND NOT s.is_off",
            f"{CREDITED} AND NOT s.is_off",
        ),
    )
    if days == lookback_days:
        return sold
    end = "" if view.known_on is None else " AND s.at < :known_before"
    return f"""{sold}
    UNION ALL SELECT {part_of(dimensions, "s.at")}, s.segment_id, whole, currency, parts, amount
    FROM credit AS s WHERE s.at >= :begins_at AND s.at < :ends_at{end}
        AND s.known_until = 'infinity' AND {CREDITED} AND s.since_days > {days} AND NOT s.is_off"""


async def sum_credits(
    session: Session, view: View, dimensions: Sequence[str], model: Model, *, lookback_days: int
) -> tuple[dict[Key, Earned], Earned]:
    """What each group has of the sales that stand, and what all of them come to."""
    if grouping_of(dimensions) == NOTHING:  # to all together sales are credited whole
        return await _sum_whole(session, view, dimensions)
    places = ", ".join(map(str, range(1, len(dimensions) + 3)))
    statement = f"""
SELECT {"".join(f"{sql}, " for sql in keys(dimensions))} whole, currency,
    sum(parts) AS parts, sum(amount) AS amount
FROM ({_credits(view, dimensions, lookback_days)}) AS credited {named(dimensions)} GROUP BY {places}
"""
    params = view.params() | view.pieces(dimensions) | chosen(model, lookback_days)
    params["begins"] = view.bounds(dimensions)[:-1]
    sums: dict[tuple[Key, str], tuple[Fraction, Decimal]] = defaultdict(
        lambda: (Fraction(0), Decimal(0))
    )
    for row in await session.execute(statement, params):
        *key, whole, currency, parts, amount = row
        share, sum_before = sums[tuple(key), currency]
        sums[tuple(key), currency] = (share + Fraction(int(parts), whole), sum_before + amount)
    groups: dict[Key, Earned] = defaultdict(Earned)
    total = Earned()
    for (group, currency), (share, amount) in sums.items():
        for earned in (groups[group], total) if share else ():
            earned.sales += share
            if currency:
                earned.amounts[currency] += amount
    return dict(groups), total


async def _sum_whole(
    session: Session, view: View, dimensions: Sequence[str]
) -> tuple[dict[Key, Earned], Earned]:
    names = ("firsts", "repeats", "priced", "first_amount", "repeat_amount")
    columns = "".join(f"{sql}, " for sql in keys(dimensions))
    statement = f"""
SELECT {columns}currency, CAST(sum(firsts + repeats) AS bigint) AS sales,
    sum(priced) > 0 AS is_priced, sum(first_amount + repeat_amount) AS amount
FROM ({sold(view, dimensions, names)}) AS sold
GROUP BY {", ".join(map(str, range(1, len(dimensions) + 2)))}
"""
    groups: dict[Key, Earned] = defaultdict(Earned)
    total = Earned()
    for row in await session.execute(statement, view.pieces(dimensions)):
        *key, currency, sales, is_priced, amount = row
        for earned in (groups[tuple(key)], total) if sales else ():
            earned.sales += sales
            if is_priced:
                earned.amounts[currency] += amount
    return {key: earned for key, earned in groups.items() if earned.sales}, total


async def list_credited(
    session: Session,
    view: View,
    conditions: Sequence[Condition],
    model: Model,
    *,
    lookback_days: int,
    after: Place | None,
    limit: int,
) -> list[CreditedItem]:
    """The sales that are credited to a group, the latest first."""
    segment_ids = await find_segments(session, conditions)
    beyond = "" if after is None else " AND (c.at, c.sale_id) < (:after_at, :after_id)"
    # Shares are at least some hundredths of a sale: what rounding leaves of none is less.
    statement = f"""
WITH page AS (
    SELECT c.at, c.sale_id FROM credit AS c
    WHERE {view.within("c")} AND {CREDITED} AND NOT is_off {among("c", segment_ids)}{beyond}
    GROUP BY c.at, c.sale_id HAVING sum(CAST(parts AS float) / whole) > 0.001
    ORDER BY c.at DESC, c.sale_id DESC LIMIT :limit
)
SELECT sale.sale_id, sale.lead_id, sale.purchase_id, sale.at, c.parts, c.whole, c.amount, c.currency
FROM page JOIN credit AS c ON c.sale_id = page.sale_id JOIN sale ON sale.sale_id = page.sale_id
WHERE {view.version("c")} AND {view.version("sale")} AND {CREDITED} {among("c", segment_ids)}
ORDER BY sale.at DESC, sale.sale_id DESC
"""
    params = view.params() | of_segments(segment_ids) | chosen(model, lookback_days)
    if after is not None:
        params |= {"after_at": after[0], "after_id": after[1]}
    rows = await session.execute(statement, params | {"limit": limit})
    return _items(rows)


def _items(rows: Iterable[Any]) -> list[CreditedItem]:
    """One item for all credits of a sale; rows are in the order of sales."""
    items: dict[UUID, CreditedItem] = {}
    for row in rows:
        before = items.get(row.sale_id)
        share = Fraction(row.parts, row.whole) + (before.share if before else 0)
        amount = None
        if row.currency:
            amount = row.amount + (before.amount if before and before.amount else 0)
        items[row.sale_id] = CreditedItem(
            sale_id=row.sale_id,
            lead_id=row.lead_id,
            purchase_id=row.purchase_id,
            share=share,
            amount=amount,
            currency=row.currency or None,
            at=row.at,
        )
    return list(items.values())
