"""The sales that managers are paid for: of whoever owned the lead when it was won, each once."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kpi.domain.motivation.presence import Span, spans_of
from services.kpi.domain.motivation.statements import SoldSale
from services.kpi.domain.periods import Period
from services.kpi.domain.sale_columns.counting import sum_orders_of
from services.kpi.repository.money.day_columns import SELLERS
from services.kpi.repository.money.held_sales import size_of_sums, sum_once
from shared.database import Session

# A win has the product of its lead, which that has of its first inquiry.
# Each lead is looked up: joined as tables, all stories there are may be read for few of them.
OF_LEAD: Final = """LEFT JOIN LATERAL (
    SELECT product FROM lead_story WHERE s.product IS NULL AND lead_id = s.lead_id
        AND known_until = 'infinity' OFFSET 0) AS l ON true"""
SOLD: Final = f"sale AS s {OF_LEAD}"
PRODUCT: Final = "coalesce(s.product, l.product, '') AS product"
# A sale without an amount counts all the same: its currency is null here, and its amount 0.
AMOUNT: Final = "CASE WHEN s.currency IS NULL THEN 0 ELSE coalesce(s.amount, 0) END"
STANDS: Final = "s.known_until = 'infinity' AND s.taken_back_at IS NULL"
_CURRENCY: Final = "CASE WHEN s.amount IS NOT NULL THEN s.currency END AS currency"
_WITHIN: Final = f"WHERE s.at >= :begins_at AND s.at < :ends_at AND {STANDS}"
_OF_MANAGERS: Final = "AND s.manager_id = ANY(CAST(:who AS uuid[]))"
# Leads that were won in these days are read by when they were, if most of their sales are asked
# for; the rest is looked up.
_OF_MANY: Final = """LEFT JOIN lead_story AS won ON CAST(:together AS boolean)
    AND s.product IS NULL AND won.lead_id = s.lead_id AND won.known_until = 'infinity'
    AND won.won_at >= :begins_at AND won.won_at < :ends_at"""
_BY_PRODUCT: Final = f"""
SELECT s.manager_id, coalesce(CAST(:alike AS jsonb) ->> s.product, s.product) AS product,
    {_CURRENCY}, count(*) AS sales, sum({AMOUNT}) AS amount
FROM (
    SELECT s.manager_id, s.amount, s.currency,
        coalesce(s.product, won.product, {{of_another_time}}, '') AS product
    FROM sale AS s {_OF_MANY} {_WITHIN} {{which}} OFFSET 0
) AS s GROUP BY 1, 2, 3
"""
_BY_MANAGER: Final = f"""
SELECT s.manager_id, {_CURRENCY}, count(*) AS sales, sum({AMOUNT}) AS amount
FROM sale AS s {_WITHIN} GROUP BY 1, 2
"""
_SALES: Final = f"""
SELECT s.manager_id, s.sale_id, s.lead_id, {PRODUCT}, {_CURRENCY}, {AMOUNT} AS amount
FROM {SOLD} {_WITHIN} {{which}}
"""
_CHECKS: Final = f"""
SELECT s.manager_id, s.currency, count(*) AS sales, sum(s.amount) AS amount
FROM sale AS s {_WITHIN} {_OF_MANAGERS} AND s.amount IS NOT NULL AND s.currency IS NOT NULL
GROUP BY 1, 2
"""
_STAYS: Final = """
SELECT manager_id, array_agg(changed_at ORDER BY version) AS times,
    array_agg(left_at ORDER BY version) AS leavings,
    (array_agg(calendar ORDER BY version DESC))[1] AS calendar,
    (array_agg(time_zone ORDER BY version DESC))[1] AS time_zone,
    (SELECT min(changed_at) FROM manager) AS first_at
