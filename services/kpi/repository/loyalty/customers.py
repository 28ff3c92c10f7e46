"""Customers of a period with their scores and their usual time, added up or listed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.loyalty.rhythm import FACTOR, LEAST_GAPS
from services.kpi.domain.loyalty.segments import LEAST_CUSTOMERS, SHARES, Name, cells_of
from services.kpi.repository.loyalty.buying import BOUGHT, IS_WHOLE, buying, money_of
from services.kpi.repository.money.relations import View
from shared.database import Session

COMPANY_LIMIT: Final = "CAST(:company_limit AS double precision)"
MONTH: Final = "CAST(date_trunc('month', {} AT TIME ZONE :zone) AS date)"
_BOUNDS: Final = ", ".join(map(str, SHARES))
_GAPS: Final = "(reached - greatest(before, 1))"
# The median of the times between sales in the period: it is at hand where all sales lie in it, and
# of two times it is their mean.
_USUAL: Final = f"""CASE WHEN {IS_WHOLE} AND usual_seconds IS NOT NULL THEN usual_seconds
    WHEN {_GAPS} < 1 THEN NULL
    WHEN {_GAPS} < 3 THEN date_part('epoch', ats[reached] - ats[reached - {_GAPS}]) / {_GAPS}
    ELSE (SELECT percentile_cont(0.5) WITHIN GROUP (
            ORDER BY date_part('epoch', ats[place] - ats[place - 1]))
        FROM generate_series(reached - {_GAPS} + 1, reached) AS place) END"""
# What is scored, and one more than the bounds that lie below it, as `score` of the domain has it.
_SCORES: Final = {
    "recency": ("last_at", "1 + width_bucket(last_at - interval '1 microsecond', {})"),
    "frequency": ("sales", "1 + width_bucket(sales - 1, {})"),
    "money": (
        "amount",
        " + ".join(["1", *(f"CAST({{0}}[{place + 1}] < amount AS int)" for place in range(4))]),
    ),
}
_BY_TIME: Final = ("recency", "frequency")


def _scored(view: View, scores: Sequence[str], condition: str = "true") -> str:
    """Clauses up to `scored`, a row per customer with these scores, `is_asked` if the
    condition on `buying` is true. Takes what `_params` gives.
    """
    bounds = ", ".join(
        f"percentile_disc(ARRAY[{_BOUNDS}]) WITHIN GROUP (ORDER BY {_SCORES[name][0]}) AS {name}"
        for name in scores
    )
    scored = ", ".join(f"{_SCORES[name][1].format(f'bound.{name}')} AS {name}" for name in scores)
    return f"""{buying(view, with_money=True)},
customer AS NOT MATERIALIZED (
    SELECT person_id AS contact_id, reached - before AS sales, ats[reached] AS last_at,
        {money_of(view)}, {_GAPS} AS gaps, {_USUAL} AS usual,
        {condition} AS is_asked
    FROM buying
),
bound AS (SELECT count(*) AS customers, {bounds} FROM customer),
limited AS (
    SELECT *, gaps >= {LEAST_GAPS} AS is_own, {own_limit()} AS limit_seconds FROM customer OFFSET 0
),
scored AS (
    SELECT contact_id, sales, last_at, priced, amount, usual, is_own, limit_seconds, is_asked,
        customers >= {LEAST_CUSTOMERS} AS is_scored, {scored},
        coalesce(date_part('epoch', CAST(:until AS timestamptz) - last_at) > limit_seconds, false)
            AS is_sleeping
    FROM limited CROSS JOIN bound
)"""


def own_limit() -> str:
    """SQL of after how long without a sale somebody sleeps, as `limit_seconds` of the domain."""
    return f"CASE WHEN gaps >= {LEAST_GAPS} THEN {FACTOR} * usual ELSE {COMPANY_LIMIT} END"


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers of the same scores of recency and frequency; both None where there are too few
    customers for scores.
    """

    recency: int | None
    frequency: int | None
    customers: int
    sleeping: int
    sales: int
    priced: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Customer:
    """`usual` is the median of seconds between their sales; `limit_seconds` after how long without
    a sale they sleep, by their `own` sales or by everybody's.
    """

    contact_id: UUID
    sales: int
    last_at: datetime
    priced: int
    amount: Decimal
    usual: float | None
    is_own: bool
    limit_seconds: float | None
    is_scored: bool
    recency: int
    frequency: int
    money: int
    is_sleeping: bool


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Conditions on customers; None is no condition. `product` and `also` are what they bought,
    `without` what they did not. `cohort` is the month of their first sale, `bought_in` a month in
    which they bought: first days of months.
    """

    segment: Name | None = None
    sleeping: bool | None = None
    product: str | None = None
    also: str | None = None
    without: str | None = None
    cohort: date | None = None
    bought_in: date | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What customers are told by besides their own sales: the currency of money, until when nobody
    has bought again, and after how many seconds those sleep who have no usual time.
    """

    currency: str | None
    until: datetime
    company_limit: float | None


