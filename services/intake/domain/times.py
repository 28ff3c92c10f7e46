"""Readers of providers' times: each gives an aware UTC datetime or None and never raises.

A time without a zone is the source's local time; a time before 1990 or from 2200 on is None.
"""

from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def zone(name: str) -> tzinfo:
    """The named time zone; UTC when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC


def zone_exists(name: str) -> bool:
    """Whether `zone` would find it."""
    try:
        return bool(ZoneInfo(name))
    except (ValueError, OSError, LookupError):
        return False


def whole(value: Any) -> int | None:
    """A whole number sent as a number or as digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and len(value) <= 20:
        digits = value.strip()
        return int(digits) if digits.removeprefix("-").isdecimal() else None
    return None


def from_epoch(value: Any) -> datetime | None:
    """Unix seconds, as a number or as digits; 0 and absence mean that it did not happen."""
    seconds = whole(value)
    if not seconds or not 0 < seconds < 10**11:
        return None
    return _sane(datetime.fromtimestamp(seconds, tz=UTC))


def from_milliseconds(value: Any) -> datetime | None:
    """Unix milliseconds, as a number or as digits."""
    milliseconds = whole(value)
    return from_epoch(milliseconds // 1000) if milliseconds else None


def from_iso(value: Any, *, time_zone: str) -> datetime | None:
    """An ISO 8601 moment; without an offset it is read in `time_zone`."""
    if not isinstance(value, str) or not 8 <= len(value) <= 40:
        return None
    try:
        return _sane(_aware(datetime.fromisoformat(value.strip()), time_zone))
    except (ValueError, OverflowError):
        return None


def from_mail(value: Any, *, time_zone: str) -> datetime | None:
    """An RFC 2822 date, as mails and some callbacks carry it."""
    if not isinstance(value, str) or len(value) > 100:
        return None
    try:
        return _sane(_aware(parsedate_to_datetime(value), time_zone))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def from_any(value: Any, *, time_zone: str) -> datetime | None:
    """A moment in whichever of the three notations it comes."""
    return (
        from_epoch(value)
        or from_iso(value, time_zone=time_zone)
        or from_mail(value, time_zone=time_zone)
    )


def seconds_between(start: datetime | None, end: datetime | None) -> int | None:
    """Whole seconds from start to end; None when either is unknown or they are swapped."""
    if start is None or end is None or end < start:
        return None
    return int((end - start).total_seconds())


def _aware(moment: datetime, time_zone: str) -> datetime:
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone(time_zone))
    return local.astimezone(UTC)


def _sane(moment: datetime) -> datetime | None:
    return moment if _EARLIEST <= moment < _LATEST else None
