"""Closed months: their frozen statements, and which sales these count."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kpi.domain.motivation.codec import line_json, line_of
from services.kpi.domain.motivation.presence import WHOLE
from services.kpi.domain.motivation.statements import Line
from services.kpi.domain.periods import Period
from services.kpi.repository.motivation.facts import AMOUNT, PRODUCT, SOLD, STANDS
from shared.database import Row, Session
from shared.statements import columns

_LAST: Final = "SELECT month, closed_at, closed_by FROM pay_month ORDER BY month DESC LIMIT 1"
_CLOSED: Final = "SELECT month, closed_at, closed_by FROM pay_month WHERE month = :month"
_ADD_MONTH: Final = """
INSERT INTO pay_month (month, begins_at, ends_at, closed_at, closed_by)
VALUES (:month, :begins_at, :ends_at, :now, :actor)
"""
_FIELDS: Final = "month, manager_id, scheme_id, version, payout, carried, facts, lines"
_ADD: Final = f"""
INSERT INTO pay_statement ({_FIELDS})
SELECT * FROM unnest(CAST(:months AS date[]), CAST(:managers AS uuid[]), CAST(:schemes AS uuid[]),
    CAST(:versions AS integer[]), CAST(:payouts AS numeric[]), CAST(:carries AS numeric[]),
    CAST(:facts AS jsonb[]), CAST(:lines AS jsonb[]))
"""
_LIST: Final = f"""
SELECT {_FIELDS} FROM pay_statement
WHERE month = :month AND (CAST(:manager_id AS uuid) IS NULL OR manager_id = :manager_id)
"""
_SALE_FIELDS: Final = "month, manager_id, about, sale_id, product, lead_id, quantity, amount"
_ADD_SALES: Final = f"""
INSERT INTO pay_sale ({_SALE_FIELDS})
SELECT CAST(:month AS date), * FROM unnest(CAST(:managers AS uuid[]), CAST(:abouts AS date[]),
    CAST(:sales AS uuid[]), CAST(:products AS text[]), CAST(:leads AS uuid[]),
    CAST(:quantities AS integer[]), CAST(:amounts AS numeric[]))
"""
_SALES: Final = """
SELECT sale_id, lead_id, product, quantity, amount FROM pay_sale
WHERE month = :month AND manager_id = :manager_id AND about = :about ORDER BY sale_id, product
"""
# What was paid for each closed month, corrections in later ones included.
_PAID: Final = """
SELECT s.month, s.manager_id, s.scheme_id, s.version, s.facts, s.payout - s.carried AS payout,
    coalesce((SELECT sum(CAST(line ->> 'amount' AS numeric))
        FROM pay_statement AS later, jsonb_array_elements(later.lines) AS line
        WHERE later.manager_id = s.manager_id AND later.month > s.month
            AND CAST(line ->> 'month' AS date) = s.month), 0) AS carried
FROM unnest(CAST(:months AS date[]), CAST(:managers AS uuid[])) AS asked (month, manager_id)
JOIN pay_statement AS s ON s.month = asked.month AND s.manager_id = asked.manager_id
WHERE asked.month >= :first
"""
# Sales as closed months have counted them, beside how they stand now; only of those managers and
# months where anything differs.
_CHANGES: Final = f"""
WITH counted AS (
    SELECT about, manager_id, sale_id, product, max(CAST(lead_id AS text)) AS lead,
        sum(quantity) AS quantity, sum(amount) AS amount
    FROM pay_sale
    WHERE about >= :first AND (CAST(:manager_id AS uuid) IS NULL OR manager_id = :manager_id)
    GROUP BY about, manager_id, sale_id, product
), present AS (
    SELECT m.month AS about, s.manager_id, s.sale_id, {PRODUCT}, CAST(s.lead_id AS text) AS lead,
        1 AS quantity, {AMOUNT} AS amount
    FROM pay_month AS m JOIN ({SOLD}) ON s.at >= m.begins_at AND s.at < m.ends_at
    JOIN pay_statement AS p ON p.month = m.month AND p.manager_id = s.manager_id
    WHERE m.month >= :first AND {STANDS}
        AND (s.amount IS NULL OR s.currency IS NULL OR s.currency = p.facts ->> 'currency')
        AND (CAST(:manager_id AS uuid) IS NULL OR s.manager_id = :manager_id)
), both_sides AS (
    SELECT about, manager_id, sale_id, product, coalesce(n.lead, c.lead) AS lead,
        coalesce(n.quantity, 0) AS quantity, coalesce(n.amount, 0) AS amount,
        coalesce(n.quantity, 0) - coalesce(c.quantity, 0) AS quantity_change,
        coalesce(n.amount, 0) - coalesce(c.amount, 0) AS amount_change
    FROM counted AS c FULL JOIN present AS n USING (about, manager_id, sale_id, product)
)
SELECT about, manager_id, sale_id, product, CAST(lead AS uuid) AS lead_id,
    CAST(quantity AS integer) AS quantity, amount,
    CAST(quantity_change AS integer) AS quantity_change, amount_change
FROM both_sides WHERE (about, manager_id) IN (
    SELECT about, manager_id FROM both_sides WHERE quantity_change <> 0 OR amount_change <> 0)
