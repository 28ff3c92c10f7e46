"""Working time by a manager's calendar, in the JSON of `manager.changed`.

Local times are read as the first moment at which the clock shows them or a later one. Named holiday
calendars are not in the event, so their days count as any other.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from shared.wall_clock import at_minute, moment_of

_MONDAY: Final = date(1970, 1, 5)
_WEEK: Final = 7
_LONGEST_SHIFT: Final = timedelta(days=15)
_ONE_DAY: Final = timedelta(days=1)


class Interval(NamedTuple):
    """Work from `start` up to `end`, in UTC."""

    start: datetime
    end: datetime


class WorkingTime:
    """The intervals of work of a stretch of time, and how much of them lies between two moments."""

    def __init__(self, intervals: Sequence[Interval]) -> None:
        self._starts = [item.start for item in intervals]
        self.intervals = intervals
        self._sums = [0.0]
        for item in intervals:
            self._sums.append(self._sums[-1] + (item.end - item.start).total_seconds())

    def seconds(self, start: datetime, end: datetime) -> float:
        """Seconds of work from `start` to `end`; 0 where `end` is not after it."""
        return max(0.0, self._up_to(end) - self._up_to(start))

    def _up_to(self, moment: datetime) -> float:
        number = bisect_right(self._starts, moment)
        if not number:
            return 0.0
        beyond = (self.intervals[number - 1].end - moment).total_seconds()
        return self._sums[number] - max(0.0, beyond)


def working_time(
    calendar: Mapping[str, Any] | None, time_zone: str, start: datetime, end: datetime
) -> WorkingTime:
    """What is worked between the moments; without a calendar all the time. Being on call is none.

    Raises ValueError or KeyError where the calendar does not have the form of its contract.
    """
    if calendar is None:
        return WorkingTime([Interval(start, end)])
    zone = ZoneInfo(calendar.get("time_zone") or time_zone)
    first = start.astimezone(zone).date() - _LONGEST_SHIFT
    last = end.astimezone(zone).date() + _ONE_DAY
    worked = [
        interval
        for number in range((last - first).days + 1)
        for interval in _of_day(calendar, first + timedelta(days=number), zone)
    ]
    away = [_leave(item, zone) for item in calendar.get("leave") or ()]
    rest = _without(_merged(worked), _merged(away))
    clipped = (Interval(max(item.start, start), min(item.end, end)) for item in rest)
    return WorkingTime([item for item in clipped if item.start < item.end])


def _of_day(calendar: Mapping[str, Any], day: date, zone: ZoneInfo) -> Iterator[Interval]:
    """What begins on the day: its single days, and the shifts unless one of those replaces them."""
    singles = [item for item in calendar.get("days") or () if item["day"] == day.isoformat()]
    spans = [span for item in singles for span in item.get("spans") or ()]
    if not any(item.get("replaces", True) for item in singles):
        spans += [shift for shift in calendar.get("shifts") or () if _begins(shift, day)]
    for span in spans:
        if (span.get("kind") or "shift") == "shift":
            yield from _worked(span, day, zone)


def _begins(shift: Mapping[str, Any], day: date) -> bool:
    begin, end = shift.get("valid_from"), shift.get("valid_until")
    if (begin and day < date.fromisoformat(begin)) or (end and day > date.fromisoformat(end)):
        return False
    if day.isoformat() in (shift.get("skips") or ()):
        return False
    cycle = shift.get("cycle") or _WEEK
    origin = _MONDAY if cycle == _WEEK or not begin else date.fromisoformat(begin)
    return (day - origin).days % cycle + 1 in shift["days"]


def _worked(span: Mapping[str, Any], day: date, zone: ZoneInfo) -> Iterator[Interval]:
    own = ZoneInfo(span["time_zone"]) if span.get("time_zone") else zone
    start, end = _local(span, day, own)
    breaks = [_break(item, start, day, own) for item in span.get("breaks") or ()]
    yield from _without([Interval(start, end)], _merged(breaks))


def _local(span: Mapping[str, Any], day: date, zone: ZoneInfo) -> Interval:
    later = span.get("plus_days")
    if later is None:
        later = 1 if _minutes(span["to"]) <= _minutes(span["from"]) else 0
    return Interval(
        at_minute(day, _minutes(span["from"]), zone),
        at_minute(day + timedelta(days=later), _minutes(span["to"]), zone),
    )


def _break(span: Mapping[str, Any], begin: datetime, day: date, zone: ZoneInfo) -> Interval:
    """A break of a shift over midnight may lie on its second day."""
    interval = _local(span, day, zone)
    if interval.start < begin:
        return _local(span, day + _ONE_DAY, zone)
    return interval


def _leave(item: Mapping[str, Any], zone: ZoneInfo) -> Interval:
    """Of whole days, the last one included, or of local times."""
    begin, end = item["from"], item["to"]
    if "T" in begin or "T" in end:
        start, until = (moment_of(datetime.fromisoformat(text), zone) for text in (begin, end))
        return Interval(start, until)
    last = date.fromisoformat(end) + _ONE_DAY
    return Interval(at_minute(date.fromisoformat(begin), 0, zone), at_minute(last, 0, zone))


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60 + int(minutes)


def _merged(intervals: Sequence[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for item in sorted(item for item in intervals if item.start < item.end):
        if merged and item.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, item.end))
        else:
            merged.append(item)
    return merged


def _without(intervals: Sequence[Interval], holes: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of the intervals; both are sorted and do not overlap among themselves."""
    for start, end in intervals:
        begin = start
        for hole in holes:
            if hole.end <= begin or hole.start >= end:
                continue
            if begin < hole.start:
                yield Interval(begin, hole.start)
            begin = hole.end
        if begin < end:
            yield Interval(begin, end)
