"""What a request may ask the database for: moments, days and numbers that its columns can hold."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

# A day away from what Python can hold, so that no time zone leads beyond it.
EARLIEST_MOMENT = datetime(1, 1, 2, tzinfo=UTC)
LATEST_MOMENT = datetime(9999, 12, 30, tzinfo=UTC)
LARGEST_NUMBER = 2**63 - 1
_BEGINS_AS_DAY = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def storable_moment(moment: datetime) -> datetime:
    """The moment in UTC. Raises ValueError for one without a zone or out of range."""
    try:
        utc = moment.astimezone(UTC) if moment.tzinfo is not None else None
    except OverflowError:
        utc = None
    if utc is None or not EARLIEST_MOMENT <= utc <= LATEST_MOMENT:
        raise ValueError("lies beyond what can be kept")
    return utc


# pydantic would take a number for seconds or milliseconds since 1970: a year alone, as in
# `from=2026`, would be a moment of that year's first hour.
def _written_moment(value: Any) -> Any:
    return _written(value, "is a time with an offset, as in 2026-03-01T09:30:00+03:00")


def _written_day(value: Any) -> Any:
    return _written(value, "is a day, as in 2026-03-01")


def _written(value: Any, advice: str) -> Any:
    is_one = _BEGINS_AS_DAY.match(value) if isinstance(value, str) else isinstance(value, date)
    if not is_one:
        raise ValueError(advice)
    return value


Moment = Annotated[AwareDatetime, AfterValidator(storable_moment), BeforeValidator(_written_moment)]
WRITTEN_DAY = BeforeValidator(_written_day)
Day = Annotated[date, WRITTEN_DAY]
