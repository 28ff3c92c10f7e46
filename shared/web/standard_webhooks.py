"""Outgoing webhooks: signatures, pauses between tries, and what an answer means.

Signed as Standard Webhooks 1.0 says (https://www.standardwebhooks.com): HMAC-SHA256 over
`id.timestamp.body`, with every secret that is good at the time.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  what each begins with
SECRET_BYTES: Final = 32
FEWEST_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
SECRET_OVERLAP: Final = timedelta(days=1)  # a secret that was replaced signs too, for so long
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=6)
LONGEST_WISH: Final = timedelta(hours=24)  # of a receiver's `Retry-After`
# An event is given up, and a receiver that takes none is switched off, after so long at least.
TRYING: Final = timedelta(days=9)
MAX_ANSWER_BYTES: Final = 16_384  # of an answer are read
MAX_EXCERPT: Final = 500  # characters of it are kept
MASK: Final = "••••"
_ADDRESS = re.compile(r"[^\s@\"'<>]{1,64}@[^\s@\"'<>]{1,190}")
_NUMBER = re.compile(r"\+?\d[\d ()-]{5,30}\d")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


class Outcome(StrEnum):
    """What came of a try: `failed` is tried again, `given_up` was for the last time; `waiting` has
    not been tried yet.
    """

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"


def secret_text(key: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(key).decode("ascii")


def secret_key(text: str) -> bytes:
    """The key in a secret. Raises ValueError for what is none."""
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is whsec_ and a key in base64") from None
    if not text.startswith(SECRET_PREFIX) or secret_text(key) != text:
        raise ValueError("is whsec_ and a key in base64")
    if not FEWEST_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError(f"has {FEWEST_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes")
    return key


def signature_headers(
    message_id: str, body: bytes, secrets: Sequence[str], *, now: datetime
) -> dict[str, str]:
    """The headers by which a receiver verifies the body; the present secret comes first."""
    seconds = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    digests = [hmac.new(secret_key(text), signed, hashlib.sha256).digest() for text in secrets]
    signatures = [f"v1,{base64.b64encode(digest).decode('ascii')}" for digest in digests]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(signatures),
    }


def pause(failures: int, *, jitter: float, retry_after: timedelta | None) -> timedelta:
    """How long to wait after so many failures in a row: exponential with full jitter, as in
    Brooker, "Exponential Backoff and Jitter" (2015). `jitter` is from 0 to 1.
    """
    longest = min(FIRST_PAUSE * (1 << min(failures - 1, 20)), LONGEST_PAUSE)
    # Not at once: a receiver that is down would be asked as fast as it refuses.
    spread = max(longest * jitter, FIRST_PAUSE / 5)
    return max(spread, min(retry_after, LONGEST_WISH)) if retry_after else spread


def is_over(first_failure: datetime, *, now: datetime) -> bool:
    """Whether it has been tried long enough."""
    return now - first_failure >= TRYING


def is_taken(status: int | None) -> bool:
    """Whether the receiver has the event. A redirect is a failure: none is followed."""
    return status is not None and 200 <= status < 300


def wish(header: str | None, *, now: datetime) -> timedelta | None:
    """`Retry-After` in seconds or as a date; None if there is none that can be read."""
    text = (header or "").strip()
    if text.isdecimal() and text.isascii():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WISH.total_seconds())))
    try:
        moment = parsedate_to_datetime(text[:100])
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(aware - now, timedelta())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def excerpt(body: bytes, *, hidden: Collection[str]) -> str:
    """The beginning of an answer for the log, without the words in `hidden` and without what looks
    like an address or a phone.
    """
    text = body[:MAX_ANSWER_BYTES].decode("utf-8", "replace")
    words = sorted(filter(None, hidden), key=len, reverse=True)
    for word in words:
        text = text.replace(word, MASK)
    if words and len(body) >= MAX_ANSWER_BYTES:  # the last one may have been cut in two
        text = text[: -len(words[0])]
    text = _NUMBER.sub(MASK, _ADDRESS.sub(MASK, text))
    return _CONTROL.sub(" ", text)[:MAX_EXCERPT].strip()


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return dict.fromkeys(headers, MASK)
