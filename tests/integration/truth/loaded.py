"""Managers' load over time: what each held, could hold, and when each was there, looked at between
any two moments at which something changed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.truth.asked import DAY, UNITS, Asked
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.leads import Holding
from tests.integration.truth.rows import Row
from tests.integration.truth.worked import MINUTE, Clock, first_moment

Interval = tuple[datetime, datetime]
PRESENT = {"online", "busy"}


@dataclass
class Terms:
    """What a manager is from `since` on; whoever has left can hold nothing and works no more."""

    since: datetime
    capacity: float
    calendar: dict[str, Any] | None
    home: str
    has_left: bool


@dataclass
class Manager:
    """All that is known of one."""

    terms: list[Terms] = field(default_factory=list)
    present: list[Interval] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)

    def capacity(self, at: datetime) -> float:
        terms = [one for one in self.terms if one.since <= at]
        return terms[-1].capacity if terms and not terms[-1].has_left else 0

    def held(self, at: datetime) -> list[Holding]:
        return [holding for holding in self.holdings if holding.covers(at)]


@dataclass(frozen=True)
class Course:
    """The managers of a company, and the time in which all of it lies."""

    managers: dict[str, Manager]
    begins: datetime
    ends: datetime

    def clock(self, terms: Terms) -> Clock | None:
        if terms.calendar is None:
            return None
        return _clock(json.dumps(terms.calendar), terms.home, self.begins, self.ends)


def course_of(knowledge: Knowledge, story: Sequence[Row], ends: datetime) -> Course:
    """Whoever ever worked there has a row, also before that was known."""
    ids = {row.facts["manager_id"] for row in story if row.kind == "manager.changed"}
    managers = {manager_id: Manager() for manager_id in sorted(ids)}
    rows = sorted(knowledge.rows, key=lambda row: (row.at, row.place))
    for row in rows:
        if row.kind == "manager.changed":
            facts = row.facts
            terms = Terms(
                row.at, facts["capacity"], facts.get("calendar"), facts["time_zone"],
                facts.get("left_at") is not None,
            )  # fmt: skip
            managers[facts["manager_id"]].terms.append(terms)
    for manager_id, manager in managers.items():
        manager.present = list(_presence(rows, manager_id, ends))
    for lead in knowledge.real_leads():
        for holding in knowledge.holdings(lead):
            managers[str(holding.manager_id)].holdings.append(holding)
    begins = min(row.at for row in story).replace(second=0, microsecond=0)
    return Course(managers, begins, ends + 2 * MINUTE)


def _presence(rows: Sequence[Row], manager_id: str, ends: datetime) -> Iterator[Interval]:
    own = [
        row
        for row in rows
        if row.kind == "manager.status_changed" and row.facts["manager_id"] == manager_id
    ]
    for row, after in zip(own, [*own[1:], None], strict=True):
        end = ends if after is None else after.at
        until = row.moment_of("until")
        end = end if until is None else min(end, until)
        if row.facts["status"] in PRESENT and row.at < end:
            yield row.at, end


@cache
def _clock(calendar: str, home: str, begins: datetime, ends: datetime) -> Clock:
    return Clock(json.loads(calendar), home, begins, ends)


@cache
def steps(asked: Asked, unit: str, until: datetime) -> list[Interval]:
    """The steps of the period that have begun by a moment, which ends the last one."""
    zone = ZoneInfo(asked.tz)
    bounds = _hours(asked, zone) if unit == "hour" else [*begins(asked, unit), *_ends(asked)]
    return [(begin, min(end, until)) for begin, end in pairwise(bounds) if begin < min(end, until)]


def begins(asked: Asked, unit: str) -> list[datetime]:
    """When each day, week or month begins, or the whole."""
    zone = ZoneInfo(asked.tz)
    return [first_moment(zone, day, "00:00") for day in firsts(asked, unit)]


def _ends(asked: Asked) -> list[datetime]:
    return [first_moment(ZoneInfo(asked.tz), asked.end, "00:00")]


def firsts(asked: Asked, unit: str) -> list[date]:
    """The first day of each step."""
    days = [asked.first + number * DAY for number in range((asked.end - asked.first).days)]
    if unit not in UNITS:
        return days[:1]
    return [
        day
        for number, day in enumerate(days)
        if not number or asked.part_of(day, unit) != asked.part_of(days[number - 1], unit)
    ]


def days_between(asked: Asked, first: date, end: date) -> int:
    """How many days the zone's calendar shows from the first on: it may leave out a date."""
    zone = ZoneInfo(asked.tz)
    days = [first + number * DAY for number in range((end - first).days + 1)]
    return len({first_moment(zone, day, "00:00") for day in days}) - 1


