"""A period as whole months and days of UTC, and moments for what days of its zone have beyond."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

_DAY = timedelta(days=1)
Days = tuple[date, date]
Moments = tuple[datetime, datetime]


class Pieces(NamedTuple):
    """Ranges that together are the period, the ends excluded; `months` hold whole ones."""

    months: list[Days]
    days: list[Days]
    moments: list[Moments]


def pieces(bounds: Iterable[datetime]) -> Pieces:
    """The time from the first bound to the last; no range has a bound within it. The whole day of
    UTC around a bound is of moments.
    """
    moments = sorted(set(bounds))
    begins_at, ends_at = moments[0], moments[-1]
    parts = Pieces([], [], [])
    first = _day(begins_at)
    for bound in moments:
        day = _day(bound)
        if day < first:  # another bound lies in the same day
            continue
        _add_days(parts, first, day)
        first = day
        if _begin(day) == bound:
            continue
        first = day + _DAY
        inner = [other for other in moments if _begin(day) < other < _begin(first)]
        cuts = {max(_begin(day), begins_at), *inner, min(_begin(first), ends_at)}
        parts.moments.extend(pairwise(sorted(cuts)))
    return parts


def _add_days(parts: Pieces, first: date, end: date) -> None:
    if first >= end:
        return
    first_month = first if first.day == 1 else _next_month(first)
    end_month = end.replace(day=1)
    if first_month >= end_month:
        parts.days.append((first, end))
        return
    parts.months.append((first_month, end_month))
    parts.days.extend(
        part for part in ((first, first_month), (end_month, end)) if part[0] < part[1]
    )


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
