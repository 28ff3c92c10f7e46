"""What is known of a raw mail before it is read: its id, and the envelope it came in.

Invariant: the envelope stands in our headers and the sender's headers in the body, so that nobody
forges it.
"""

import re

from services.intake.domain.requests import RawRequest

MAX_HEAD = 65_536  # bytes of a mail in which its id is looked for
LONGEST_ID = 1_000
CONTENT_TYPE = ("content-type", "message/rfc822")
_ID = re.compile(
    rb"(?:\A|\n)message-id:[ \t]*(?:\r?\n[ \t]+)?([^\s][^\r\n]{0,1000})", re.IGNORECASE
)
_BLANK = re.compile(rb"\n\r?\n")


def message_id(head: bytes) -> str | None:
    """The Message-ID of a mail by its first bytes, without the angle brackets."""
    blank = _BLANK.search(head)
    match = _ID.search(head[: blank.end()] if blank else head)
    if match is None:
        return None
    words = match[1].decode("utf-8", "replace").strip()
    return words.removeprefix("<").partition(">")[0].strip()[:LONGEST_ID] or None


def delivery_key(request: RawRequest) -> str | None:
    """The id that the mail's author gave it; mails without one are told apart by their bytes."""
    return message_id(request.body[:MAX_HEAD])
