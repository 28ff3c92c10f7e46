"""Sums of counters over a period: reports of one axis, whatever the number of facts.

Whole days of UTC come in blocks that were summed before, what a day of the zone has beyond them by
quarters of an hour; what has become known since the sums were made, by days.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

from services.kpi.domain.periods import Period
from services.kpi.domain.rollups.blocks import Block, blocks, parts
from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS, MEASURES
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.rollups.blocks import (
    GAINS,
    NEW_DAYS,
    day_at,
    next_day,
    of_blocks,
    parameters_of,
    whole_and_gains,
    whole_days,
)
from services.kpi.repository.rollups.counters import (
    COMPANY,
    HOUR,
    QUARTER,
    SECONDS_OF,
    get_rolled_until,
)
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
        _sum_by_value(_with_sales(measures)),
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
    return _by_key(rows, lambda row: str(row.value))


async def sum_steps(
    session: Session,
    bounds: Sequence[datetime],
    known_on: date | None,
    measures: Sequence[str] = MEASURES,
) -> dict[int, Sums]:
    """The company's counters of each step between the bounds, by its number from 1; as
    `sum_counters`.
    """
    rolled_until = await get_rolled_until(session)
    # An hour in which a step begins is read by quarters, as in zones of half an hour.
    split = {_hour_of(bound) for bound in bounds if _hour_of(bound) != bound}
    hours = sorted({at.hour for at in split})
    first_day = bounds[0].astimezone(UTC).date()
    days = [Block(1, day) for day in _days(first_day, next_day(bounds[-1]))]
    rows = await session.execute(
        _sum_by_step(_with_sales(measures)),
        {
            "known_on": known_on or FOR_EVER,
            "bounds": list(bounds),
            "begins_at": bounds[0],
            "ends_at": bounds[-1],
            "split": sorted(split),
            "split_quarters": [str(4 * hour + part) for hour in hours for part in range(4)],
            "rolled_until": rolled_until,
            **parameters_of(parts(days, known_on, rolled_until)),
        },
    )
    return _by_key(rows, lambda row: int(row.step))


def _with_sales(measures: Sequence[str]) -> tuple[str, ...]:
    """Each once, in the order of all: statements are kept by them."""
    every = {*measures, *(_SALES[name] for name in measures if name in _SALES)}
    return tuple(name for name in MEASURES if name in every)


def _by_key(rows: Sequence[Row], key_of: Callable[[Row], Key]) -> dict[Key, Sums]:
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


class _Columns(NamedTuple):
    """SQL: the measures as they are, by the sign of a gain, and their sums; which rows count."""

    plain: str
    gains: str
    sums: str
    only: str


def _columns_of(measures: Sequence[str]) -> _Columns:
    return _Columns(
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
    plain, gains, sums, only = _columns_of(measures)
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


@cache
def _sum_by_step(measures: Sequence[str]) -> str:
    plain, gains, sums, only = _columns_of(measures)

    def of_day(axis: str, where: str = "true") -> str:
        seconds = f"make_interval(secs => {SECONDS_OF[axis]} * CAST(value AS integer))"
        at = f"(first_day + {seconds}) AT TIME ZONE 'UTC' AS at, currency"
        return whole_and_gains(
            "counter", f"axis = '{axis}'{only} AND {where}", f"{at}, {plain}", f"{at}, {gains}"
        )

    quarters = of_day(QUARTER, "value = ANY(CAST(:split_quarters AS text[]))")
    split = "ANY(CAST(:split AS timestamptz[]))"
    return f"""
    SELECT width_bucket(at, CAST(:bounds AS timestamptz[])) AS step, currency, {sums} FROM (
        SELECT * FROM ({of_day(HOUR)}) AS hours WHERE NOT at = {split}
        UNION ALL
        SELECT * FROM ({quarters}) AS quarters WHERE date_trunc('hour', at, 'UTC') = {split}
        UNION ALL
        SELECT bucket, currency, {plain} FROM counter
        WHERE axis = '{COMPANY}' AND bucket >= :begins_at AND bucket < :ends_at{only}
            AND known_on >= :rolled_until AND known_on <= :known_on
    ) AS part WHERE at >= :begins_at AND at < :ends_at GROUP BY step, currency"""


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((end - first).days)]


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
