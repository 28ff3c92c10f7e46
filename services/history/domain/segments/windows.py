"""Relative dates: what "the last 90 days" and "this month" are at a moment, in a time zone."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

UNITS = ("hours", "days", "weeks", "months", "years")
PERIODS = ("day", "week", "month", "quarter", "year")
MAX_AGO = 10_000  # units
_MONTHS_OF_UNIT = {"months": 1, "years": 12}
_MONTHS_OF_PERIOD = {"month": 1, "quarter": 3, "year": 12}
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ago:
    """So long before now; days and longer are those of the calendar in the zone."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Period:
    """The present period (`back` 0) or the one before it (`back` 1), from its first moment."""

    name: str
    back: int


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` to less than `until`; a side that is None is open."""

    since: datetime | Ago | None = None
    until: datetime | Ago | None = None
    period: Period | None = None

    @property
    def is_relative(self) -> bool:
        """Whether it moves with time."""
        return self.period is not None or isinstance(self.since, Ago) or isinstance(self.until, Ago)


def moment_of(point: datetime | Ago, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The point in UTC; what lies before all calendars is their beginning."""
    if isinstance(point, datetime):
        return point
    try:
        if point.unit == "hours":
            return now - timedelta(hours=point.count)
        local = now.astimezone(zone)
        if point.unit in _MONTHS_OF_UNIT:
            shifted = _months_before(local, point.count * _MONTHS_OF_UNIT[point.unit])
        else:
            days = point.count * (7 if point.unit == "weeks" else 1)
            shifted = local.replace(tzinfo=None) - timedelta(days=days)
        return max(_EARLIEST, shifted.replace(tzinfo=zone).astimezone(UTC))
    except (OverflowError, ValueError):
        return _EARLIEST


def bounds_of(
    window: Window, *, now: datetime, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """The window's first moment and the one behind its last, in UTC; None where it is open."""
    if window.period is not None:
        return _period(window.period, now=now, zone=zone)
    since, until = (
        None if point is None else moment_of(point, now=now, zone=zone)
        for point in (window.since, window.until)
    )
    return since, until


def _period(
    period: Period, *, now: datetime, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    midnight = now.astimezone(zone).replace(
        hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0
    )
    if period.name in _MONTHS_OF_PERIOD:
        months = _MONTHS_OF_PERIOD[period.name]
        first = midnight.replace(day=1)
        first = _months_before(first, (first.month - 1) % months + period.back * months)
        end = _months_before(first, -months)
    else:
        days = 7 if period.name == "week" else 1
        start = midnight - timedelta(days=midnight.weekday() if period.name == "week" else 0)
        first = start - timedelta(days=days * period.back)
        end = first + timedelta(days=days)
    since, until = (edge.replace(tzinfo=zone).astimezone(UTC) for edge in (first, end))
    return since, until


def _months_before(local: datetime, months: int) -> datetime:
    """The same day and time so many months before, or the last day of a shorter month."""
    index = local.year * 12 + local.month - 1 - months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("beyond the calendar")
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day, tzinfo=None)


def window_of(tree: Mapping[str, object]) -> Window | None:
    """The window of one of the relative forms, or None if it is none of them: `{"last": 90,
    "unit": "days"}`, `{"this": "month"}`, `{"previous": "month"}`.
    """
    if tree.keys() == {"last", "unit"}:
        point = ago_of(tree["last"], tree["unit"])
        return None if point is None else Window(since=point)
    for word, back in (("this", 0), ("previous", 1)):
        name = tree.get(word)
        if tree.keys() == {word} and isinstance(name, str) and name in PERIODS:
            return Window(period=Period(name, back))
    return None


def ago_of(count: object, unit: object) -> Ago | None:
    """The distance, if it is a whole number of a unit that there is."""
    if type(count) is int and 0 <= count <= MAX_AGO and isinstance(unit, str) and unit in UNITS:
        return Ago(count, unit)
    return None
