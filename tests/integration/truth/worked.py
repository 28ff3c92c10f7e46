"""Working time minute by minute: what a manager's clock shows, and what the calendar says.

Where history has no row of a manager, all time is worked.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.integration.truth.rows import Row

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = date(1970, 1, 5)
Range = tuple[datetime, datetime]


class Clock:
    """When a manager works between two moments: sums of worked minutes, one for each minute."""

    def __init__(
        self, calendar: Mapping[str, Any], home: str, begins: datetime, ends: datetime
    ) -> None:
        self.begins = begins
        zone = ZoneInfo(calendar.get("time_zone") or home)
        minutes = bytearray((ends - begins) // MINUTE)
        for start, end in _ranges(calendar, zone, begins - 2 * DAY, ends + DAY):
            self._mark(minutes, start, end, 1)
        for item in calendar.get("leave", ()):
            self._mark(minutes, *_leave(item, zone), 0)
        self.sums = [0, *accumulate(minutes)]

    def _mark(self, minutes: bytearray, start: datetime, end: datetime, value: int) -> None:
        numbers = ((moment - self.begins) // MINUTE for moment in (start, end))
        first, last = (min(max(number, 0), len(minutes)) for number in numbers)
        minutes[first:last] = bytes([value]) * max(0, last - first)

    def seconds(self, start: datetime, end: datetime) -> float:
        return max(0.0, self._up_to(end) - self._up_to(start))

    def _up_to(self, moment: datetime) -> float:
        minutes, rest = divmod(moment - self.begins, MINUTE)
        is_worked = self.sums[minutes + 1] - self.sums[minutes]
        return self.sums[minutes] * 60 + is_worked * rest.total_seconds()


@cache
def first_moment(zone: ZoneInfo, day: date, text: str) -> datetime:
    """The first minute at which the clock shows this time of the day, or a later one."""
    wanted = datetime.combine(day, datetime.strptime(text[:5], "%H:%M").time())  # noqa: DTZ007
    moment = wanted.replace(tzinfo=zone).astimezone(UTC) - timedelta(hours=3)
    while _shown(moment, zone) >= wanted:
        moment -= DAY  # there is no such day in this zone
    while _shown(moment, zone) < wanted:
        moment += MINUTE
    return moment


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _ranges(
    calendar: Mapping[str, Any], zone: ZoneInfo, begins: datetime, ends: datetime
) -> Iterator[Range]:
    day = begins.astimezone(zone).date()
    while day <= ends.astimezone(zone).date():
        singles = [item for item in calendar.get("days", ()) if item["day"] == day.isoformat()]
        spans = [span for item in singles for span in item["spans"]]
        if not any(item["replaces"] for item in singles):
            spans += [shift for shift in calendar.get("shifts", ()) if _is_day_of(shift, day)]
        for span in spans:
            if span.get("kind", "shift") == "shift":
                yield from _without_breaks(span, zone, day)
        day += DAY


def _is_day_of(shift: Mapping[str, Any], day: date) -> bool:
    cycle, since = shift.get("cycle", 7), shift.get("valid_from")
    if since and day < date.fromisoformat(since):
        return False
    origin = date.fromisoformat(since) if since and cycle != 7 else MONDAY
    return (day - origin).days % cycle + 1 in shift["days"]


def _without_breaks(span: Mapping[str, Any], zone: ZoneInfo, day: date) -> Iterator[Range]:
    last = day + DAY if span["to"] <= span["from"] else day
    start, end = first_moment(zone, day, span["from"]), first_moment(zone, last, span["to"])
    for item in span.get("breaks", ()):
        pause = first_moment(zone, day, item["from"]), first_moment(zone, day, item["to"])
        yield start, pause[0]
        start = pause[1]
    yield start, end


def _leave(item: Mapping[str, Any], zone: ZoneInfo) -> Range:
    """Whole days, the last one included, or local times."""
    begin, end = item["from"], item["to"]
    if "T" in begin:
        moments = [datetime.fromisoformat(text) for text in (begin, end)]
        start, until = (first_moment(zone, at.date(), at.strftime("%H:%M")) for at in moments)
        return start, until
    following = date.fromisoformat(end) + DAY
    return (
        first_moment(zone, date.fromisoformat(begin), "00:00"),
        first_moment(zone, following, "00:00"),
    )


def clocks(story: Sequence[Row], begins: datetime, ends: datetime) -> dict[UUID, Clock]:
    """The clock of every manager with a calendar, by the latest row about each."""
    latest: dict[UUID, Row] = {}
    for row in sorted(story, key=lambda row: row.place):
        manager_id = row.id_of("manager_id")
        if row.kind == "manager.changed" and manager_id is not None:
            latest[manager_id] = row
    whole = begins.replace(second=0, microsecond=0)
    return {
        manager_id: Clock(row.facts["calendar"], row.facts["time_zone"], whole, ends + 2 * MINUTE)
        for manager_id, row in latest.items()
        if row.facts.get("calendar") is not None
    }
