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
from services.kpi.domain.motivation.corrections import CountedSale
from services.kpi.domain.motivation.presence import WHOLE
from services.kpi.domain.motivation.statements import Line
from services.kpi.domain.periods import Period
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
WHERE month = :month AND (CAST(:only AS uuid) IS NULL OR manager_id = :only)
    AND (CAST(:after AS uuid) IS NULL OR manager_id > :after)
ORDER BY manager_id LIMIT :limit
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


async def list_frozen(
    session: Session,
    month: date,
    *,
    only: UUID | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[FrozenStatement]:
    """By manager's id: of one, or so many of those above another's."""
    params = {"month": month, "only": only, "after": after, "limit": limit}
    return [_frozen(row) for row in await session.execute(_LIST, params)]


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


def _frozen(row: Row) -> FrozenStatement:
    lines = [line_of(line) for line in row.lines]
    return FrozenStatement(**{**row, "facts": facts_of(row.facts), "lines": lines})


def _facts_json(facts: FrozenFacts) -> dict[str, Any]:
    return {
        "currency": facts.currency,
        "target": None if facts.target is None else f"{facts.target:f}",
        "company": None if facts.company is None else str(facts.company),
        "other_currencies": facts.other_currencies,
        "worked": str(facts.worked),
    }


def facts_of(content: Mapping[str, Any]) -> FrozenFacts:
    target, company = content["target"], content["company"]
    return FrozenFacts(
        currency=content["currency"],
        target=None if target is None else Decimal(target),
        company=None if company is None else Fraction(company),
        other_currencies=content["other_currencies"],
        worked=Fraction(content["worked"]),
    )
