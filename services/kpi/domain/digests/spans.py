"""Days told by today, as a scheduled report asks for them."""

from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.kpi.domain.periods import Period, period

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


class Span(StrEnum):
    """Days that are over. `month_to_date` are those of yesterday's month, so that it is a whole
    month on the first day of the next one.
    """

    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    LAST_WEEK = "last_week"
    LAST_MONTH = "last_month"
    MONTH_TO_DATE = "month_to_date"


def days_of(span: Span, today: date, zone: ZoneInfo) -> Period:
    """The span as a period. Raises PeriodError where the calendar of reports ends."""
    return period(*_ends(span, today), zone)


def _ends(span: Span, today: date) -> tuple[date, date]:
    match span:
        case Span.YESTERDAY:
            return today - _DAY, today
        case Span.LAST_7_DAYS:
            return today - _WEEK, today
        case Span.LAST_30_DAYS:
            return today - timedelta(days=30), today
        case Span.LAST_WEEK:
            monday = today - timedelta(days=today.weekday())
            return monday - _WEEK, monday
        case Span.LAST_MONTH:
            first = today.replace(day=1)
            return (first - _DAY).replace(day=1), first
        case Span.MONTH_TO_DATE:
            return (today - _DAY).replace(day=1), today
