"""Calendars as JSON: the shape in which they are sent and stored."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from services.routing.domain.calendars.shape import (
    DAY_MINUTES,
    SHIFT,
    WEEK,
    Calendar,
    Holidays,
    Leave,
    Shift,
    SingleDay,
    Span,
)

Record = Mapping[str, Any]


def calendar_of(record: Record, *, zone: str) -> Calendar:
    """A calendar from its JSON. `zone` is the manager's, for a calendar that names none."""
    return Calendar(
        zone=record.get("time_zone") or zone,
        shifts=tuple(_shift_of(item) for item in record.get("shifts", ())),
        days=tuple(
            SingleDay(
                day=date.fromisoformat(item["day"]),
                spans=tuple(span_of(span) for span in item.get("spans", ())),
                replaces=item.get("replaces", True),
            )
            for item in record.get("days", ())
        ),
        leave=tuple(leave_of(item) for item in record.get("leave", ())),
        holidays=tuple(record.get("holidays", ())),
    )


def _shift_of(record: Record) -> Shift:
    return Shift(
        span=span_of(record),
        days=frozenset(record["days"]),
        cycle=record.get("cycle", WEEK),
        valid_from=_date(record.get("valid_from")),
        valid_until=_date(record.get("valid_until")),
        on_holidays=record.get("on_holidays", False),
        skips=frozenset(date.fromisoformat(day) for day in record.get("skips", ())),
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def span_of(record: Record) -> Span:
    """Duty from `from` to `to`: of the next day if that is not later, unless `plus_days` says."""
    start = minute_of(record["from"])
    end = _not_before(start, record)
    breaks = tuple(_break_of(item, start) for item in record.get("breaks", ()))
    return Span(start, end, record.get("kind", SHIFT), breaks, record.get("time_zone"))


def _not_before(start: int, record: Record) -> int:
    end = minute_of(record["to"])
    later = record.get("plus_days")
    if later is None:
        later = 0 if end > start else 1
    return int(end + later * DAY_MINUTES)


def _break_of(record: Record, start: int) -> tuple[int, int]:
    """A break belongs to its shift: one that seems to be before it is on the next day."""
    begin = minute_of(record["from"])
    if record.get("plus_days") is not None:
        begin += record["plus_days"] * DAY_MINUTES
    elif begin < start:
        begin += DAY_MINUTES
    end = begin // DAY_MINUTES * DAY_MINUTES + minute_of(record["to"])
    return begin, end if end > begin else end + DAY_MINUTES


def leave_of(record: Record) -> Leave:
    """Days are whole, the last one included; a time is the end itself."""
    start, end = record["from"], record["to"]
    return Leave(
        start=datetime.fromisoformat(start),
        end=datetime.fromisoformat(end) + timedelta(days="T" not in end),
        reason=record.get("reason"),
    )


def minute_of(text: str) -> int:
    """Minutes since midnight of `HH:MM`."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def clock_of(minute: int) -> str:
    """`HH:MM` of minutes since midnight, of whatever day."""
    hours, minutes = divmod(minute % DAY_MINUTES, 60)
    return time(hours, minutes).isoformat("minutes")


def holidays_of(records: Sequence[Record]) -> Holidays:
    """The union of holiday calendars: `days` off by date, `worked_as` weekdays by date."""
    off = {date.fromisoformat(day) for record in records for day in record.get("days", {})}
    worked_as = {
        date.fromisoformat(day): weekday
        for record in records
        for day, weekday in record.get("worked_as", {}).items()
    }
    return Holidays(frozenset(off - worked_as.keys()), worked_as)
