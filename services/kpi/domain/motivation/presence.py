"""Which part of a month somebody was here: who came or left within it is paid by it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

from services.kpi.domain.periods import Period, day_begin
from services.kpi.domain.working_time import WorkingTime, working_time

_ONE_DAY: Final = timedelta(days=1)
WHOLE: Final = Fraction(1)


class Stay(NamedTuple):
    """When somebody came, None for whoever was here before anything is known, and left; with the
    calendar as it is now.
    """

    came_at: datetime | None
    left_at: datetime | None
    calendar: Mapping[str, Any] | None
    time_zone: str


def worked_part(stay: Stay, span: Period) -> Fraction:
    """The part of the working time of the days; of all time for those without a calendar. The day
    of coming and that of leaving count whole.
    """
    begins_at, ends_at = span.begins_at, span.ends_at
    if stay.came_at is not None and stay.came_at > begins_at:
        begins_at = day_begin(stay.came_at.astimezone(span.zone).date(), span.zone)
    if stay.left_at is not None and stay.left_at < ends_at:
        ends_at = day_begin(stay.left_at.astimezone(span.zone).date() + _ONE_DAY, span.zone)
    if ends_at <= begins_at:
        return Fraction(0)
    if (begins_at, ends_at) == (span.begins_at, span.ends_at):
        return WHOLE
    work = _work(stay, span)
    total = round(work.seconds(span.begins_at, span.ends_at))
    return Fraction(round(work.seconds(begins_at, ends_at)), total)


def _work(stay: Stay, span: Period) -> WorkingTime:
    """What is worked by the calendar, if it is in the form of its contract and has any work."""
    every = working_time(None, stay.time_zone, span.begins_at, span.ends_at)
    try:
        work = working_time(stay.calendar, stay.time_zone, span.begins_at, span.ends_at)
    except (KeyError, ValueError):
        return every
    return work if round(work.seconds(span.begins_at, span.ends_at)) else every
