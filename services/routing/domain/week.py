"""Times of the week on the clocks of a time zone."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60  # minutes
WEEK = 7 * DAY
Window = Mapping[str, Any]


def minute_of_week(at: datetime, zone: str) -> int:
    """Minutes since Monday's midnight by the clocks of the zone: an hour that the end of summer
    time repeats counts both times, and one that its beginning leaves out never comes.
    """
    try:
        local = at.astimezone(ZoneInfo(zone))
    except OverflowError:  # on the first and on the last day that there is
        local = at
    return local.weekday() * DAY + local.hour * 60 + local.minute


def spans(window: Window) -> Iterator[tuple[int, int]]:
    """The minutes of the week within a window {days, from, to}, each from a first one to before a
    last one. A window whose end is not after its beginning goes on after midnight, on the next day.
    """
    start = minute_of_day(window["from"])
    length = (minute_of_day(window["to"]) - start) % DAY or DAY
    for name in window["days"]:
        begin = DAYS.index(name) * DAY + start
        end = begin + length
        yield begin, min(end, WEEK)
        if end > WEEK:
            yield 0, end - WEEK


def minute_of_day(text: str) -> int:
    """Of `HH:MM`, up to 24:00."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def is_within(window: Window, at: datetime) -> bool:
    minute = minute_of_week(at, window["time_zone"])
    return any(begin <= minute < end for begin, end in spans(window))
