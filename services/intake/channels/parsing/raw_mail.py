"""A raw RFC 5322 mail, read with the standard library and within bounds.

Invariant: reading never fails. A malformed header or part is skipped, and what exceeds a bound is
left out: a mail's words stand before its attachments and its history.
"""

import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message
from email.parser import Parser
from itertools import islice
from typing import Any

from services.intake.channels.parsing.charsets import mail_text
from services.intake.channels.parsing.html_text import html_text
from services.intake.channels.parsing.mail_headers import decoded, first_headers
from services.intake.channels.parsing.mail_letter import Mail
from shared.text import storable

MAX_MAIL = 2_000_000  # bytes of a raw mail that are read
MAX_HEADER = 2_000  # characters of one header; decoding takes time with the square of them
MAX_HEADERS = 500  # headers of a mail or part
MAX_NESTING = 20  # multiparts and enclosed mails that are entered
MAX_PARTS = 200  # parts that are looked at
_CONTAINER = re.compile(r"^content-type:\s*+(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_BASE64 = re.compile(r"[A-Za-z0-9+/=]*+")
_SAMPLE = 1_000
_SHOWN_HEADERS = frozenset({"from", "reply-to", "subject"})
_SEPARATOR = "---------- Forwarded message ----------"


class _Part(Message):
    """A mail or a part of one, whose headers are cut before anything reads them."""

    def __init__(self, **policy: Any) -> None:
        super().__init__(**policy)
        # The parser records every wrong line here, and nobody reads them.
        self.defects = deque(maxlen=1)  # type: ignore[assignment]

    def set_raw(self, name: str, value: str) -> None:
        if len(self) < MAX_HEADERS:
            # Those of the MIME structure are read by the standard library, which loses raw bytes.
            short = value[:MAX_HEADER]
            super().set_raw(name, _letters(short) if name.lower().startswith("content-") else short)

    @property
    def content(self) -> Any:
        """Parts, or the text as it stands; `get_payload` would lose its raw bytes."""
        return self._payload  # type: ignore[attr-defined]

    @property
    def is_base64(self) -> bool:
        return str(self.get("content-transfer-encoding", "")).strip().lower() == "base64"


class _TooManyPartsError(Exception):
    pass


class _Words:
    """The words of a mail's own parts, and the mails that are enclosed in it."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.html: list[str] = []
        self.enclosed: list[_Part] = []
        self.notes: dict[str, None] = {}
        self.charset: str | None = None


def read(raw: bytes | str) -> Mail:
    """The whole mail: headers in their order and decoded, the words of its parts.

    A mail that is enclosed is shown like one that was forwarded, below the mail's own words.
    """
    data = raw[:MAX_MAIL] if isinstance(raw, bytes) else _as_bytes(raw[:MAX_MAIL])
    parts = _parts(data.decode("ascii", "surrogateescape"))
    if not parts:
        return Mail()
    words = _words_of(parts[0])
    headers = tuple(_headers(parts[0], words))
    is_report = parts[0].get_content_type() == "multipart/report"
    enclosed = [] if is_report else [_forwarded(mail) for mail in words.enclosed]
    plain = "\n\n".join(filter(None, ["\n".join(words.plain), *enclosed]))
    # With an enclosed mail the plain words are the whole, so the HTML must not be read instead.
    return Mail(
        headers=headers,
        plain=plain or None,
        html=None if enclosed and plain else "\n".join(words.html) or None,
        notes=tuple(words.notes),
    )


def _as_bytes(text: str) -> bytes:
    return storable(text).encode()


def _parts(text: str) -> list[_Part]:
    """The mail itself, then its parts in the order in which they stand."""
    parts: list[_Part] = []

    def new_part(**policy: Any) -> _Part:
        if len(parts) > MAX_PARTS:
            raise _TooManyPartsError
        parts.append(_Part(**policy))
        return parts[-1]

    with suppress(_TooManyPartsError):  # the parts so far are read
        Parser(new_part).parsestr(_bounded(text))
    return parts[1:]  # the parser makes one more first, to test the factory


def _bounded(text: str) -> str:
    """The text without the container that would be nested too deep, and what follows it."""
    container = next(islice(_CONTAINER.finditer(text), MAX_NESTING, None), None)
    return text[: container.start()] if container else text


def _headers(mail: _Part, words: _Words) -> Iterator[tuple[str, str]]:
    """The headers, whose raw bytes are in the charset of the words if it is known."""
    for name, raw in mail.raw_items():
        value = str(raw)
        if not value.isascii():
            text, note = mail_text(value.encode("utf-8", "surrogateescape"), words.charset)
            value = storable(text)
            if note and name.lower() in _SHOWN_HEADERS:
                words.notes[note] = None
        yield name, decoded(value)


def _letters(value: str) -> str:
    """A header with the raw bytes in it as letters, by guess."""
    if value.isascii():
        return value
    return storable(mail_text(value.encode("utf-8", "surrogateescape"), None).text)


def _words_of(mail: _Part) -> _Words:
    words = _Words()
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if not isinstance(part.content, list):
            _take(words, part, kind)
        elif kind == "message/rfc822":
            words.enclosed.extend(part.content[:1])
        else:
            waiting.extend(reversed(part.content))
    return words


def _take(words: _Words, part: _Part, kind: str) -> None:
    """Add a part that holds no others; one that says multipart and is none holds plain words."""
    is_file = part.get_content_disposition() == "attachment" or part.get_filename()
    if is_file or (kind not in {"text/plain", "text/html"} and not kind.startswith("multipart/")):
        return
    place = words.html if kind == "text/html" else words.plain
    charset = part.get_content_charset()
    text, note = mail_text(_content(part), charset)
    if text.strip():
        place.append(storable(text.replace("\r\n", "\n")))
    if note:
        words.notes[note] = None
    words.charset = words.charset or charset or (note or "").partition(",")[0] or None


def _content(part: _Part) -> bytes:
    """The bytes of a part without their transfer encoding."""
    text = part.content or ""
    if part.is_base64 and not _may_be_base64(text):
        return str(text).encode("utf-8", "surrogateescape")
    with suppress(ValueError, LookupError):
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            return data
    return b""


def _may_be_base64(text: str) -> bool:
    """Some mailers say base64 and write words."""
    short = "".join(text[:_SAMPLE].split())
    return bool(_BASE64.fullmatch(short)) and (len(text) > _SAMPLE or len(short) % 4 != 1)


def _forwarded(mail: _Part) -> str:
    """An enclosed mail as mail programs show one that is forwarded."""
    words = _words_of(mail)
    headers = first_headers(_headers(mail, words))
    lines = [
        f"{name.capitalize()}: {' '.join(headers[name].split())}"
        for name in ("from", "date", "subject", "to")
        if name in headers
    ]
    text = "\n".join(words.plain) or html_text("\n".join(words.html), with_quotes=True)
    return "\n".join([_SEPARATOR, *lines, "", text])
