"""Bytes to text by byte order mark, else by the declared charset if we know it, else as UTF-8.

Invariant: nothing is guessed and nothing replaced; what cannot be decoded is bad_encoding.
"""

import codecs
import re
from typing import Final

from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{2,30})", re.IGNORECASE)
_KNOWN: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "windows-1251": "cp1251",
    "cp1251": "cp1251",
    "windows-1252": "cp1252",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def declared(content_type: str) -> str:
    """The Python codec that a content type names; UTF-8 when it names none that we honour."""
    match = _CHARSET.search(content_type)
    return _KNOWN.get(match.group(1).lower(), "utf-8") if match else "utf-8"


def text_of(body: bytes, content_type: str) -> str:
    """The body as text. Raises ChannelError(bad_encoding)."""
    codec = next((name for mark, name in _MARKS if body.startswith(mark)), declared(content_type))
    return decoded(body, codec)


def decoded(raw: bytes, codec: str) -> str:
    try:
        return raw.decode(codec)
    except UnicodeError:
        raise ChannelError(QuarantineReason.BAD_ENCODING) from None