FROM manager GROUP BY manager_id
"""


class KnownStay(NamedTuple):
    """When a manager worked here, as far as it is known, the calendar; and since when anybody is
    known.
    """

    manager_id: UUID
    spans: Sequence[Span]
    calendar: Mapping[str, Any] | None
    time_zone: str
    first_at: datetime


class ProductSum(NamedTuple):
    """The sales of one product in one currency; None: they have no amount."""

    product: str
    currency: str | None
    sales: int
    amount: Decimal


class OwnedSale(NamedTuple):
    """A sale, whose it is, and the currency of its amount."""

    manager_id: UUID
    sale: SoldSale
    currency: str | None


def _params(span: Period, who: Sequence[UUID] | None) -> dict[str, object]:
    of_them = {} if who is None else {"who": list(who)}
    return {"begins_at": span.begins_at, "ends_at": span.ends_at, **of_them}


def _which(who: Sequence[UUID] | None) -> str:
    return "AND s.manager_id IS NOT NULL" if who is None else _OF_MANAGERS


def of_another_time() -> str:
    """SQL of the product of a lead that was won at another time than its sale lies in."""
    return """CASE WHEN s.product IS NULL AND won.lead_id IS NULL THEN (
        SELECT product FROM lead_story
        WHERE lead_id = s.lead_id AND known_until = 'infinity') END"""


async def sum_products(
    session: Session,
    span: Period,
    *,
    who: Sequence[UUID] | None,
    alike: Mapping[str, str] = MappingProxyType({}),
    together: bool = True,
) -> dict[UUID, list[ProductSum]]:
    """What each of these managers, or everybody, sold in the days, by product and currency. What
    was sold of a product that is alike to another is among that of the other. `together`: these
    sales are most of all.
    """
    statement = _BY_PRODUCT.format(which=_which(who), of_another_time=of_another_time())
    params = {**_params(span, who), "alike": json.dumps(dict(alike)), "together": together}
    sums: dict[UUID, list[ProductSum]] = {}
    for manager_id, *members in await session.execute(statement, params):
        sums.setdefault(manager_id, []).append(ProductSum(*members))
    return sums


async def sum_managers(session: Session, span: Period) -> dict[UUID | None, list[ProductSum]]:
    """The same of all sales, whatever the product; None: nobody's."""
    sums: dict[UUID | None, list[ProductSum]] = {}
    for manager_id, *members in await session.execute(_BY_MANAGER, _params(span, None)):
        sums.setdefault(manager_id, []).append(ProductSum("", *members))
    return sums


async def add_up_managers(session: Session, span: Period) -> dict[UUID | None, list[ProductSum]]:
    """The same from the sums of days that are kept, by numpy."""
    bounds = (span.begins_at, span.ends_at)
    count_them = partial(sum_orders_of, axis="manager", values=None, bounds=bounds)
    sums: dict[UUID | None, list[ProductSum]] = {}
    for (manager, currency), part, amount, sales in await sum_once(
        session, SELLERS, bounds, count_them, size_of_sums, by_day=True
    ):
        if part == 1 and sales:
            place = UUID(manager) if manager else None
            sums.setdefault(place, []).append(ProductSum("", currency or None, sales, amount))
    return sums


async def list_sales(
    session: Session, span: Period, *, who: Sequence[UUID] | None
) -> list[OwnedSale]:
    """The sales themselves, as one statement sees them."""
    statement = _SALES.format(which=_which(who))
    return [
        OwnedSale(
            row.manager_id,
            SoldSale(row.sale_id, row.lead_id, row.product, row.amount),
            row.currency,
        )
        for row in await session.execute(statement, _params(span, who))
    ]


async def sum_priced(
    session: Session, span: Period, *, who: Sequence[UUID]
) -> dict[tuple[UUID, str], tuple[int, Decimal]]:
    """How many sales with an amount these made, and what they come to, by currency."""
    rows = await session.execute(_CHECKS, _params(span, who))
    return {(row.manager_id, row.currency): (row.sales, row.amount) for row in rows}


async def find_first_known(session: Session) -> datetime | None:
    """Since when anybody is known as a manager; None where nobody is."""
    first: datetime | None = await session.scalar("SELECT min(changed_at) FROM manager")
    return first


async def list_stays(session: Session) -> list[KnownStay]:
    """Of everybody."""
    rows = await session.execute(_STAYS)
    return [
        KnownStay(
            row.manager_id,
            spans_of(list(zip(row.times, row.leavings, strict=True))),
            row.calendar,
            row.time_zone,
            row.first_at,
        )
        for row in rows
    ]
