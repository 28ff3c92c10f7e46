"""What a provider's answer to a fetch means, and when it is asked again."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

FIRST_PAUSE: Final = timedelta(seconds=10)
REFUSED_PAUSE: Final = timedelta(minutes=15)  # until somebody may have renewed what we prove by
LONGEST_PAUSE: Final = timedelta(hours=4)
LONGEST_WISH: Final = timedelta(hours=24)  # of a provider's `Retry-After`
# A document is given up after as long as providers themselves try to deliver, and after so many
# tries: an outage of our own is not the provider's.
TRYING: Final = timedelta(hours=36)
LEAST_TRIES: Final = 10
PATIENCE: Final = timedelta(minutes=5)  # for what an inquiry is worth more without than late
_GONE = frozenset({404, 410})
_BUSY = frozenset({408, 425, 429})


class FollowUpStatus(StrEnum):
    """`waiting` will be tried (again); the others are final unless the submission is repaired."""

    WAITING = "waiting"
    FETCHED = "fetched"
    FAILED = "failed"


class Verdict(StrEnum):
    """`refused` may become an answer when somebody changes something, `later` by itself."""

    FETCHED = "fetched"
    GONE = "gone"
    REFUSED = "refused"
    LATER = "later"


def verdict(status: int) -> Verdict:
    """What a status code means. A redirect is refused: we follow none."""
    if 200 <= status < 300:
        return Verdict.FETCHED
    if status in _GONE:
        return Verdict.GONE
    return Verdict.LATER if status in _BUSY or status >= 500 else Verdict.REFUSED


def pause(tries: int, *, refused: bool, jitter: float, retry_after: timedelta | None) -> timedelta:
    """How long to wait after so many tries in vain; `jitter` is from 0 to 1."""
    first = REFUSED_PAUSE if refused else FIRST_PAUSE
    doubled = min(first * (1 << min(tries - 1, 20)), LONGEST_PAUSE)
    spread = doubled * (1 + jitter / 4)
    return max(spread, min(retry_after, LONGEST_WISH)) if retry_after else spread


def is_over(*, tries: int, first_try: datetime, now: datetime, optional: bool = False) -> bool:
    """Whether it has been tried long enough."""
    if optional:
        return now - first_try >= PATIENCE
    return tries >= LEAST_TRIES and now - first_try >= TRYING


def wish(header: str | None, *, now: datetime) -> timedelta | None:
    """`Retry-After` in seconds or as a date; None if there is none that can be read."""
    text = (header or "").strip()
    if text.isdecimal() and text.isascii():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WISH.total_seconds())))
    try:
        moment = parsedate_to_datetime(text[:100])
    except (ValueError, TypeError, IndexError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(aware - now, timedelta())
