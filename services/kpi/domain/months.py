"""Months as their first days, and the days of each in a time zone."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.kpi.domain.periods import Period, period

FIRST_MONTH: Final = date(2000, 1, 1)
LAST_MONTH: Final = date(2099, 12, 1)
_LONGEST: Final = timedelta(days=31)


def month_of(moment: datetime, zone: ZoneInfo) -> date:
    """The month that a moment lies in."""
    return moment.astimezone(zone).date().replace(day=1)


def following(month: date) -> date:
    return (month + _LONGEST).replace(day=1)


def later(month: date, count: int) -> date:
    """The month so many months later."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def months_between(first: date, end: date) -> int:
    return (end.year - first.year) * 12 + end.month - first.month


def days_of(month: date, zone: ZoneInfo) -> Period:
    return period(month, following(month), zone)


def name_of_month(month: date) -> str:
    """As in `2026-03`."""
    return f"{month:%Y-%m}"
