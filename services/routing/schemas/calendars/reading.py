"""Reads iCalendar (RFC 5545) as a calendar: weekly and daily rules become shifts that recur, all
other events become single days and leave, as far as `AHEAD`.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from warnings import catch_warnings, simplefilter

from icalendar import Calendar as File
from icalendar import Event
from pydantic import ValidationError

from services.routing.schemas.calendars.bodies import (
    MAX_DAYS,
    MAX_SPANS,
    MOST_DAYS_LATER,
    CalendarIn,
)
from services.routing.schemas.calendars.events import (
    HOLIDAY,
    LAST_YEAR,
    LEAVE,
    CalendarEvent,
    event_of,
)
from services.routing.schemas.calendars.file_bounds import OURS, bounded_text, refused
from services.routing.schemas.calendars.recurrence import Budget, cycle_of, days_of, is_cycle
from services.routing.schemas.calendars.zones import (
    Zones,
    without_definitions,
    zone_name,
    zones_of,
)
from services.routing.use_cases.calendars.configure import ALWAYS, MAX_LEAVE
from shared.errors import InvalidError
from shared.validation import faults
from shared.wall_clock import moment_of, wall_of, zone_of

BEFORE, AHEAD = timedelta(days=31), timedelta(days=400)
HOLIDAYS = "X-LEADFLOW-HOLIDAYS"
DAY = timedelta(days=1)
Record = dict[str, Any]


def read_calendar(content: bytes, *, zone: str, today: date) -> CalendarIn:
    """The calendar of a file; `zone` is the manager's, for times without one.

    Raises TooLargeError, and InvalidError which names the event and its property.
    """
    text, definitions = without_definitions(bounded_text(content))
    try:
        with catch_warnings():
            simplefilter("ignore")  # of guesses at zones, which are ours to make
            file = File.from_ical(text)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        raise refused("", "it is no iCalendar") from None
    if not isinstance(file, File):
        raise refused("", "it is no calendar")
    try:
        zones = zones_of(definitions, own=zone, today=today)
        events = [
            _event(item, f"/VEVENT/{place}", zones)
            for place, item in enumerate(file.walk("VEVENT"))
            if isinstance(item, Event)
        ]
    except (ValueError, AttributeError, TypeError, OverflowError):
        raise refused("", "an event cannot be read") from None
    names = [str(item) for item in _listed(file.get(HOLIDAYS))]
    own_zone = _zone(file, events, zones)
    record = _Reading(own_zone or zone, today, Budget(), has_holidays=bool(names)).record(events)
    if str(file.get("PRODID", "")) != OURS and _tells_leave_alone(record):
        record["shifts"] = ALWAYS["shifts"]
    return _checked({**record, "time_zone": own_zone, "holidays": names})


def _tells_leave_alone(record: Record) -> bool:
    """Whether a file says when somebody is away, and nothing of when they work."""
    return bool(record["leave"]) and not record["shifts"] and not record["days"]


def _event(item: Event, pointer: str, zones: Zones) -> CalendarEvent:
    try:
        return event_of(item, pointer, zones)
    except (ValueError, AttributeError, TypeError, OverflowError):
        # The library sets aside which properties it has not understood.
        names = [name for name, _ in item.errors if name]
        raise refused("/".join([pointer, *names[:1]]), "it cannot be read") from None


def _listed(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [name for item in values for name in str(item).split(",") if name]


def _zone(file: File, events: Iterable[CalendarEvent], zones: Zones) -> str | None:
    name = file.get("X-WR-TIMEZONE")
    if name is not None:
        return zone_name(str(name), date.min, "/X-WR-TIMEZONE", zones)
    names = [event.zone for event in events if event.zone not in {None, "UTC"}]
    return max(sorted(set(names), key=str), key=names.count) if names else None


def _checked(record: Record) -> CalendarIn:
    try:
        return CalendarIn.model_validate(record)
    except ValidationError as error:
        errors = faults(error.errors()[:20])
        raise InvalidError("The calendar says what none can.", errors=errors) from None


class _Reading:
    """What becomes of the events of one file."""

    def __init__(self, zone: str, today: date, budget: Budget, *, has_holidays: bool) -> None:
        self.zone = zone
        self.first, self.last = today - BEFORE, today + AHEAD
        self.budget = budget
        self.has_holidays = has_holidays
        self.shifts: list[Record] = []
        self.days: dict[date, list[Record]] = {}
        self.leave: list[Record] = []

    def record(self, events: list[CalendarEvent]) -> Record:
        replaced: dict[str, set[date]] = {}
        for event in events:
            if event.replaces is not None:
                replaced.setdefault(event.uid, set()).add(event.replaces)
        for event in events:
            if event.is_cancelled or (event.kind == HOLIDAY and self.has_holidays):
                continue
            skips = set(event.skipped)
            if event.replaces is None:
                skips |= replaced.get(event.uid, set())
            self._take(event, skips)
        days = [{"day": day, "spans": spans, "replaces": False} for day, spans in self.days.items()]
        return {"shifts": self.shifts, "days": days, "leave": self.leave}

    def _take(self, event: CalendarEvent, skips: set[date]) -> None:
        if event.kind in {LEAVE, HOLIDAY}:
            for day in self._days(event, skips):
                if len(self.leave) == MAX_LEAVE:
                    raise refused(event.pointer, f"leave more often than {MAX_LEAVE} times")
                self.leave.append(self._leave(event, day))
        elif event.rule is not None and is_cycle(event.rule):
            self._recur(event, skips)
            for day in event.added:
                self._add(event, day)
        else:
            for day in self._days(event, skips):
                self._add(event, day)

    def _days(self, event: CalendarEvent, skips: set[date]) -> Iterator[date]:
        start = event.start.date()
        days = {start} if event.rule is None else set(self._ruled(event, self.last))
        days |= set(event.added)
        lasts = (event.end - event.start).days * DAY + DAY
        return (day for day in sorted(days - skips) if self.first - lasts <= day <= self.last)

    def _ruled(self, event: CalendarEvent, last: date) -> Iterator[date]:
        assert event.rule is not None
        end = min(last, self._until(event) or last)
        pointer = f"{event.pointer}/RRULE"
        return days_of(
            event.rule,
            event.start.date(),
            last=end,
            budget=self.budget,
            pointer=pointer,
            since=self.first - (event.end - event.start),
        )

    def _until(self, event: CalendarEvent) -> date | None:
        """The last day on which the event may begin, by the rule's UNTIL."""
        until = event.rule.until if event.rule else None
        if not isinstance(until, datetime):
            return until
        if until.tzinfo is not None:
            until = wall_of(until, zone_of(event.zone or self.zone))
        begins = until.replace(hour=event.start.hour, minute=event.start.minute, second=0)
        return until.date() if begins.replace(microsecond=0) <= until else until.date() - DAY

    def _recur(self, event: CalendarEvent, skips: set[date]) -> None:
        rule, start = event.rule, event.start.date()
        assert rule is not None
        until = self._until(event)
        if rule.count is not None:
            # So many occurrences take so many periods at most.
            days = list(self._ruled(event, date(min(start.year + 100, LAST_YEAR), 1, 1)))
            if not days:
                return
            until = days[-1]
        if until is not None and until < max(start, self.first):
            return
        length, cycle_days = cycle_of(rule, start)
        self.shifts.append(
            {
                **self._span(event),
                "days": cycle_days,
                "cycle": length,
                "valid_from": start.isoformat(),
                "valid_until": until.isoformat() if until else None,
                "skips": [day.isoformat() for day in sorted(skips) if day >= self.first],
                "on_holidays": event.on_holidays,
            }
        )

    def _add(self, event: CalendarEvent, day: date) -> None:
        spans = self.days.setdefault(day, [])
        if len(self.days) > MAX_DAYS or len(spans) == MAX_SPANS:
            raise refused(event.pointer, f"more than {MAX_DAYS} days, or {MAX_SPANS} on one")
        spans.append(self._span(event))

    def _span(self, event: CalendarEvent) -> Record:
        zone = event.zone or self.zone
        if event.end - event.start > MOST_DAYS_LATER * DAY:
            raise refused(f"{event.pointer}/DTEND", f"it lasts more than {MOST_DAYS_LATER} days")
        return {
            "from": event.start.strftime("%H:%M"),
            "to": event.end.strftime("%H:%M"),
            "plus_days": (event.end.date() - event.start.date()).days,
            "kind": event.kind,
            "breaks": [_break(text, event.pointer) for text in event.breaks],
            "time_zone": None if zone == self.zone else zone,
        }

    def _leave(self, event: CalendarEvent, day: date) -> Record:
        shift = day - event.start.date()
        start, end = event.start + shift, event.end + shift
        if event.zone is not None and event.zone != self.zone:
            own, zone = zone_of(event.zone), zone_of(self.zone)
            start, end = (wall_of(moment_of(wall, own), zone) for wall in (start, end))
        if start.time() == end.time() == datetime.min.time():
            texts = (start.date().isoformat(), (end.date() - DAY).isoformat())
        else:
            texts = (start.isoformat("T", "minutes"), end.isoformat("T", "minutes"))
        reason = event.summary.strip() or None
        return {"from": texts[0], "to": texts[1], "reason": reason}


def _break(text: str, pointer: str) -> Record:
    """A break `13:00/14:00`, or `01:00/02:00/1` on the next day."""
    parts = text.split("/")
    if not 2 <= len(parts) <= 3 or (len(parts) == 3 and not parts[2].isdigit()):
        raise refused(f"{pointer}/X-LEADFLOW-BREAK", "from/to")
    return {
        "from": parts[0],
        "to": parts[1],
        "plus_days": int(parts[2][:3]) if len(parts) == 3 else None,
    }
