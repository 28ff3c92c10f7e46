"""Which part of a month somebody was here: who came or left within it is paid by it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

from services.kpi.domain.periods import Period, day_begin
from services.kpi.domain.working_time import WorkingTime, working_time

_ONE_DAY: Final = timedelta(days=1)
WHOLE: Final = Fraction(1)


class Span(NamedTuple):
    """When somebody came, None for whoever was here before anything is known, and left."""

    came_at: datetime | None = None
    left_at: datetime | None = None

    def meets(self, days: Period) -> bool:
        """Whether any of it lies in these days."""
        has_come = self.came_at is None or self.came_at < days.ends_at
        return has_come and (self.left_at is None or self.left_at >= days.begins_at)


class Stay(NamedTuple):
    """The spans in which somebody worked here, in time; with the calendar as it is now."""

    spans: Sequence[Span]
    calendar: Mapping[str, Any] | None
    time_zone: str


def spans_of(changes: Sequence[tuple[datetime, datetime | None]]) -> list[Span]:
    """Of all that became known of somebody, in its order: when, and since when they had left, None
    if they had not. Whoever leaves and comes back has several.
    """
    spans: list[Span] = []
    for at, left_at in changes:
        if not spans or (spans[-1].left_at is not None and left_at is None):
            spans.append(Span(at, left_at))
        else:
            spans[-1] = spans[-1]._replace(left_at=left_at)
    return spans


def worked_part(stay: Stay, span: Period) -> Fraction:
    """The part of the working time of the days; of all time for those without a calendar. The day
    of coming and that of leaving count whole, each once.
    """
    ranges = _days_of(stay, span)
    if ranges == [(span.begins_at, span.ends_at)]:
        return WHOLE
    if not ranges:
        return Fraction(0)
    work = _work(stay, span)
    total = round(work.seconds(span.begins_at, span.ends_at))
    return Fraction(sum(round(work.seconds(*each)) for each in ranges), total)


def _days_of(stay: Stay, span: Period) -> list[tuple[datetime, datetime]]:
    """The whole days of the period in which somebody worked here, as ranges that do not meet."""
    ranges: list[tuple[datetime, datetime]] = []
    for came_at, left_at in stay.spans:
        begins_at, ends_at = span.begins_at, span.ends_at
        if came_at is not None and came_at > begins_at:
            begins_at = day_begin(came_at.astimezone(span.zone).date(), span.zone)
        if left_at is not None and left_at < ends_at:
            ends_at = day_begin(left_at.astimezone(span.zone).date() + _ONE_DAY, span.zone)
        if ranges and begins_at <= ranges[-1][1]:
            begins_at = ranges.pop()[0]
        if begins_at < ends_at:
            ranges.append((begins_at, ends_at))
    return ranges


def _work(stay: Stay, span: Period) -> WorkingTime:
    """What is worked by the calendar, if it is in the form of its contract and has any work."""
    every = working_time(None, stay.time_zone, span.begins_at, span.ends_at)
    try:
        work = working_time(stay.calendar, stay.time_zone, span.begins_at, span.ends_at)
    except (KeyError, ValueError):
        return every
    return work if round(work.seconds(span.begins_at, span.ends_at)) else every
