"""Sums of counters over a period: reports of one axis, whatever the number of facts.

Whole days of UTC come in blocks that were summed before, what a day of the zone has beyond them by
quarters of an hour; what has become known since the sums were made, by days.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

from services.kpi.domain.periods import Period
from services.kpi.domain.rollups.blocks import blocks, parts
from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS, MEASURES
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.rollups.blocks import (
    GAINS,
    NEW_DAYS,
    day_at,
    of_blocks,
    parameters_of,
    whole_and_gains,
    whole_days,
)
from services.kpi.repository.rollups.counters import get_rolled_until
from shared.database import Row, Session

Key = TypeVar("Key", str, int)
_SALES: Final = {"cohort_amount": "cohort_won", "amount": "won"}


class Sums(NamedTuple):
    """Counts by measure; amounts, and how many sales had one, by measure and currency."""

    counts: dict[str, int]
    amounts: dict[str, dict[str, Decimal]]
    sales: dict[str, dict[str, int]]


def no_sums() -> Sums:
    return Sums(dict.fromkeys(COUNTS, 0), {}, {})


async def sum_counters(
    session: Session,
    period: Period,
    axis: str,
    known_on: date | None,
    measures: Sequence[str] = MEASURES,
) -> dict[str, Sums]:
    """These counters of each value of the axis, as known at the end of that day of UTC or now; of
    amounts also how many sales had one. All others are 0.
    """
    first_day, end_day = whole_days(period)
    middle, end = day_at(first_day), day_at(end_day)
    rolled_until = await get_rolled_until(session)
    is_new = known_on is None or known_on >= rolled_until
    rows = await session.execute(
        _sum_by_value(with_sales(measures)),
        {
            "axis": axis,
            "known_on": known_on or FOR_EVER,
            "begins_at": period.begins_at,
            "middle": min(middle, period.ends_at),
            "end": max(end, min(middle, period.ends_at)),
            "ends_at": period.ends_at,
            "rolled_until": rolled_until,
            "new_days": _days(first_day, end_day) if is_new else [],
            **parameters_of(parts(blocks(first_day, end_day), known_on, rolled_until)),
        },
    )
    return by_key(rows, lambda row: str(row.value))


def with_sales(measures: Sequence[str]) -> tuple[str, ...]:
    """Each once, in the order of all: statements are kept by them."""
    every = {*measures, *(_SALES[name] for name in measures if name in _SALES)}
    return tuple(name for name in MEASURES if name in every)


def by_key(rows: Sequence[Row], key_of: Callable[[Row], Key]) -> dict[Key, Sums]:
    sums: dict[Key, Sums] = {}
    for row in rows:
        of_key = sums.setdefault(key_of(row), no_sums())
        numbers: dict[str, Any] = dict(**row)
        if not row.currency:
            of_key.counts.update((name, numbers[name]) for name in COUNTS if name in numbers)
            continue
        for name, sales in _SALES.items():
            if numbers.get(name) or (name in numbers and numbers[sales]):
                of_key.amounts.setdefault(name, {})[row.currency] = numbers[name]
                of_key.sales.setdefault(name, {})[row.currency] = numbers[sales]
    return sums


class Columns(NamedTuple):
    """SQL: the measures as they are, by the sign of a gain, and their sums; which rows count."""

    plain: str
    gains: str
    sums: str
    only: str


def columns_of(measures: Sequence[str]) -> Columns:
    return Columns(
        ", ".join(measures),
        ", ".join(f"b.sign * {name} AS {name}" for name in measures),
        ", ".join(
            f"sum({name}) AS {name}" if name in AMOUNTS
            else f"CAST(sum({name}) AS bigint) AS {name}"
            for name in measures
        ),
        "" if set(AMOUNTS) & set(measures) else " AND currency = ''",
    )  # fmt: skip


@cache
def _sum_by_value(measures: Sequence[str]) -> str:
    plain, gains, sums, only = columns_of(measures)
    key = "value, currency"
    days = f"axis = :axis AND day = b.first_day{only}"
    quarters = f"axis = :axis AND known_on <= :known_on{only}"
    return f"""
    SELECT {key}, {sums} FROM (
        {whole_and_gains("counter", f"axis = :axis{only}", f"{key}, {plain}", f"{key}, {gains}")}
        UNION ALL
        {
        of_blocks(
            GAINS,
            f"SELECT {key}, {gains} FROM day_counter WHERE b.span = 1 AND {days}"
            " AND known_on >= b.since AND known_on < b.until",
        )
    }
        UNION ALL
        {
        of_blocks(
            NEW_DAYS,
            f"SELECT {key}, {plain} FROM day_counter WHERE {days}"
            " AND known_on >= :rolled_until AND known_on <= :known_on",
        )
    }
        UNION ALL
        SELECT {key}, {plain} FROM counter
        WHERE {quarters} AND bucket >= :begins_at AND bucket < :middle
        UNION ALL
        SELECT {key}, {plain} FROM counter
        WHERE {quarters} AND bucket >= :end AND bucket < :ends_at
    ) AS part GROUP BY {key}"""


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((end - first).days)]
