"""Sums of counters over a period: reports of one axis, whatever the number of facts.

Whole days of UTC come in blocks that were summed before, what a day of the zone has beyond them by
quarters of an hour; what has become known since the sums were made, by days.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from operator import add
from typing import Any, Final, NamedTuple, TypeVar

from services.kpi.domain.periods import Period
from services.kpi.domain.rollups.blocks import blocks, parts
from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS, MEASURES
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.reports.held import Held, Sealed
from services.kpi.repository.rollups.blocks import (
    GAINS,
    NEW_DAYS,
    day_at,
    of_blocks,
    parameters_of,
    whole_and_gains,
    whole_days,
)
from services.kpi.repository.rollups.counters import Rolled, get_rolled
from shared.database import Row, Session

Key = TypeVar("Key", str, int)
# By value and currency: its measures in their order.
Numbers = dict[tuple[str, str], Sequence[Any]]

_SALES: Final = {"cohort_amount": "cohort_won", "amount": "won"}
MOST_ROWS: Final = 50_000  # of sums in memory, of less than a kilobyte
_HELD: Final[Held[Numbers]] = Held(MOST_ROWS, len)


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
    wish = _Wish(period, axis, known_on, with_sales(measures))
    rolled = await get_rolled(session)
    whole = await _sum_whole(session, wish, rolled)
    rest = await _sum_rest(session, wish, rolled)
    numbers = rest | {key: _added(row, rest.get(key)) for key, row in whole.items()}
    return by_key(
        wish.measures, ((value, currency, row) for (value, currency), row in numbers.items())
    )


class _Wish(NamedTuple):
    """What `sum_counters` is asked for."""

    period: Period
    axis: str
    known_on: date | None
    measures: tuple[str, ...]


def _added(numbers: Sequence[Any], more: Sequence[Any] | None) -> Sequence[Any]:
    return numbers if more is None else tuple(map(add, numbers, more))


async def _sum_whole(session: Session, wish: _Wish, rolled: Rolled) -> Numbers:
    """Whole days of UTC, as far as they are summed up."""
    of_sums = parts(blocks(*whole_days(wish.period)), wish.known_on, rolled.until)
    sealed = Sealed(rolled, of_sums)
    if sealed.is_empty:
        return {}

    async def read() -> Numbers:
        parameters = {"axis": wish.axis, **parameters_of(of_sums)}
        return _by_value(await session.execute(_of_blocks(wish.measures), parameters))

    return await _HELD.find(session, sealed, (wish.axis, wish.measures), read)


async def _sum_rest(session: Session, wish: _Wish, rolled: Rolled) -> Numbers:
    """What lies beside whole days of UTC, or became known since they were summed up."""
    period, known_on = wish.period, wish.known_on
    first_day, end_day = whole_days(period)
    middle = min(day_at(first_day), period.ends_at)
    is_new = known_on is None or known_on >= rolled.until
    parameters = {
        "axis": wish.axis,
        "known_on": known_on or FOR_EVER,
        "begins_at": period.begins_at,
        "middle": middle,
        "end": max(day_at(end_day), middle),
        "ends_at": period.ends_at,
        "rolled_until": rolled.until,
        "new_days": _days(first_day, end_day) if is_new else [],
    }
    return _by_value(await session.execute(_beside(wish.measures), parameters))


def _by_value(rows: Iterable[Row]) -> Numbers:
    return {(row[0], row[1]): row[2:] for row in rows}


def with_sales(measures: Sequence[str]) -> tuple[str, ...]:
    """Each once, in the order of all: statements are kept by them."""
    every = {*measures, *(_SALES[name] for name in measures if name in _SALES)}
    return tuple(name for name in MEASURES if name in every)


def by_key(
    measures: Sequence[str], rows: Iterable[tuple[Key, str, Sequence[Any]]]
) -> dict[Key, Sums]:
    """Of rows by key and currency; counts come before amounts, and have no currency."""
    counts = [name for name in measures if name in COUNTS]
    amounts = [name for name in _SALES if name in measures]
    sums: dict[Key, Sums] = {}
    for key, currency, numbers in rows:
        of_key = sums.get(key)
        if of_key is None:
            of_key = sums[key] = no_sums()
        if not currency:
            of_key.counts.update(zip(counts, numbers, strict=False))
            continue
        named = dict(zip(measures, numbers, strict=True))
        for name in amounts:
            if named[name] or named[_SALES[name]]:
                of_key.amounts.setdefault(name, {})[currency] = named[name]
                of_key.sales.setdefault(name, {})[currency] = named[_SALES[name]]
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


_KEY: Final = "value, currency"


@cache
def _of_blocks(measures: Sequence[str]) -> str:
    plain, gains, sums, only = columns_of(measures)
    days = of_blocks(
        GAINS,
        f"SELECT {_KEY}, {gains} FROM day_counter WHERE b.span = 1 AND axis = :axis"
        f" AND day = b.first_day{only} AND known_on >= b.since AND known_on < b.until",
    )
    whole = whole_and_gains(
        "counter", f"axis = :axis{only}", f"{_KEY}, {plain}", f"{_KEY}, {gains}"
    )
    return f"SELECT {_KEY}, {sums} FROM ({whole} UNION ALL {days}) AS part GROUP BY {_KEY}"


@cache
def _beside(measures: Sequence[str]) -> str:
    plain, _, sums, only = columns_of(measures)
    days = of_blocks(
        NEW_DAYS,
        f"SELECT {_KEY}, {plain} FROM day_counter WHERE axis = :axis AND day = b.first_day{only}"
        " AND known_on >= :rolled_until AND known_on <= :known_on",
    )
    quarters = (
        f"SELECT {_KEY}, {plain} FROM counter WHERE axis = :axis AND known_on <= :known_on{only}"
    )
    return f"""
    SELECT {_KEY}, {sums} FROM (
        {days}
        UNION ALL
        {quarters} AND bucket >= :begins_at AND bucket < :middle
        UNION ALL
        {quarters} AND bucket >= :end AND bucket < :ends_at
    ) AS part GROUP BY {_KEY}"""


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((end - first).days)]
