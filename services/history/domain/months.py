"""The months by which entries are kept: those of the milliseconds in their UUIDv7."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.ids import first_id

_MONTH = timedelta(days=31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_ORDERED = 7  # the version of a UUID that begins with its milliseconds
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MONTHS_AHEAD = 3


def month_of(moment: datetime) -> datetime:
    """The first moment of its month, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def kept_ahead(now: datetime) -> list[datetime]:
    """The months that are to be there before anything of them comes: the last, this, and more."""
    months = [month_of(month_of(now) - timedelta(days=1))]
    while len(months) < 2 + MONTHS_AHEAD:
        months.append(month_of(months[-1] + _MONTH))
    return months


def unusual_months(event_ids: Iterable[UUID], *, now: datetime) -> list[datetime]:
    """The months of these ids that are not certain to be there: older ones, of a replay.

    Ids of no month, or of one before EARLIEST or beyond those kept ahead, are left out.
    """
    first, *_, last = kept_ahead(now)
    low, high = first_id(first).int, first_id(last).int
    bottom, top = first_id(EARLIEST).int, first_id(last + _MONTH).int
    return sorted(
        {
            month_of(_moment(event_id))
            for event_id in event_ids
            if not low <= event_id.int < high
            and bottom <= event_id.int < top
            and event_id.version == _TIME_ORDERED
        }
    )


def _moment(event_id: UUID) -> datetime:
    return _EPOCH + timedelta(milliseconds=event_id.int >> 80)
