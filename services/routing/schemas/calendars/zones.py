"""Zones of iCalendar files: what a TZID means, also one that the file itself defines."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from services.routing.schemas.calendars.file_bounds import refused

Zones = Mapping[str, str]  # TZID → zone of the IANA
# Zones that a definition without a name is compared with, the more likely ones first.
_LIKELY = (
    "Europe/Moscow", "Europe/Berlin", "Europe/London", "Europe/Athens", "Europe/Samara",
    "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk",
    "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Anchorage", "America/Halifax",
    "America/St_Johns", "America/Santiago", "Asia/Jerusalem", "Asia/Tehran", "Asia/Kabul",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Yangon", "Australia/Darwin", "Australia/Adelaide",
    "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
    *(f"Etc/GMT{hours:+d}" for hours in range(-14, 13)),
)  # fmt: skip
MAX_ZONES = 50
_MONTHS = (1, 7)
_FOLD = re.compile(r"\r?\n[ \t]")
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3])([0-5]\d)(?:\d\d)?")


@dataclass(slots=True)
class Definition:
    """What a VTIMEZONE says, as far as it tells one zone from another."""

    tzid: str = ""
    location: str = ""
    standard: timedelta | None = None
    summer: timedelta | None = None
    summer_month: int = 1


def without_definitions(text: str) -> tuple[str, list[Definition]]:
    """The file without its VTIMEZONEs, and these. The library would find every change of such a
    zone by its rules, which may be one for every second.
    """
    rest: list[str] = []
    definitions: list[Definition] = []
    part = ""
    for line in _FOLD.sub("", text).splitlines():
        name, _, value = line.partition(":")
        word, value = name.partition(";")[0].strip().upper(), value.strip()
        if word == "BEGIN" and value.upper() == "VTIMEZONE":
            definitions.append(Definition())
            part = "VTIMEZONE"
        elif not part:
            rest.append(line)
        elif word == "END" and value.upper() == "VTIMEZONE":
            part = ""
        elif word == "BEGIN":
            part = value.upper()
        else:
            _note(definitions[-1], part, word, value)
    if len(definitions) > MAX_ZONES:
        raise refused("/VTIMEZONE", f"more than {MAX_ZONES} of them")
    return "\r\n".join([*rest, ""]), definitions


def _note(definition: Definition, part: str, word: str, value: str) -> None:
    if word == "TZID":
        definition.tzid = value
    elif word == "X-LIC-LOCATION":
        definition.location = value
    elif word == "DTSTART" and part == "DAYLIGHT" and value[4:6].isdecimal():
        definition.summer_month = int(value[4:6])
    elif word == "TZOFFSETTO" and (offset := _OFFSET.fullmatch(value)):
        sign, hours, minutes = offset.groups()
        moved = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        if part == "DAYLIGHT":
            definition.summer = moved
        else:
            definition.standard = moved


def zones_of(definitions: Iterable[Definition], *, own: str, today: date) -> Zones:
    """The zones that a file defines: by their names, else one with the same times in winter and in
    summer, the manager's `own` first.
    """
    names = {
        item.tzid: _iana(item.tzid) or _iana(item.location) or _alike(item, own, today.year)
        for item in definitions
    }
    return {tzid: name for tzid, name in names.items() if name is not None}


def zone_name(name: str | None, value: date, pointer: str, zones: Zones) -> str | None:
    """The IANA zone of a TZID: itself, a name of Windows, the end of a path, what the file defines;
    or UTC, or None for a local time. Raises InvalidError.
    """
    if name is None:
        has_offset = isinstance(value, datetime) and value.tzinfo is not None
        return "UTC" if has_offset else None
    zone = zones.get(str(name)) or _iana(str(name))
    if zone is None:
        raise refused(pointer, "no such time zone; a name of the IANA is needed")
    return zone


def _iana(name: str) -> str | None:
    for candidate in _spellings(name):
        try:
            return ZoneInfo(candidate).key
        except (KeyError, ValueError, OSError):
            continue
    return None


def _spellings(name: str) -> Iterator[str]:
    yield name[:64]
    yield WINDOWS_TO_OLSON.get(name, "")
    path = name[:200].strip("/").split("/")
    yield "/".join(path[-2:])
    yield "/".join(path[-3:])


def _alike(definition: Definition, own: str, year: int) -> str | None:
    """A zone with the offsets of this definition, and summer in the same half of the year."""
    standard, summer = definition.standard, definition.summer
    if standard is None:
        return None
    south = summer is not None and definition.summer_month > 6
    expected = [summer, standard] if south else [standard, summer or standard]
    for candidate in (own, *_LIKELY):
        zone = ZoneInfo(candidate)
        if [
            datetime(year, m, 15, tzinfo=UTC).astimezone(zone).utcoffset() for m in _MONTHS
        ] == expected:
            return candidate
    return None
