"""The sales that managers are paid for: of whoever owned the lead when it was won, each once."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kpi.domain.motivation.statements import SoldSale
from services.kpi.domain.periods import Period
from shared.database import Session

# A win has the product of its lead, which that has of its first inquiry.
# Each lead is looked up: joined as tables, all stories there are may be read for few of them.
SOLD: Final = """sale AS s LEFT JOIN LATERAL (
    SELECT product FROM lead_story WHERE s.product IS NULL AND lead_id = s.lead_id
        AND known_until = 'infinity' OFFSET 0) AS l ON true"""
PRODUCT: Final = "coalesce(s.product, l.product, '') AS product"
# A sale without an amount counts all the same: its currency is null here, and its amount 0.
AMOUNT: Final = "CASE WHEN s.currency IS NULL THEN 0 ELSE coalesce(s.amount, 0) END"
STANDS: Final = "s.known_until = 'infinity' AND s.taken_back_at IS NULL"
_CURRENCY: Final = "CASE WHEN s.amount IS NOT NULL THEN s.currency END AS currency"
_WITHIN: Final = f"WHERE s.at >= :begins_at AND s.at < :ends_at AND {STANDS}"
_OF_MANAGER: Final = """AND s.manager_id IS NOT NULL
    AND (CAST(:manager_id AS uuid) IS NULL OR s.manager_id = :manager_id)"""
_BY_PRODUCT: Final = f"""
SELECT s.manager_id, {PRODUCT}, {_CURRENCY}, count(*) AS sales, sum({AMOUNT}) AS amount
FROM {SOLD} {_WITHIN} {_OF_MANAGER} GROUP BY 1, 2, 3
"""
_BY_MANAGER: Final = f"""
SELECT s.manager_id, {_CURRENCY}, count(*) AS sales, sum({AMOUNT}) AS amount
FROM sale AS s {_WITHIN} AND s.manager_id IS NOT NULL GROUP BY 1, 2
"""
_ALL: Final = f"""
SELECT {_CURRENCY}, count(*) AS sales, sum({AMOUNT}) AS amount FROM sale AS s {_WITHIN} GROUP BY 1
"""
_SALES: Final = f"""
SELECT s.manager_id, s.sale_id, s.lead_id, {PRODUCT}, {_CURRENCY}, {AMOUNT} AS amount
FROM {SOLD} {_WITHIN} {_OF_MANAGER}
"""
_CHECKS: Final = f"""
SELECT s.manager_id, s.currency, count(*) AS sales, sum(s.amount) AS amount
FROM sale AS s {_WITHIN} {_OF_MANAGER} AND s.amount IS NOT NULL AND s.currency IS NOT NULL
GROUP BY 1, 2
"""
_MEMBERS: Final = """
SELECT manager_id FROM manager
WHERE CAST(:manager_id AS uuid) IS NULL OR manager_id = :manager_id
GROUP BY manager_id HAVING min(changed_at) < :ends_at
    AND coalesce((array_agg(left_at ORDER BY version DESC))[1], 'infinity') >= :begins_at
"""

_STAYS: Final = """
SELECT manager_id, min(changed_at) AS came_at,
    (array_agg(left_at ORDER BY version DESC))[1] AS left_at,
    (array_agg(calendar ORDER BY version DESC))[1] AS calendar,
    (array_agg(time_zone ORDER BY version DESC))[1] AS time_zone,
    (SELECT min(changed_at) FROM manager) AS first_at
FROM manager WHERE CAST(:manager_id AS uuid) IS NULL OR manager_id = :manager_id
GROUP BY manager_id
"""


class KnownStay(NamedTuple):
    """Since when a manager is known, when the manager left, the calendar; and since when anybody is
    known.
    """

    manager_id: UUID
    came_at: datetime
    left_at: datetime | None
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


def _params(span: Period, manager_id: UUID | None) -> dict[str, object]:
    return {"begins_at": span.begins_at, "ends_at": span.ends_at, "manager_id": manager_id}


async def sum_products(
    session: Session, span: Period, *, only: UUID | None
) -> dict[UUID, list[ProductSum]]:
    """What each manager sold in the days, by product and currency."""
    sums: dict[UUID, list[ProductSum]] = {}
    for manager_id, *members in await session.execute(_BY_PRODUCT, _params(span, only)):
        sums.setdefault(manager_id, []).append(ProductSum(*members))
    return sums


async def sum_managers(session: Session, span: Period) -> dict[UUID, list[ProductSum]]:
    """The same of everybody, whatever the product."""
    params = {"begins_at": span.begins_at, "ends_at": span.ends_at}
    sums: dict[UUID, list[ProductSum]] = {}
    for manager_id, *members in await session.execute(_BY_MANAGER, params):
        sums.setdefault(manager_id, []).append(ProductSum("", *members))
    return sums


async def sum_company(session: Session, span: Period) -> list[ProductSum]:
    """What the company sold in the days, by currency, whoever it was."""
    params = {"begins_at": span.begins_at, "ends_at": span.ends_at}
    return [ProductSum("", *row) for row in await session.execute(_ALL, params)]


async def list_sales(session: Session, span: Period, *, only: UUID | None) -> list[OwnedSale]:
    """The sales themselves, as one statement sees them."""
    return [
        OwnedSale(
            row.manager_id,
            SoldSale(row.sale_id, row.lead_id, row.product, row.amount),
            row.currency,
        )
        for row in await session.execute(_SALES, _params(span, only))
    ]


async def sum_priced(
    session: Session, span: Period, *, only: UUID | None
) -> dict[tuple[UUID, str], tuple[int, Decimal]]:
    """How many sales with an amount each manager made, and what they come to, by currency."""
    rows = await session.execute(_CHECKS, _params(span, only))
    return {(row.manager_id, row.currency): (row.sales, row.amount) for row in rows}


async def find_members(
    session: Session, begins_at: datetime, ends_at: datetime, *, only: UUID | None
) -> set[UUID]:
    """Who worked here in that time."""
    params = {"begins_at": begins_at, "ends_at": ends_at, "manager_id": only}
    rows = await session.execute(_MEMBERS, params)
    return {row.manager_id for row in rows}


async def find_first_known(session: Session) -> datetime | None:
    """Since when anybody is known as a manager; None where nobody is."""
    first: datetime | None = await session.scalar("SELECT min(changed_at) FROM manager")
    return first


async def list_stays(session: Session, *, only: UUID | None) -> list[KnownStay]:
    """Of everybody, or of one."""
    rows = await session.execute(_STAYS, {"manager_id": only})
    return [KnownStay(**row) for row in rows]
