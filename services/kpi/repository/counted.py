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
from services.kpi.domain.rollups.blocks import SPANS, Piece, blocks_known, pieces
from services.kpi.domain.rollups.classes import unpacked
from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.rollups.counters import get_rolled_until, packed
from shared.database import Row, Session

Key = TypeVar("Key", str, int)
COMPANY: Final = "company"
_MEASURES: Final = ", ".join((*COUNTS, *AMOUNTS))
_SUMMED: Final = ", ".join(("packed", *AMOUNTS))
_SUMS_OF_AMOUNTS: Final = ", ".join(f"sum({name}) AS {name}" for name in AMOUNTS)
_SUMS: Final = f"CAST(sum(packed) AS text) AS digits, {_SUMS_OF_AMOUNTS}"
_SALES: Final = {"cohort_amount": "cohort_won", "amount": "won"}


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
    first_day, end_day = whole_days(period)
    middle, end = day_at(first_day), day_at(end_day)
    rolled_until = await get_rolled_until(session)
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
            "rolled_until": rolled_until,
            **blocks_of(pieces(first_day, end_day), known_on, rolled_until),
        },
    )
    return _by_key(rows, lambda row: str(row.value))


def whole_days(period: Period) -> tuple[date, date]:
    """The days of UTC that lie whole in the period: the first one, and the one after the last."""
    first_day = _next_day(period.begins_at)
    return first_day, max(first_day, period.ends_at.astimezone(UTC).date())


def blocks_of(
    days: Sequence[Piece], known_on: date | None, rolled_until: date
) -> dict[str, list[Any]]:
    """Parameters: each block of days with each block of days of knowledge."""
    knowledge = blocks_known(known_on or FOR_EVER, rolled_until) if rolled_until > date.min else []
    pairs = [(block, learnt) for block in days for learnt in knowledge]
    return {
        "spans": [block.span for block, _ in pairs],
        "firsts": [block.first for block, _ in pairs],
        "ends": [block.end for block, _ in pairs],
        "known_spans": [learnt.span for _, learnt in pairs],
        "known_firsts": [learnt.first for _, learnt in pairs],
        "known_ends": [learnt.end for _, learnt in pairs],
    }


BLOCKS: Final = """unnest(
    CAST(:spans AS integer[]), CAST(:firsts AS date[]), CAST(:ends AS date[]),
    CAST(:known_spans AS integer[]), CAST(:known_firsts AS date[]), CAST(:known_ends AS date[])
) AS b (span, first, finish, known_span, known_first, known_finish)"""


async def sum_steps(
    session: Session, bounds: Sequence[datetime], known_on: date | None
) -> dict[int, Sums]:
    """The company's counters of each step between the bounds, by its number from 1."""
    rolled_until = await get_rolled_until(session)
    # An hour in which a step begins is read by quarters, as in zones of half an hour.
    split = {_hour_of(bound) for bound in bounds if _hour_of(bound) != bound}
    hours = [Piece(0, date.min, date.max)]
    rows = await session.execute(
        _sum_by_step(),
        {
            "known_on": known_on or FOR_EVER,
            "bounds": list(bounds),
            "begins_at": bounds[0],
            "ends_at": bounds[-1],
            "split": sorted(split),
            "rolled_until": rolled_until,
            **blocks_of(hours, known_on, rolled_until),
        },
    )
    return _by_key(rows, lambda row: int(row.step))


def _by_key(rows: Sequence[Row], key_of: Callable[[Row], Key]) -> dict[Key, Sums]:
    sums: dict[Key, Sums] = {}
    for row in rows:
        of_key = sums.setdefault(key_of(row), no_sums())
        counts = {COUNTS[item.number]: item.times for item in unpacked(row.digits)}
        if not row.currency:
            of_key.counts.update(counts)
            continue
        for name, sales in _SALES.items():
            if row[name] or counts.get(sales):
                of_key.amounts.setdefault(name, {})[row.currency] = row[name]
                of_key.sales.setdefault(name, {})[row.currency] = counts.get(sales, 0)
    return sums


@cache
def _sum_by_value() -> str:
    whole = "axis = :axis AND day >= :first_day AND day < :end_day AND known_on <= :known_on"
    quarters = "axis = :axis AND known_on <= :known_on"
    return f"""
    SELECT value, currency, {_SUMS} FROM (
        SELECT value, currency, {_SUMMED} FROM {BLOCKS} JOIN counter_rollup AS r
            ON r.axis = :axis AND r.span = b.span AND r.known_span = b.known_span
            AND r.first_day >= b.first AND r.first_day < b.finish
            AND r.known_from >= b.known_first AND r.known_from < b.known_finish
        UNION ALL
        SELECT value, currency, {packed("sum({})")}, {_SUMS_OF_AMOUNTS} FROM (
            SELECT value, currency, {_MEASURES} FROM {BLOCKS} JOIN day_counter AS r
                ON r.axis = :axis AND b.span = 1 AND b.known_span < {SPANS[0]}
                AND r.day >= b.first AND r.day < b.finish
                AND r.known_on >= b.known_first AND r.known_on < b.known_finish
            UNION ALL
            SELECT value, currency, {_MEASURES} FROM day_counter
            WHERE {whole} AND known_on >= :rolled_until
            UNION ALL
            SELECT value, currency, {_MEASURES} FROM counter
            WHERE {quarters} AND bucket >= :begins_at AND bucket < :middle
            UNION ALL
            SELECT value, currency, {_MEASURES} FROM counter
            WHERE {quarters} AND bucket >= :end AND bucket < :ends_at
        ) AS single GROUP BY value, currency
    ) AS part GROUP BY value, currency"""


@cache
def _sum_by_step() -> str:
    step = "width_bucket({}, CAST(:bounds AS timestamptz[])) AS step"
    return f"""
    SELECT step, currency, {_SUMS} FROM (
        SELECT {step.format("hour")}, currency, {_SUMMED} FROM {BLOCKS} JOIN hour_rollup AS r
            ON r.known_span = b.known_span AND r.hour >= :begins_at AND r.hour < :ends_at
            AND r.known_from >= b.known_first AND r.known_from < b.known_finish
        WHERE r.hour <> ALL(CAST(:split AS timestamptz[]))
        UNION ALL
        SELECT step, currency, {packed("sum({})")}, {_SUMS_OF_AMOUNTS} FROM (
            SELECT {step.format("bucket")}, currency, {_MEASURES} FROM counter
            WHERE axis = '{COMPANY}' AND bucket >= :begins_at AND bucket < :ends_at
                AND known_on >= :rolled_until AND known_on <= :known_on
                AND date_trunc('hour', bucket, 'UTC') <> ALL(CAST(:split AS timestamptz[]))
            UNION ALL
            SELECT {step.format("bucket")}, currency, {_MEASURES}
            FROM unnest(CAST(:split AS timestamptz[])) AS s (hour)
            JOIN counter ON axis = '{COMPANY}' AND bucket >= s.hour
                AND bucket < s.hour + interval '1 hour' AND known_on <= :known_on
            WHERE bucket >= :begins_at AND bucket < :ends_at
        ) AS single GROUP BY step, currency
    ) AS part GROUP BY step, currency"""


def _next_day(at: datetime) -> date:
    """The first day of UTC that begins then or later."""
    day = at.astimezone(UTC).date()
    return day if day_at(day) == at else day + timedelta(days=1)


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def day_at(day: date) -> datetime:
    """The beginning of a day of UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
