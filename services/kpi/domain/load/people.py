"""What managers were over time: how much each could hold, when they were present and on shift."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

from services.kpi.domain.load.levels import Interval, Level, merged, micros
from services.kpi.domain.working_time import working_time

_MILLI: Final = 1000
_CALENDARS: Final = 1000  # that are worked out at once; most managers share one


class Terms(NamedTuple):
    """What a manager is from `since` on; `calendar` is JSON text, or None. Whoever has left holds
    nothing and works no more.
    """

    since: datetime
    capacity: Decimal
    time_zone: str
    calendar: str | None
    has_left: bool


class Statuses(NamedTuple):
    """A manager's statuses in order: since when, in microseconds, whether the manager is present,
    and up to when if that is set.
    """

    since: Sequence[int]
    present: Sequence[bool]
    until: Sequence[int | None]


NO_STATUSES: Final = Statuses((), (), ())


class Span(NamedTuple):
    """The time that is looked at."""

    start: datetime
    end: datetime


def capacity_of(terms: Sequence[Terms]) -> Level:
    """Thousandths of a unit that a manager could hold; nothing before the first terms."""
    capacities = [0, *(0 if item.has_left else int(item.capacity * _MILLI) for item in terms)]
    changes = (after - before for before, after in pairwise(capacities))
    return Level.together(0, zip((micros(item.since) for item in terms), changes, strict=True))


def presence_of(statuses: Statuses, span: Span) -> list[Interval]:
    """When a manager was online or busy; the next status ends each."""
    first, last = micros(span.start), micros(span.end)
    following = (*statuses.since[1:], last) if statuses.since else ()
    present: list[Interval] = []
    # Written out: a month of a company has a hundred thousand of them.
    for since, is_present, until, after in zip(*statuses, following, strict=True):
        if is_present:
            end = after if until is None or until > after else until
            begin = max(since, first)
            if present and present[-1][1] == begin < end:
                present[-1] = (present[-1][0], end)
            elif begin < end:
                present.append((begin, end))
    return present


def shifts_of(terms: Sequence[Terms], span: Span) -> list[Interval]:
    """When a manager had to work by the calendar in force; without a calendar always."""
    return merged(
        interval
        for item, following in pairwise([*terms, None])
        if item is not None and not item.has_left
        for interval in _worked(item, span.end if following is None else following.since, span)
    )


def _worked(terms: Terms, until: datetime, span: Span) -> Sequence[Interval]:
    start, end = max(terms.since, span.start), min(until, span.end)
    if start >= end:
        return ()
    # Whoever shares a calendar shares what is worked out of it.
    return _of_calendar(terms.calendar, terms.time_zone, start, end)


@lru_cache(maxsize=_CALENDARS)
def _of_calendar(
    calendar: str | None, time_zone: str, start: datetime, end: datetime
) -> Sequence[Interval]:
    members: Mapping[str, Any] | None = None if calendar is None else json.loads(calendar)
    worked = working_time(members, time_zone, start, end)
    return tuple((micros(item.start), micros(item.end)) for item in worked.intervals)
