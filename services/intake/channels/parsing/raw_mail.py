"""A raw RFC 5322 mail, read with the standard library and within bounds.

Invariant: reading never fails. A malformed header or part is skipped, and what exceeds a bound is
left out: a mail's words stand before its attachments and its history.
"""

import codecs
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import Parser
from itertools import islice
from typing import Any

from shared.text import storable

MAX_MAIL = 2_000_000  # characters of a raw mail that are read
MAX_HEADER = 2_000  # characters of one header; decoding takes time with the square of them
MAX_HEADERS = 500  # headers of a mail or part
MAX_NESTING = 20  # multiparts and enclosed mails that are entered
MAX_PARTS = 200  # parts that are looked at
# The headers that hold words for people; any other is compared with plain words only.
_TEXT_HEADERS = frozenset({"from", "reply-to", "subject"})
_CONTAINER = re.compile(r"^content-type:\s*+(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
# Codecs of Python that are no charset of mails; those of domain names take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})


@dataclass(frozen=True, slots=True)
class RawMail:
    headers: tuple[tuple[str, str], ...] = ()
    plain: str | None = None
    html: str | None = None


class _Part(Message):
    """A mail or a part of one, whose headers are cut before anything reads them."""

    def __init__(self, **policy: Any) -> None:
        super().__init__(**policy)
        # The parser records every wrong line here, and nobody reads them.
        self.defects = deque(maxlen=1)  # type: ignore[assignment]

    def set_raw(self, name: str, value: str) -> None:
        if len(self) < MAX_HEADERS:
            super().set_raw(name, value[:MAX_HEADER])


class _TooManyPartsError(Exception):
    pass


def read(text: str) -> RawMail:
    """The first header of each name, decoded where it holds words, and the first plain part and
    the first HTML part that are not attachments.
    """
    parts = _parts(text)
    return RawMail(
        headers=tuple(_headers(parts[0])) if parts else (),
        plain=_text_of(parts, "text/plain"),
        html=_text_of(parts, "text/html"),
    )


def _parts(text: str) -> list[_Part]:
    """The mail itself, then its parts in the order in which they stand."""
    parts: list[_Part] = []

    def new_part(**policy: Any) -> _Part:
        if len(parts) > MAX_PARTS:
            raise _TooManyPartsError
        parts.append(_Part(**policy))
        return parts[-1]

    with suppress(_TooManyPartsError):  # the parts so far are read
        Parser(new_part).parsestr(_bounded(storable(text[:MAX_MAIL])))
    return parts[1:]  # the parser makes one more first, to test the factory


def _bounded(text: str) -> str:
    """The text without the container that would be nested too deep, and what follows it."""
    container = next(islice(_CONTAINER.finditer(text), MAX_NESTING, None), None)
    return text[: container.start()] if container else text


def _headers(mail: _Part) -> Iterator[tuple[str, str]]:
    names: set[str] = set()
    for name, value in mail.items():
        plain = name.lower()
        if plain not in names:
            names.add(plain)
            yield name, _decoded(str(value)) if plain in _TEXT_HEADERS else storable(str(value))


def _decoded(raw: str) -> str:
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        return storable(raw)
    return storable("".join(_piece(data, charset) for data, charset in pieces))


def _piece(data: bytes | str, charset: str | None) -> str:
    return data if isinstance(data, str) else _text(data, charset)


def _text_of(parts: list[_Part], content_type: str) -> str | None:
    for part in parts:
        if (
            part.get_content_type() == content_type
            and part.get_content_disposition() != "attachment"
        ):
            words = part.get_payload()
            if isinstance(words, str) and not words.isascii():
                return storable(words)  # not transfer-encoded: the provider has decoded it
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return storable(_text(payload, part.get_content_charset()))
    return None


def _text(data: bytes, charset: str | None) -> str:
    try:
        codec = codecs.lookup(charset or "utf-8").name.replace("_", "-")
        return data.decode("utf-8" if codec in _NO_CHARSETS else codec, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")
