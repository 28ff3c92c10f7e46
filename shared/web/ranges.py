"""What a request may ask the database for: moments and numbers that its columns can hold."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

# A day away from what Python can hold, so that no time zone leads beyond it.
EARLIEST_MOMENT = datetime(1, 1, 2, tzinfo=UTC)
LATEST_MOMENT = datetime(9999, 12, 30, tzinfo=UTC)
LARGEST_NUMBER = 2**63 - 1


def storable_moment(moment: datetime) -> datetime:
    """The moment in UTC. Raises ValueError for one without a zone or out of range."""
    try:
        utc = moment.astimezone(UTC) if moment.tzinfo is not None else None
    except OverflowError:
        utc = None
    if utc is None or not EARLIEST_MOMENT <= utc <= LATEST_MOMENT:
        raise ValueError("lies beyond what can be kept")
    return utc


Moment = Annotated[AwareDatetime, AfterValidator(storable_moment)]