def _conditions(criteria: CustomerFilter, zone: str) -> tuple[str, str, dict[str, Any]]:
    """SQL on `buying`, SQL on `scored`, and what they take."""
    bought = {
        "product": f":product = ANY({BOUGHT})",
        "also": f":also = ANY({BOUGHT})",
        "without": f"NOT :without = ANY({BOUGHT})",
        "cohort": f"before = 0 AND {MONTH.format('first_at')} = :cohort",
        "bought_in": f"EXISTS (SELECT FROM unnest(ats[before + 1 : reached]) AS at"
        f" WHERE {MONTH.format('at')} = :bought_in)",
    }
    params = {name: value for name in bought if (value := getattr(criteria, name)) is not None}
    terms = ["is_asked"]
    if criteria.segment is not None:
        cells = cells_of(criteria.segment)
        pairs = ", ".join(f"({recency}, {frequency})" for recency, frequency in cells)
        terms.append(f"is_scored AND (recency, frequency) IN ({pairs})")
    if criteria.sleeping is not None:
        terms.append("is_sleeping" if criteria.sleeping else "NOT is_sleeping")
    condition = " AND ".join(bought[name] for name in params) or "true"
    if ":zone" in condition:
        params["zone"] = zone
    return condition, " AND ".join(terms), params


def _params(view: View, ground: Ground) -> dict[str, Any]:
    return view.params() | asdict(ground)


async def count_cells(session: Session, view: View, ground: Ground) -> list[Cell]:
    """Customers by their scores; `amount` is of sales in the currency."""
    statement = f"""{_scored(view, _BY_TIME)}
SELECT CASE WHEN is_scored THEN recency END AS recency,
    CASE WHEN is_scored THEN frequency END AS frequency, count(*) AS customers,
    count(*) FILTER (WHERE is_sleeping) AS sleeping, CAST(sum(sales) AS bigint) AS sales,
    CAST(sum(priced) AS bigint) AS priced, sum(amount) AS amount
FROM scored GROUP BY 1, 2
"""
    return [Cell(**row) for row in await session.execute(statement, _params(view, ground))]


async def list_customers(
    session: Session,
    view: View,
    criteria: CustomerFilter,
    ground: Ground,
    *,
    after: UUID | None,
    limit: int,
) -> tuple[list[Customer], int | None]:
    """Customers by id, the highest first; with the first page their number."""
    condition, where, params = _conditions(criteria, view.period.zone.key)
    total = "count(*) OVER ()" if after is None else "NULL"
    if after is not None:
        where += " AND contact_id < :after"
        params["after"] = after
    names = ", ".join(field.name for field in fields(Customer))
    statement = f"""{_scored(view, (*_BY_TIME, "money"), condition)}
SELECT {names}, {total} AS total FROM scored WHERE {where} ORDER BY contact_id DESC LIMIT :limit
"""
    params |= _params(view, ground) | {"limit": limit}
    rows = list(await session.execute(statement, params))
    customers = [Customer(*tuple(row)[:-1]) for row in rows]
    return customers, (rows[0].total if rows else 0) if after is None else None
