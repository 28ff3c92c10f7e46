"""What providers' webhooks of mails share: headers in several shapes, mailboxes as objects, raw
mails as text or in base64, verdicts of spam filters.

Invariant: whatever shape a value has, it is read or left out.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any

from python_multipart.multipart import parse_options_header

from services.intake.channels.parsing import mail_parts, raw_mail
from services.intake.channels.parsing.draft import as_text
from services.intake.channels.parsing.files import File, base64_file
from services.intake.channels.parsing.json_text import json_value
from services.intake.channels.parsing.mail import Mail
from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import whole
from shared.contracts.inquiry import Spam
from shared.text import storable

SPAM_SCORE = 5.0  # SpamAssassin's own threshold
MAX_MAILS = 200  # of one delivery

Headers = tuple[tuple[str, str], ...]


def header_pairs(headers: Any) -> Headers:
    """From pairs in lists, from objects with name and value, from an object whose values are words
    or lists of them, or from the block of headers itself.
    """
    return tuple((name, value) for name, value in _pairs(headers) if name)


def _pairs(headers: Any) -> Iterator[tuple[str, str]]:
    if isinstance(headers, str):
        yield from raw_mail.read(headers.rstrip() + "\n\n").headers
    elif isinstance(headers, dict):
        for name, value in headers.items():
            values = value if isinstance(value, list) else [value]
            yield from ((name, words) for item in values if (words := as_text(item)) is not None)
    elif isinstance(headers, list):
        for item in headers:
            if isinstance(item, list) and len(item) == 2:
                yield as_text(item[0]) or "", as_text(item[1]) or ""
            elif isinstance(item, dict):
                name, value = (_member(item, word) for word in ("name", "value"))
                yield as_text(name) or "", as_text(value) or ""


def _member(item: dict[str, Any], name: str) -> Any:
    """By its name in lower case or with a capital."""
    return item.get(name, item.get(name.capitalize()))


def mailbox(value: Any) -> str | None:
    """`Name <address>` from words or from an object."""
    if isinstance(value, str):
        return value if value.strip() else None
    if not isinstance(value, dict):
        return None
    address = as_text(_member(value, "address") or _member(value, "email"))
    name = as_text(_member(value, "name"))
    if not address:
        return None
    return f'"{name.replace(chr(34), chr(39))}" <{address}>' if name else f"<{address}>"


def mailbox_line(value: Any) -> str | None:
    """Several of them, one after the other."""
    values = value if isinstance(value, list) else [value]
    return ", ".join(line for item in values if (line := mailbox(item))) or None


def words(payload: Any, name: str) -> str | None:
    """A member that is text and not blank."""
    value = payload.get(name) if isinstance(payload, dict) else None
    return value if isinstance(value, str) and value.strip() else None


def texts(values: Any) -> tuple[str, ...]:
    """The words of a list."""
    items = values if isinstance(values, list) else ()
    return tuple(text for item in items if (text := as_text(item)))


def object_of(payload: Any, name: str) -> dict[str, Any]:
    """A member that is an object, else an empty one."""
    value = payload.get(name) if isinstance(payload, dict) else None
    return value if isinstance(value, dict) else {}


def objects(values: Any) -> list[dict[str, Any]]:
    """The objects of a list. Raises ChannelError for more mails than one delivery brings."""
    items = [item for item in values if isinstance(item, dict)] if isinstance(values, list) else []
    if len(items) > MAX_MAILS:
        raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
    return items


def inner_json(text: bytes | str | None) -> Any:
    """The JSON in a field; None for what is none."""
    if not text:
        return None
    letters = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    try:
        return json_value(letters)
    except ChannelError:
        return None


def raw(message: str, *, is_base64: bool) -> Mail:
    """A raw mail as the provider encodes it. Raises ChannelError(bad_encoding)."""
    return raw_mail.read(mail_parts.words_only(raw_bytes(message, is_base64=is_base64)))


def raw_bytes(message: str, *, is_base64: bool) -> bytes:
    """The bytes of a raw mail. Raises ChannelError(bad_encoding)."""
    if not is_base64:
        return storable(message).encode()
    try:
        return base64.b64decode(message, validate=False)
    except (binascii.Error, ValueError):
        raise ChannelError(QuarantineReason.BAD_ENCODING) from None


def file_of(
    item: dict[str, Any], *, name: str, media_type: str, content: str = "", size: str = ""
) -> File:
    """A file by the names of its members; without content, in base64, it is with the provider."""
    label, kind = as_text(item.get(name)), as_text(item.get(media_type))
    encoded = item.get(content)
    if isinstance(encoded, str):
        return base64_file(label, kind, encoded)
    return File(label, kind, size=whole(item.get(size)))


def labels_of(headers: Headers) -> tuple[str | None, str | None]:
    """Name and media type of a part, by its own headers."""
    kinds = {name.lower(): value[:1_000].encode("utf-8", "replace") for name, value in headers}
    media_type, options = parse_options_header(kinds.get("content-type", b""))
    _, disposition = parse_options_header(kinds.get("content-disposition", b""))
    name = disposition.get(b"filename") or options.get(b"name")
    return (name.decode("utf-8", "replace") if name else None), media_type.decode("latin-1") or None


def spam_assassin(score: Any) -> Spam | None:
    """SpamAssassin's verdict; None where it says nothing, so that headers may."""
    try:
        value = float(as_text(score) or "")
    except ValueError:
        return None
    return Spam(score=1.0, reasons=("spamassassin",)) if value >= SPAM_SCORE else None


def failed(verdicts: Iterable[tuple[str, Any]]) -> Spam | None:
    """From verdicts by name, of which any but a pass may count; the names are the reasons."""
    reasons = tuple(name for name, verdict in verdicts if str(verdict).upper() == "FAIL")
    return Spam(score=1.0, reasons=reasons) if reasons else None
