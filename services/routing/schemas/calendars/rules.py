"""Recurrence rules of iCalendar (RFC 5545, 3.3.10), as far as shifts recur: by days, weeks, months
and years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.routing.schemas.calendars.file_bounds import refused

MAX_COUNT = 10_000
MAX_INTERVAL = 366
MAX_VALUES = 100
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS",
}  # fmt: skip
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


@dataclass(frozen=True, slots=True)
class Rule:
    """Weekdays are (ordinal or 0, 0 for Monday …). `until` is the last day."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    week_start: int = 0
    weekdays: tuple[tuple[int, int], ...] = ()
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()


def rule_of(parts: Mapping[str, Sequence[Any]], pointer: str) -> Rule:
    """The rule of an RRULE as the library has read it. Raises InvalidError."""
    for name in parts:
        if name.upper() not in _KNOWN:
            raise refused(pointer, f"{name[:20]} is not supported")
    frequency = str(_single(parts, "FREQ", pointer)).upper()
    if frequency not in _FREQUENCIES:
        raise refused(pointer, "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY")
    weekdays = tuple(_weekday(str(item), pointer) for item in _values(parts, "BYDAY", pointer))
    rule = Rule(
        frequency=frequency,
        interval=_number(parts, "INTERVAL", pointer, default=1, most=MAX_INTERVAL) or 1,
        count=_number(parts, "COUNT", pointer, default=None, most=MAX_COUNT),
        until=_single(parts, "UNTIL", pointer),
        week_start=_weekday(str(_single(parts, "WKST", pointer) or "MO"), pointer)[1],
        weekdays=weekdays,
        months=_numbers(parts, "BYMONTH", pointer, range(1, 13)),
        month_days=_numbers(parts, "BYMONTHDAY", pointer, range(-31, 32)),
        positions=_numbers(parts, "BYSETPOS", pointer, range(-366, 367)),
    )
    _check(rule, pointer)
    return rule


def _check(rule: Rule, pointer: str) -> None:
    monthly = rule.frequency in {"MONTHLY", "YEARLY"}
    if not monthly and (any(ordinal for ordinal, _ in rule.weekdays) or rule.positions):
        raise refused(pointer, "ordinals need FREQ=MONTHLY or YEARLY")
    if rule.frequency == "YEARLY" and rule.weekdays and not rule.months:
        raise refused(pointer, "BYDAY with FREQ=YEARLY needs BYMONTH")
    if rule.frequency == "WEEKLY" and rule.month_days:
        raise refused(pointer, "BYMONTHDAY does not go with FREQ=WEEKLY")


def _values(parts: Mapping[str, Sequence[Any]], name: str, pointer: str) -> Sequence[Any]:
    values = parts.get(name, ())
    if not isinstance(values, list | tuple):
        values = [values]
    if len(values) > MAX_VALUES:
        raise refused(pointer, f"{name} has more than {MAX_VALUES} values")
    return values


def _single(parts: Mapping[str, Sequence[Any]], name: str, pointer: str) -> Any:
    values = _values(parts, name, pointer)
    if len(values) > 1 or (name == "FREQ" and not values):
        raise refused(pointer, f"{name} is one value")
    return values[0] if values else None


def _number(
    parts: Mapping[str, Sequence[Any]],
    name: str,
    pointer: str,
    *,
    default: int | None,
    most: int,
) -> int | None:
    value = _single(parts, name, pointer)
    if value is None:
        return default
    if not 1 <= int(value) <= most:
        raise refused(pointer, f"{name} is from 1 to {most}")
    return int(value)


def _numbers(
    parts: Mapping[str, Sequence[Any]], name: str, pointer: str, allowed: range
) -> tuple[int, ...]:
    values = tuple(int(value) for value in _values(parts, name, pointer))
    if any(value not in allowed or value == 0 for value in values):
        raise refused(pointer, f"{name} is out of range")
    return values


def _weekday(text: str, pointer: str) -> tuple[int, int]:
    ordinal, name = text[:-2] or "0", text[-2:].upper()
    if name not in WEEKDAYS or not ordinal.lstrip("+-").isdigit() or abs(int(ordinal)) > 5:
        raise refused(pointer, "BYDAY is a weekday")
    return int(ordinal), WEEKDAYS.index(name)
