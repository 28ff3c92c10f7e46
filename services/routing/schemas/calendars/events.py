"""One event of an iCalendar file: its times, its rule, and what it says of duty.

CATEGORIES decide, then words of the SUMMARY, each as a whole word: see `WORDS`. Else an event with
times is a shift, one of whole days cannot be told and is refused.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Event as Component

from services.routing.schemas.calendars.file_bounds import refused
from services.routing.schemas.calendars.rules import Rule, rule_of
from services.routing.schemas.calendars.zones import Zones, zone_name
from shared.wall_clock import wall_of

LEAVE, ON_CALL, SHIFT, HOLIDAY = "leave", "on_call", "shift", "holiday"
WORDS = {
    HOLIDAY: ("holiday", "holidays", "праздник", "праздничный день"),
    LEAVE: (
        "leave", "vacation", "pto", "day off", "out of office", "ooo", "sick", "absent",
        "отпуск", "выходной", "отгул", "больничный", "отсутствие", "не работает",
    ),
    ON_CALL: ("on call", "oncall", "standby", "дежурство", "дежурный", "дежурит", "дежурная"),
    SHIFT: ("shift", "work", "working hours", "duty", "смена", "работа", "рабочее время"),
}  # fmt: skip
MAX_DATES = 1_000  # of EXDATE or RDATE of one event
FIRST_YEAR, LAST_YEAR = 1970, 2200
BREAKS, ON_HOLIDAYS = "X-LEADFLOW-BREAK", "X-LEADFLOW-ON-HOLIDAYS"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Times are local to `zone`, which is None where the file leaves it open."""

    pointer: str
    uid: str
    kind: str
    summary: str
    start: datetime
    end: datetime
    zone: str | None
    rule: Rule | None
    added: tuple[date, ...]
    skipped: frozenset[date]
    replaces: date | None  # the day of its series that it stands for
    is_cancelled: bool
    breaks: tuple[str, ...]
    on_holidays: bool


def event_of(component: Component, pointer: str, zones: Zones) -> CalendarEvent:
    """An event of a file with these zones. Raises InvalidError, which names the property."""
    start, zone, whole_days = _start(component, pointer, zones)
    summary = str(component.get("SUMMARY", ""))[:500]
    recurs = component.get("RRULE")
    if isinstance(recurs, list):
        raise refused(f"{pointer}/RRULE", "there are two")
    if isinstance(recurs, str):
        raise refused(f"{pointer}/RRULE", "it cannot be read")
    if "EXRULE" in component:
        raise refused(f"{pointer}/EXRULE", "EXRULE is not supported")
    replaced = component.get("RECURRENCE-ID")
    return CalendarEvent(
        pointer=pointer,
        uid=str(component.get("UID", pointer)),
        kind=_kind(component, summary, whole_days=whole_days, pointer=pointer),
        summary=summary,
        start=start,
        end=_end(component, start, (zone, zones), whole_days=whole_days, pointer=pointer),
        zone=zone,
        rule=None if recurs is None else rule_of(recurs, f"{pointer}/RRULE"),
        added=_dates(component, "RDATE", zone, pointer),
        skipped=frozenset(_dates(component, "EXDATE", zone, pointer)),
        replaces=None if replaced is None else _wall(replaced.dt, zone).date(),
        is_cancelled=str(component.get("STATUS", "")).upper() == "CANCELLED",
        breaks=tuple(str(item) for item in _several(component, BREAKS)),
        on_holidays=str(component.get(ON_HOLIDAYS, "")).upper() == "TRUE",
    )


def _several(component: Component, name: str) -> list[Any]:
    values = component.get(name, [])
    return values if isinstance(values, list) else [values]


def _start(component: Component, pointer: str, zones: Zones) -> tuple[datetime, str | None, bool]:
    begins = component.get("DTSTART")
    if begins is None or isinstance(begins, list):
        raise refused(f"{pointer}/DTSTART", "there is to be one")
    value = begins.dt
    if not isinstance(value, date):
        raise refused(f"{pointer}/DTSTART", "it is no date")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise refused(f"{pointer}/DTSTART", f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    if not isinstance(value, datetime):
        return datetime.combine(value, time()), None, True
    zone = zone_name(begins.params.get("TZID"), value, f"{pointer}/DTSTART/TZID", zones)
    return _minutes(value.replace(tzinfo=None)), zone, False


def _end(
    component: Component,
    start: datetime,
    of_start: tuple[str | None, Zones],
    *,
    whole_days: bool,
    pointer: str,
) -> datetime:
    zone, zones = of_start
    ends, lasts = component.get("DTEND"), component.get("DURATION")
    if isinstance(ends, list) or isinstance(lasts, list):
        raise refused(f"{pointer}/DTEND", "there are two")
    if ends is not None:
        if not isinstance(ends.dt, date) or not FIRST_YEAR <= ends.dt.year <= LAST_YEAR:
            raise refused(f"{pointer}/DTEND", "it is no date")
        own = zone_name(ends.params.get("TZID"), ends.dt, f"{pointer}/DTEND/TZID", zones)
        end = _minutes(_wall(_in_zone(ends.dt, own), zone))
    elif lasts is not None and isinstance(lasts.dt, timedelta):
        if not timedelta() < lasts.dt < timedelta(days=366):
            raise refused(f"{pointer}/DURATION", "less than a year, and more than nothing")
        end = _minutes(start + lasts.dt)
    elif whole_days:
        end = start + _DAY
    else:
        raise refused(f"{pointer}/DTEND", "it does not end")
    if end <= start:
        raise refused(f"{pointer}/DTEND", "it ends before it begins")
    return end


def _in_zone(value: date, zone: str | None) -> date:
    """A moment in the zone that its name means, whatever the library took it for."""
    if not isinstance(value, datetime) or zone is None:
        return value.replace(tzinfo=None) if isinstance(value, datetime) else value
    return value.replace(tzinfo=ZoneInfo(zone))


def _wall(value: date, zone: str | None) -> datetime:
    """The local time of a date or a moment in a zone."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    if value.tzinfo is None or zone is None:
        return value.replace(tzinfo=None)
    return wall_of(value, ZoneInfo(zone))


def _minutes(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _dates(component: Component, name: str, zone: str | None, pointer: str) -> tuple[date, ...]:
    values = [item for lists in _several(component, name) for item in getattr(lists, "dts", ())]
    if len(values) > MAX_DATES:
        raise refused(f"{pointer}/{name}", f"more than {MAX_DATES} dates")
    moments = [item.dt for item in values]
    if not all(isinstance(moment, date) for moment in moments):
        raise refused(f"{pointer}/{name}", "only dates and times")
    return tuple(_wall(moment, zone).date() for moment in moments)


def _kind(component: Component, summary: str, *, whole_days: bool, pointer: str) -> str:
    categories = [
        str(name)
        for item in _several(component, "CATEGORIES")
        for name in getattr(item, "cats", ())
    ]
    for text in (" ".join(categories), summary):
        plain = " ".join(re.findall(r"\w+", text.lower()[:1000]))
        for kind, words in WORDS.items():
            if any(f" {word} " in f" {plain} " for word in words):
                return kind
    if str(component.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "OOF":
        return LEAVE
    if whole_days:
        raise refused(f"{pointer}/CATEGORIES", "whole days: SHIFT, ON-CALL or LEAVE?")
    return SHIFT
