"""The parts of a raw mail as ranges of its bytes, without decoding what is large.

Invariant: any bytes have parts, found in linear time; what exceeds a bound belongs to its
container's last part.
"""

import binascii
import quopri
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from itertools import islice
from typing import Any

from services.intake.channels.parsing.files import File

MAX_HEAD = 65_536  # bytes of a part's headers
MAX_HEADER = 2_000  # characters of one header
MAX_HEADERS = 500
MAX_NESTING = 20  # multiparts within one another
MAX_PARTS = 200
LARGEST_WORDS = 1_000_000  # bytes of a part that is read for words
LARGEST_FILE = 200_000  # of a text or an enclosed mail that is a file as well
_HEAD_END = re.compile(rb"\A(?:\r?\n)|\n\r?\n")
_WORDS = ("text/plain", "text/html")


class _Head(Message):
    """The headers of a part, cut before anything reads them."""

    def __init__(self, **policy: Any) -> None:
        super().__init__(**policy)
        # The parser records every wrong line here, and nobody reads them.
        self.defects = deque(maxlen=1)  # type: ignore[assignment]

    def set_raw(self, name: str, value: Any) -> None:
        if len(self) < MAX_HEADERS:
            super().set_raw(name, value[:MAX_HEADER])


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is no container: its headers, and where its content stands in the mail."""

    head: Message
    begin: int
    end: int

    @property
    def is_file(self) -> bool:
        """Whether it is meant to be kept, not read."""
        if self.head.get_content_disposition() == "attachment" or file_name(self.head):
            return True
        return self.head.get_content_maintype() not in {"text", "message"}


def parts(mail: bytes) -> list[Part]:
    """All that is no container, in its order."""
    leaves: list[Part] = []
    ranges = [(0, len(mail), 0)]
    while ranges and len(leaves) < MAX_PARTS:
        begin, end, depth = ranges.pop()
        head, body = _head(mail, begin, end)
        boundary = head.get_boundary() if head.get_content_maintype() == "multipart" else None
        if boundary is None or depth >= MAX_NESTING:
            leaves.append(Part(head, body, end))
            continue
        line = b"--" + boundary.encode("utf-8", "surrogateescape")
        inner = list(islice(_between(mail, line, body, end), MAX_PARTS))
        ranges += [(first, last, depth + 1) for first, last in reversed(inner)]
    return leaves


def _head(mail: bytes, begin: int, end: int) -> tuple[Message, int]:
    """The headers and where the content begins."""
    piece = mail[begin : min(end, begin + MAX_HEAD)]
    stop = _HEAD_END.search(piece)
    size = stop.end() if stop else len(piece)
    return BytesParser(_Head).parsebytes(piece[:size], headersonly=True), begin + size


def _between(mail: bytes, line: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The ranges between the lines of a boundary; the last may lack its end."""
    start = None
    place = mail.find(line, begin, end)
    while place >= 0:
        after = place + len(line)
        tail = mail[after : after + 100].partition(b"\n")[0].strip(b" \t\r")
        if (place == begin or mail[place - 1 : place] == b"\n") and tail in {b"", b"--"}:
            if start is not None:
                yield start, place
            if tail == b"--":
                return
            newline = mail.find(b"\n", after, end)
            start = newline + 1 if newline >= 0 else end
        place = mail.find(line, after, end)
    if start is not None and start < end:
        yield start, end


def files(mail: bytes) -> list[File]:
    """The files of a mail."""
    return [
        File(
            file_name(part.head),
            part.head.get_content_type(),
            lambda part=part: content(mail, part),  # type: ignore[misc]
        )
        for part in parts(mail)
        if part.is_file
    ]


def words_only(mail: bytes) -> bytes:
    """The mail without what holds no words, so that reading it takes little."""
    pieces, place = [], 0
    for part in parts(mail):
        keeps = part.head.get_content_maintype() in {"text", "message"}
        most = (LARGEST_FILE if part.is_file else LARGEST_WORDS) if keeps else 0
        if part.end - part.begin > most:
            pieces += [mail[place : part.begin + most], b"\r\n"]
            place = part.end
    return b"".join([*pieces, mail[place:]])


def file_name(head: Message) -> str | None:
    """The name of a part, decoded."""
    try:
        name = head.get_filename()
    except (ValueError, LookupError, TypeError):
        return None
    return _decoded(name) if name else None


def _decoded(name: str) -> str:
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, ValueError, LookupError):
        return name


def content(mail: bytes, part: Part) -> bytes:
    """The decoded content. Raises ValueError when it cannot be decoded."""
    encoded = mail[part.begin : part.end]
    coding = str(part.head.get("content-transfer-encoding", "")).strip().lower()
    if coding == "base64":
        return binascii.a2b_base64(encoded)
    # The line break before a boundary belongs to the boundary.
    bare = encoded.removesuffix(b"\n").removesuffix(b"\r")
    return quopri.decodestring(bare) if coding == "quoted-printable" else bare
