"""Customers of a period with their scores and their usual time, added up or listed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.loyalty.rhythm import FACTOR, LEAST_GAPS
from services.kpi.domain.loyalty.segments import LEAST_CUSTOMERS, SHARES, Name, cells_of
from services.kpi.repository.money.relations import View
from shared.database import Session

_GAP: Final = "extract(epoch FROM at - previous_at)"
MONTH: Final = "CAST(date_trunc('month', {} AT TIME ZONE :zone) AS date)"
_BOUNDS: Final = ", ".join(map(str, SHARES))


def _score(name: str, value: str) -> str:
    """One more than the bounds that lie below the value, as `score` of the domain."""
    places = range(1, len(SHARES) + 1)
    return " + ".join(
        ["1", *(f"CAST({name}_bounds[{place}] < {value} AS int)" for place in places)]
    )


def scored(view: View) -> str:
    """Clauses up to `scored`, a row per customer. Takes `currency`, `until`, and what `view.params`
    gives.
    """
    return f"""
WITH bought AS MATERIALIZED (
    SELECT s.person_id, s.at, s.amount, s.currency, s.product, s.number, s.previous_at
    FROM sale AS s WHERE {view.within("s")} AND s.taken_back_at IS NULL
),
person AS MATERIALIZED (
    SELECT person_id AS contact_id, count(*) AS sales, max(at) AS last_at,
        count(amount) FILTER (WHERE currency = :currency) AS priced,
        coalesce(sum(amount) FILTER (WHERE currency = :currency), 0) AS amount,
        count(previous_at) AS gaps,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY {_GAP}) AS usual
    FROM bought GROUP BY person_id
),
bound AS (
    SELECT count(*) AS customers,
        percentile_disc(ARRAY[{_BOUNDS}]) WITHIN GROUP (ORDER BY last_at) AS recency_bounds,
        percentile_disc(ARRAY[{_BOUNDS}]) WITHIN GROUP (ORDER BY sales) AS frequency_bounds,
        percentile_disc(ARRAY[{_BOUNDS}]) WITHIN GROUP (ORDER BY amount) AS money_bounds
    FROM person
),
everybody AS (
    SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY {_GAP}) AS limit_seconds FROM bought
),
timed AS (
    SELECT person.*, bound.*, gaps >= {LEAST_GAPS} AS is_own, {own_limit()} AS limit_seconds
    FROM person CROSS JOIN bound CROSS JOIN everybody
),
scored AS (
    SELECT contact_id, sales, last_at, priced, amount, usual, is_own, limit_seconds,
        customers >= {LEAST_CUSTOMERS} AS is_scored,
        {_score("recency", "last_at")} AS recency, {_score("frequency", "sales")} AS frequency,
        {_score("money", "amount")} AS money,
        coalesce(extract(epoch FROM CAST(:until AS timestamptz) - last_at) > limit_seconds, false)
            AS is_sleeping
    FROM timed
)"""


def own_limit() -> str:
    """SQL of after how long without a sale a `person` sleeps, as `limit_seconds` of the domain."""
    return f"CASE WHEN gaps >= {LEAST_GAPS} THEN {FACTOR} * usual ELSE everybody.limit_seconds END"


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


def _conditions(criteria: CustomerFilter, zone: str) -> tuple[list[str], dict[str, Any]]:
    terms: list[str] = []
    params: dict[str, Any] = {}
    own = "EXISTS (SELECT 1 FROM bought WHERE person_id = contact_id AND {})"
    if criteria.segment is not None:
        cells = cells_of(criteria.segment)
        pairs = ", ".join(f"({recency}, {frequency})" for recency, frequency in cells)
        terms.append(f"is_scored AND (recency, frequency) IN ({pairs})")
    if criteria.sleeping is not None:
        terms.append("is_sleeping" if criteria.sleeping else "NOT is_sleeping")
    for name in ("product", "also", "without"):
        value = getattr(criteria, name)
        if value is not None:
            negation = "NOT " if name == "without" else ""
            terms.append(negation + own.format(f"product = :{name}"))
            params[name] = value
    for name, term in (("cohort", "number = 1 AND "), ("bought_in", "")):
        value = getattr(criteria, name)
        if value is not None:
            terms.append(own.format(f"{term}{MONTH.format('at')} = :{name}"))
            params |= {name: value, "zone": zone}
    return terms, params


def _params(view: View, currency: str | None, until: datetime) -> dict[str, Any]:
    return view.params() | {"currency": currency, "until": until}


async def count_cells(
    session: Session, view: View, currency: str | None, until: datetime
) -> list[Cell]:
    """Customers by their scores; `amount` is of sales in the currency."""
    statement = f"""{scored(view)}
SELECT CASE WHEN is_scored THEN recency END AS recency,
    CASE WHEN is_scored THEN frequency END AS frequency, count(*) AS customers,
    count(*) FILTER (WHERE is_sleeping) AS sleeping, sum(sales) AS sales, sum(priced) AS priced,
    sum(amount) AS amount
FROM scored GROUP BY 1, 2
"""
    rows = await session.execute(statement, _params(view, currency, until))
    return [
        Cell(
            row.recency,
            row.frequency,
            row.customers,
            row.sleeping,
            int(row.sales),
            int(row.priced),
            row.amount,
        )
        for row in rows
    ]


async def list_customers(
    session: Session,
    view: View,
    criteria: CustomerFilter,
    currency: str | None,
    until: datetime,
    *,
    after: UUID | None,
    limit: int,
) -> list[Customer]:
    """Customers by id, the highest first."""
    terms, params = _conditions(criteria, view.period.zone.key)
    if after is not None:
        terms.append("contact_id < :after")
        params["after"] = after
    where = " AND ".join(terms) or "true"
    statement = f"{scored(view)} SELECT * FROM scored WHERE {where}"
    statement += " ORDER BY contact_id DESC LIMIT :limit"
    params |= _params(view, currency, until) | {"limit": limit}
    return [Customer(**row) for row in await session.execute(statement, params)]


async def count_customers(
    session: Session, view: View, criteria: CustomerFilter, currency: str | None, until: datetime
) -> int:
    terms, params = _conditions(criteria, view.period.zone.key)
    where = " AND ".join(terms) or "true"
    (row,) = await session.execute(
        f"{scored(view)} SELECT count(*) AS total FROM scored WHERE {where}",
        params | _params(view, currency, until),
    )
    return int(row.total)