def _hours(asked: Asked, zone: ZoneInfo) -> list[datetime]:
    """Whenever the clock shows a full hour, or is put back or forward."""
    (moment,), (last,) = begins(asked, "period"), _ends(asked)
    bounds = [moment]
    while (moment := moment + MINUTE) < last:
        shown, before = (
            at.astimezone(zone).replace(tzinfo=None) for at in (moment, moment - MINUTE)
        )
        if not shown.minute or shown - before != MINUTE:
            bounds.append(moment)
    return [*bounds, last]


def figures(course: Course, managers: Sequence[Manager], step: Interval) -> dict[str, Any]:
    """Of one manager, or of some as one, in one step."""
    start, end = step
    holdings = [holding for manager in managers for holding in manager.holdings]
    length = (end - start).total_seconds()
    units = sum(each.units * _seconds(span_of(each), step) for each in holdings)
    capacity = sum(_capacity_seconds(manager, step) for manager in managers)
    seconds = [_minutes(course, manager, step) for manager in managers]
    return {
        "came": sum(start <= each.since < end for each in holdings),
        "went": sum(start <= span_of(each)[1] < end for each in holdings),
        "open_average": sum(_seconds(span_of(each), step) for each in holdings) / length,
        "open_peak": len(peak(managers, step)),
        "units_average": units / length,
        "capacity_average": capacity / length,
        "utilisation": units / capacity if capacity else None,
        **{name: sum(each[name] for each in seconds) / 60 for name in seconds[0]},
    }


def span_of(holding: Holding) -> Interval:
    """Whoever seems to lose a lead before it came loses it at once."""
    until = FOR_EVER if holding.until is None else max(holding.since, holding.until)
    return holding.since, until


FOR_EVER = datetime.max.replace(tzinfo=ZoneInfo("UTC"))


def peak(managers: Sequence[Manager], step: Interval) -> list[Holding]:
    """What is held when it is most for the first time."""
    most: list[Holding] = []
    for moment in _moments(managers, step)[:-1]:
        held = [holding for manager in managers for holding in manager.held(moment)]
        most = held if len(held) > len(most) else most
    return most


def _moments(managers: Sequence[Manager], step: Interval) -> list[datetime]:
    """Beginning and end, and whenever something changes between."""
    start, end = step
    spans = [at for each in managers for holding in each.holdings for at in span_of(holding)]
    changes = [terms.since for each in managers for terms in each.terms]
    return sorted({start, end, *(at for at in (*spans, *changes) if start < at < end)})


def _seconds(interval: Interval, step: Interval) -> float:
    start, end = max(interval[0], step[0]), min(interval[1], step[1])
    return max(0.0, (end - start).total_seconds())


def _capacity_seconds(manager: Manager, step: Interval) -> float:
    return sum(
        manager.capacity(begin) * (end - begin).total_seconds()
        for begin, end in pairwise(_moments([manager], step))
    )


def _minutes(course: Course, manager: Manager, step: Interval) -> dict[str, float]:
    over = sum(
        (end - begin).total_seconds()
        for begin, end in pairwise(_moments([manager], step))
        if sum(holding.units for holding in manager.held(begin)) > manager.capacity(begin)
    )
    there = [(max(begin, step[0]), min(end, step[1])) for begin, end in manager.present]
    there = [(begin, end) for begin, end in there if begin < end]
    return {
        "over_capacity_minutes": over,
        "present_minutes": sum((end - begin).total_seconds() for begin, end in there),
        "shift_minutes": _worked(course, manager, step),
        "present_on_shift_minutes": sum(_worked(course, manager, each) for each in there),
    }


def _worked(course: Course, manager: Manager, span: Interval) -> float:
    """By the calendar that was in force; without one always."""
    seconds = 0.0
    for terms, after in zip(manager.terms, [*manager.terms[1:], None], strict=True):
        start = max(span[0], terms.since)
        end = span[1] if after is None else min(span[1], after.since)
        if start < end and not terms.has_left:
            clock = course.clock(terms)
            seconds += clock.seconds(start, end) if clock else (end - start).total_seconds()
    return seconds
