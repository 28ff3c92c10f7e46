"""Reads the sales of a period from the days that are kept as columns; those of a day that is not
kept, as something of it changed or it is not over, are taken one by one.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeVar

from services.kpi.domain.sale_columns.stretches import Stretch
from services.kpi.repository.money.day_columns import (
    SALES,
    TAKEN_BACK,
    Family,
    Range,
    kept_columns,
    of_days,
    of_rows,
    rows_of,
)
from services.kpi.repository.money.relations import View
from services.kpi.repository.rollups.blocks import day_at
from shared.database import Row, Session

S = TypeVar("S")
T = TypeVar("T")
GAPS: Final = ("ats", "befores", "numbers")
RETURNS: Final = ("people", "ats", "numbers")
NATURES: Final = ("people", "ats", "befores", "numbers", "usuals", "currencies", "amounts")
BASKETS: Final = ("people", "ats", "products")
SCORED: Final = ("people", "ats", "befores", "numbers", "currencies", "amounts")
CUSTOMERS: Final = (*SCORED, "products")
STANDS: Final = "s.known_until = 'infinity' AND s.taken_back_at IS NULL"
# Where the row lies and who wrote it: no two versions of it have the same.
_STAMP: Final = (
    "concat_ws(' ', CAST(tableoid AS text), CAST(xmin AS text), CAST(ctid AS text)) AS stamp"
)
_DAY: Final = "CAST(s.at AT TIME ZONE 'UTC' AS date)"


async def count(
    session: Session, view: View, names: Sequence[str], deed: Callable[[list[Stretch]], T]
) -> T:
    """What the deed makes of these columns of the sales of the period that stand."""
    return await apart(deed, await read_stretches(session, view, names))


async def apart(deed: Callable[[S], T], stretches: S) -> T:
    """What the deed makes of sales. It takes some hundredths of a second of many, in which others
    are served.
    """
    return await asyncio.to_thread(deed, stretches)


async def read_stretches(session: Session, view: View, names: Sequence[str]) -> list[Stretch]:
    """The sales of the period that stand, as they are known or were; some beside it as well."""
    changed = await _changed_days(session, view)
    columns = kept_columns(SALES, names)
    rows = await _kept_days(session, _known(view), columns, among="<> ALL", days=changed)
    rest = await _read_beside(session, view, names, changed, [row.day for row in rows])
    return of_days(rows, names) + rest


class Days(NamedTuple):
    """The days of a period that are kept, with the stamp of each: another one as soon as it is kept
    anew. `rest` are the sales of all other days, or sums of them.
    """

    stamps: dict[date, str]
    rest: list[Stretch]


async def find_days(session: Session, view: View, names: Sequence[str]) -> Days:
    """What `read_stretches` reads, of days that are kept only which they are."""
    changed = await _changed_days(session, view)
    rows = await _kept_days(session, _known(view), _STAMP, among="<> ALL", days=changed)
    stamps = {row.day: row.stamp for row in rows}
    if not names:
        return Days(stamps, [])
    return Days(stamps, await _read_beside(session, view, names, changed, list(stamps)))


async def read_days(session: Session, days: Days, names: Sequence[str]) -> list[Stretch]:
    """All of what was found in this transaction, as `read_stretches` gives it."""
    if not days.stamps:
        return days.rest
    span = day_at(min(days.stamps)), day_at(max(days.stamps) + timedelta(days=1))
    columns = kept_columns(SALES, names)
    rows = await _kept_days(session, span, columns, among="= ANY", days=days.stamps)
    return of_days(rows, names) + days.rest


async def read_taken_back(
    session: Session, view: View, names: Sequence[str], days: Days
) -> list[Stretch]:
    """The sales of the period that were taken back and lie in none of the days."""
    changed = await _changed_days(session, view)
    return await _read_beside(session, view, names, changed, list(days.stamps), family=TAKEN_BACK)


async def read_taken_back_days(session: Session, days: Days, names: Sequence[str]) -> list[Stretch]:
    """The sales of each of the days that were taken back: none of a kept day changes unseen."""
    ranges = [(day_at(day), day_at(day + timedelta(days=1))) for day in days.stamps]
    version = "s.known_until = 'infinity'"
    rows = await rows_of(session, ranges, TAKEN_BACK, names, version, is_each=True)
    by_begin = {row.begins_at: row for row in rows}
    return [of_rows(by_begin.get(begin), names) for begin, _ in ranges]


def _known(view: View) -> Range:
    """The part of the period that begins before the day of knowledge is over."""
    begins_at, ends_at = view.period.begins_at, view.period.ends_at
    return begins_at, ends_at if view.known_before is None else min(ends_at, view.known_before)


async def _read_beside(
    session: Session,
    view: View,
    names: Sequence[str],
    changed: Sequence[date],
    days: Sequence[date],
    *,
    family: Family = SALES,
) -> list[Stretch]:
    """The sales of the period that lie in none of the days."""
    (begins_at, last), ends_at = _known(view), view.period.ends_at
    ranges = _beside(days, begins_at, last)
    # Of the time after the day of knowledge only what was known ahead of it.
    ahead = [(day_at(day), day_at(day + timedelta(days=1))) for day in changed]
    ranges += [(max(begin, last), min(end, ends_at)) for begin, end in ahead if end > last]
    is_back = "IS NOT NULL" if family is TAKEN_BACK else "IS NULL"
    stands = f"{view.version('s')} AND s.taken_back_at {is_back}"
    params: dict[str, Any] = {} if view.known_on is None else {"known_on": view.known_on}
    rest = await rows_of(session, ranges, family, names, stands, **params)
    return [of_rows(row, names) for row in rest]


async def find_sums(
    session: Session, family: Family, bounds: Sequence[datetime], *, by_day: bool
) -> Days:
    """What `read_sums` reads, of days that are kept only which they are."""
    span = bounds[0], bounds[-1]
    rows = await _kept_days(session, span, _STAMP, among="<> ALL", days=[])
    ranges = _beside([row.day for row in rows], *span)
    if by_day:
        ranges = [part for each in ranges for part in _parted(each, bounds)]
    rest = await rows_of(session, ranges, family, family.names, STANDS)
    return Days({row.day: row.stamp for row in rows}, [of_rows(row, family.names) for row in rest])


async def read_sums(
    session: Session, family: Family, bounds: Sequence[datetime], days: Days, *, by_day: bool
) -> list[Stretch] | None:
    """Sums of the sales between the first and the last of these moments, as they are known now;
    some beside them as well. `by_day`: sums are of whole days, so that of a day in which a bound
    lies the sales are read. None if the days are others by now, as not every reader has a snapshot.
    """
    if not days.stamps:
        return days.rest
    cut = {_day_of(bound) for bound in bounds if by_day and bound != day_at(_day_of(bound))}
    span, names = (bounds[0], bounds[-1]), family.names
    of_sales = [name for name in names if name in SALES.names]
    every = days.stamps.keys()
    columns = f"{kept_columns(family, names)}, {_STAMP}"
    whole = await _kept_days(session, span, columns, among="= ANY", days=every - cut)
    columns = f"{kept_columns(SALES, of_sales)}, {_STAMP}"
    parts = await _kept_days(session, span, columns, among="= ANY", days=every & cut)
    if not _are_same([*whole, *parts], days.stamps):
        return None
    return [*of_days(whole, names), *of_days(parts, of_sales), *days.rest]


async def count_sums(
    session: Session,
    family: Family,
    bounds: Sequence[datetime],
    deed: Callable[[list[Stretch]], T],
) -> T:
    """What the deed makes of sums of the sales between the first and the last of these moments."""
    stretches = None
    while stretches is None:
        days = await find_sums(session, family, bounds, by_day=False)
        stretches = await read_sums(session, family, bounds, days, by_day=False)
    return await apart(deed, stretches)


def _are_same(rows: Sequence[Row], stamps: Mapping[date, str]) -> bool:
    """Whether these are the days that were found."""
    return {row.day: row.stamp for row in rows} == stamps


async def _kept_days(
    session: Session,
    span: Range,
    columns: str,
    *,
    among: str,
    days: Collection[date],
) -> list[Row]:
    """The days of the span that are kept, of all or none of these."""
    rows = await session.execute(
        f"SELECT day, {columns} FROM sale_day"
        f" WHERE day >= :first AND day < :end AND day {among}(CAST(:days AS date[])) ORDER BY day",
        {"first": _day_of(span[0]), "end": _end_day(span[1]), "days": sorted(days)},
    )
    return list(rows)


def _day_of(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _parted(whole: Range, bounds: Sequence[datetime]) -> list[Range]:
    """A range in the parts between the bounds."""
    begin, end = whole
    within = [bound for bound in bounds if begin < bound < end]
    return list(pairwise((begin, *within, end)))


def _end_day(at: datetime) -> date:
    """The first day of UTC that begins at the moment or later."""
    return (at.astimezone(UTC) + timedelta(days=1, microseconds=-1)).date()


async def _changed_days(session: Session, view: View) -> list[date]:
    """The days of which something else is known now than was on the view's day."""
    selects = [f"SELECT {_DAY} AS day FROM sale AS s WHERE {sql}" for _, sql in view.corrections()]
    if not selects:
        return []
    params = view.params() | {"known_before": view.known_before}
    return list((await session.execute(" UNION ".join(selects), params)).scalars())


def _beside(days: Sequence[date], begins_at: datetime, ends_at: datetime) -> list[Range]:
    """What lies between the two moments and in none of the days, which ascend."""
    ranges, begin = [], begins_at
    for day in days:
        if day_at(day) > begin:
            ranges.append((begin, day_at(day)))
        begin = day_at(day + timedelta(days=1))
    return [*ranges, (begin, ends_at)] if begin < ends_at else ranges
