"""The next intervals of a manager's duty, prepared once and kept beside the manager.

So whoever assigns a lead needs neither the calendar nor the arithmetic of zones.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from services.routing.domain.calendars.resolving import resolve
from services.routing.domain.calendars.shape import OFF, ON_CALL, SHIFT, Interval, Timetable
from services.routing.domain.calendars.timetable import LOOKAHEAD, add_over, edge_in, seconds_over

# A plan reaches so far, further where little is worked, and is made anew when so much is left.
REACHES = (timedelta(days=14), timedelta(days=84), LOOKAHEAD)
REFRESH = timedelta(days=5)
ENOUGH = 6  # intervals
MAX_INTERVALS = 80
_LETTERS = {SHIFT: "s", ON_CALL: "c"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_WORD = re.compile(r"(\d+)([sc])(\d+)")


class Plan(NamedTuple):
    """All intervals of duty up to `until`, from a moment on."""

    until: datetime
    intervals: tuple[Interval, ...]


class Standing(NamedTuple):
    """Duty at a moment, until when, and when the next shift begins, if none runs. Without a
    calendar neither ever comes.
    """

    duty: str
    duty_until: datetime | None
    next_shift_at: datetime | None


def prepare(timetable: Timetable, at: datetime) -> Plan:
    """The plan from the minute of this moment on."""
    at = at.replace(second=0, microsecond=0)
    intervals: list[Interval] = []
    until = at
    for reach in REACHES:
        until = at + reach
        intervals = resolve(timetable, at, until)
        if len(intervals) >= ENOUGH:
            break
    if len(intervals) > MAX_INTERVALS:
        intervals = intervals[:MAX_INTERVALS]
        until = intervals[-1].end
    return Plan(until, tuple(intervals))


def standing(plan: Plan, at: datetime) -> Standing:
    """Duty by the plan. Without an edge in it, its end is the next moment to look."""
    coming = [interval for interval in plan.intervals if interval.end > at]
    duty = coming[0].kind if coming and coming[0].start <= at else OFF
    edge = edge_in(coming, at) or plan.until
    begins = None
    if duty != SHIFT:
        begins = next((item.start for item in coming if item.kind == SHIFT), None)
    return Standing(duty, edge, begins)


def is_stale(plan: Plan, at: datetime) -> bool:
    """Whether the plan is to be made anew before it runs out."""
    return plan.until - at < REFRESH


def add_in_plan(
    plan: Plan, at: datetime, seconds: float, kinds: Collection[str]
) -> datetime | None:
    """The moment by which so much working time has passed, or None beyond the plan."""
    return add_over(plan.intervals, at, seconds, kinds)


def seconds_in_plan(
    plan: Plan, start: datetime, end: datetime, kinds: Collection[str]
) -> float | None:
    """The working time between two moments, or None beyond the plan."""
    if end > plan.until:
        return None
    return seconds_over(plan.intervals, start, end, kinds)


def plan_text(plan: Plan) -> str:
    """The plan as it is stored, in minutes: its end since 1970, then for each interval the time
    since the one before, `s` for a shift or `c` for on call, and the length: `900s540`.
    """
    words = [str(_minutes(plan.until))]
    place = 0
    for item in plan.intervals:
        start, end = _minutes(item.start), _minutes(item.end)
        words.append(f"{start - place}{_LETTERS[item.kind]}{end - start}")
        place = end
    return " ".join(words)


@lru_cache(maxsize=8192)
def plan_of(text: str) -> Plan:
    """A plan from its stored text."""
    until, _, words = text.partition(" ")
    intervals = []
    place = 0
    for gap, letter, length in _WORD.findall(words):
        start = place + int(gap)
        place = start + int(length)
        intervals.append(Interval(_moment(start), _moment(place), _KINDS[letter]))
    return Plan(_moment(int(until)), tuple(intervals))


def _minutes(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _moment(minutes: int) -> datetime:
    return datetime.fromtimestamp(minutes * 60, UTC)
