"""Sums of counters over a period: reports of one axis, whatever the number of facts."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple, TypeVar

from services.kpi.domain.periods import Period
from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS
from services.kpi.domain.stories.story import FOR_EVER
from shared.database import Row, Session

Key = TypeVar("Key", str, int)
COMPANY: Final = "company"
_SALES: Final = {"cohort_amount": "cohort_won", "amount": "won"}
_WHERE: Final = "axis = :axis AND known_on <= :known_on"


class Sums(NamedTuple):
    """Counts by measure; amounts, and how many sales had one, by measure and currency."""

    counts: dict[str, int]
    amounts: dict[str, dict[str, Decimal]]
    sales: dict[str, dict[str, int]]


def no_sums() -> Sums:
    return Sums(dict.fromkeys(COUNTS, 0), {}, {})


async def sum_counters(
    session: Session, period: Period, axis: str, known_on: date | None
) -> dict[str, Sums]:
    """The counters of each value of the axis, as known at the end of that day of UTC or now."""
    # Whole days of UTC are read as such; what a day of the zone has beyond them, by quarters.
    first_day = _next_day(period.begins_at)
    end_day = max(first_day, period.ends_at.astimezone(UTC).date())
    middle, end = _begin(first_day), _begin(end_day)
    rows = await session.execute(
        _sum_by_value(),
        {
            "axis": axis,
            "known_on": known_on or FOR_EVER,
            "first_day": first_day,
            "end_day": end_day,
            "begins_at": period.begins_at,
            "middle": min(middle, period.ends_at),
            "end": max(end, min(middle, period.ends_at)),
            "ends_at": period.ends_at,
        },
    )
    return _by_key(rows, lambda row: str(row.value))


async def sum_steps(
    session: Session, bounds: Sequence[datetime], known_on: date | None
) -> dict[int, Sums]:
    """The company's counters of each step between the bounds, by its number from 1."""
    rows = await session.execute(
        _sum_by_step(),
        {
            "axis": COMPANY,
            "known_on": known_on or FOR_EVER,
            "bounds": list(bounds),
            "begins_at": bounds[0],
            "ends_at": bounds[-1],
        },
    )
    return _by_key(rows, lambda row: int(row.step))


def _by_key(rows: Sequence[Row], key_of: Callable[[Row], Key]) -> dict[Key, Sums]:
    sums: dict[Key, Sums] = {}
    for row in rows:
        of_key = sums.setdefault(key_of(row), no_sums())
        if not row.currency:
            of_key.counts.update((name, row[name]) for name in COUNTS)
            continue
        for name, sales in _SALES.items():
            if row[name] or row[sales]:
                of_key.amounts.setdefault(name, {})[row.currency] = row[name]
                of_key.sales.setdefault(name, {})[row.currency] = row[sales]
    return sums


@cache
def _sum_by_value() -> str:
    names = ", ".join(("value", "currency", *COUNTS, *AMOUNTS))
    return f"""
    SELECT value, currency, {_sums()} FROM (
        SELECT {names} FROM day_counter
        WHERE {_WHERE} AND day >= :first_day AND day < :end_day
        UNION ALL
        SELECT {names} FROM counter
        WHERE {_WHERE} AND bucket >= :begins_at AND bucket < :middle
        UNION ALL
        SELECT {names} FROM counter WHERE {_WHERE} AND bucket >= :end AND bucket < :ends_at
    ) AS part GROUP BY value, currency"""


@cache
def _sum_by_step() -> str:
    return f"""
    SELECT width_bucket(bucket, CAST(:bounds AS timestamptz[])) AS step, currency, {_sums()}
    FROM counter WHERE {_WHERE} AND bucket >= :begins_at AND bucket < :ends_at
    GROUP BY step, currency"""


def _sums() -> str:
    # A sum of bigint is numeric, which is slow and wide: counts fit into bigint.
    counts = (f"CAST(sum({name}) AS bigint) AS {name}" for name in COUNTS)
    return ", ".join((*counts, *(f"sum({name}) AS {name}" for name in AMOUNTS)))


def _next_day(at: datetime) -> date:
    """The first day of UTC that begins then or later."""
    day = at.astimezone(UTC).date()
    return day if _begin(day) == at else day + timedelta(days=1)


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