ORDER BY about, manager_id, sale_id, product
"""


class ClosedMonth(NamedTuple):
    month: date
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenFacts:
    """What a statement rested on beside its sales."""

    currency: str
    target: Decimal | None
    company: Fraction | None
    other_currencies: int
    worked: Fraction = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenStatement:
    """`carried` is what of the payout corrects earlier months."""

    month: date
    manager_id: UUID
    scheme_id: UUID
    version: int
    payout: Decimal
    carried: Decimal
    facts: FrozenFacts
    lines: Sequence[Line]


class PaidMonth(NamedTuple):
    """What a month paid of itself, and what later months have corrected of it."""

    month: date
    manager_id: UUID
    scheme_id: UUID
    version: int
    facts: FrozenFacts
    payout: Decimal
    carried: Decimal


class CountedSale(NamedTuple):
    """A sale, or a change of one, as a frozen statement counts it."""

    sale_id: UUID
    lead_id: UUID | None
    product: str
    quantity: int
    amount: Decimal


class SaleChange(NamedTuple):
    """How a sale of a closed month stands now, and by how much that is another count and amount."""

    about: date
    manager_id: UUID
    sale_id: UUID
    product: str
    lead_id: UUID | None
    quantity: int
    amount: Decimal
    quantity_change: int
    amount_change: Decimal


async def find_last_closed(session: Session) -> ClosedMonth | None:
    row = (await session.execute(_LAST)).first()
    return None if row is None else ClosedMonth(*row)


async def find_closed(session: Session, month: date) -> ClosedMonth | None:
    row = (await session.execute(_CLOSED, {"month": month})).first()
    return None if row is None else ClosedMonth(*row)


async def add_month(session: Session, span: Period, *, actor: str, now: datetime) -> None:
    params = {"month": span.first, "begins_at": span.begins_at, "ends_at": span.ends_at}
    await session.execute(_ADD_MONTH, {**params, "actor": actor, "now": now})


async def add_statements(session: Session, items: Sequence[FrozenStatement]) -> None:
    rows = [
        (item.month, item.manager_id, item.scheme_id, item.version, item.payout, item.carried,
         json.dumps(_facts_json(item.facts)), json.dumps([line_json(line) for line in item.lines]))
        for item in items
    ]  # fmt: skip
    names = "months managers schemes versions payouts carries facts lines"
    await session.execute(_ADD, columns(names, rows))


async def list_frozen(session: Session, month: date, *, only: UUID | None) -> list[FrozenStatement]:
    rows = await session.execute(_LIST, {"month": month, "manager_id": only})
    return [_frozen(row) for row in rows]


async def add_counted(
    session: Session, month: date, sales: Sequence[tuple[UUID, date, CountedSale]]
) -> None:
    """Keep which sales the month's statements count: of whom, about which month."""
    rows = [
        (manager_id, about, sale.sale_id, sale.product, sale.lead_id, sale.quantity, sale.amount)
        for manager_id, about, sale in sales
    ]
    names = "managers abouts sales products leads quantities amounts"
    await session.execute(_ADD_SALES, {"month": month, **columns(names, rows)})


async def list_counted(
    session: Session, month: date, manager_id: UUID, about: date
) -> list[CountedSale]:
    params = {"month": month, "manager_id": manager_id, "about": about}
    return [CountedSale(**row) for row in await session.execute(_SALES, params)]


async def list_changes(
    session: Session, first: date, *, only: UUID | None
) -> dict[tuple[date, UUID], list[SaleChange]]:
    """All sales of the closed months from `first` on where any of a manager's has changed."""
    changes: dict[tuple[date, UUID], list[SaleChange]] = {}
    for row in await session.execute(_CHANGES, {"first": first, "manager_id": only}):
        changes.setdefault((row.about, row.manager_id), []).append(SaleChange(**row))
    return changes


async def list_paid(session: Session, places: Sequence[tuple[date, UUID]]) -> list[PaidMonth]:
    """What these months have paid these managers, in order."""
    if not places:
        return []
    params = {"first": min(places)[0], **columns("months managers", places)}
    rows = await session.execute(_PAID, params)
    return sorted(PaidMonth(**{**row, "facts": _facts(row.facts)}) for row in rows)


def _frozen(row: Row) -> FrozenStatement:
    lines = [line_of(line) for line in row.lines]
    return FrozenStatement(**{**row, "facts": _facts(row.facts), "lines": lines})


def _facts_json(facts: FrozenFacts) -> dict[str, Any]:
    return {
        "currency": facts.currency,
        "target": None if facts.target is None else f"{facts.target:f}",
        "company": None if facts.company is None else str(facts.company),
        "other_currencies": facts.other_currencies,
        "worked": str(facts.worked),
    }


def _facts(content: Mapping[str, Any]) -> FrozenFacts:
    target, company = content["target"], content["company"]
    return FrozenFacts(
        currency=content["currency"],
        target=None if target is None else Decimal(target),
        company=None if company is None else Fraction(company),
        other_currencies=content["other_currencies"],
        worked=Fraction(content["worked"]),
    )
