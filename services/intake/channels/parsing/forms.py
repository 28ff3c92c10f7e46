"""Reading forms: url-encoded pairs and multipart parts, in the charset they declare.

Invariant: a truncated multipart form is an error, never a shorter form.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.intake.channels.parsing import charsets
from services.intake.channels.parsing.multipart_lines import with_usual_lines
from services.intake.domain.requests import ChannelError, RawRequest
from services.intake.domain.states import QuarantineReason
from shared.contracts.inquiry import Attachment
from shared.text import storable

MAX_FIELDS = 1000
_AT_ONCE = 4_000
_FIRST_BOUNDARY = re.compile(rb"\A\s*--([^\r\n]{1,200}?)\s*\r?\n[^\r\n]*form-data", re.IGNORECASE)

Pairs = list[tuple[str, str]]


def byte_pairs(raw: bytes) -> list[tuple[bytes, bytes]]:
    """The decoded pairs of a url-encoded text, blank values included."""
    if raw.count(b"&") >= MAX_FIELDS:
        raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
    pairs = []
    for piece in raw.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            pairs.append((_undone(name), _undone(value)))
    return pairs


def url_pairs(raw: bytes, content_type: str) -> Pairs:
    """The same as text. Raises ChannelError bad_encoding or too_many_fields."""
    codec = charsets.declared(content_type)
    if codec.startswith("utf-16") or raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        raw, codec = charsets.text_of(raw, content_type).encode("utf-8", "replace"), "utf-8"
    return [
        (storable(charsets.decoded(name, codec)), storable(charsets.decoded(value, codec)))
        for name, value in byte_pairs(raw.strip(b"\r\n"))
    ]


def query_pairs(request: RawRequest) -> Pairs:
    """The pairs of the query string, always UTF-8."""
    return url_pairs(request.query.encode("utf-8", "replace"), "")


def multipart_boundary(request: RawRequest) -> bytes | None:
    """The boundary of a multipart body: declared, or else that of its first line; None without."""
    kind, options = parse_options_header(request.content_type)
    if kind == b"multipart/form-data":
        return options.get(b"boundary", b"")
    match = _FIRST_BOUNDARY.match(request.body[:1000])
    return match.group(1) if match else None


class Part(NamedTuple):
    """One part of a multipart form; the value of a `file` is its name."""

    name: str
    value: str
    file: Attachment | None = None


def multipart_pairs(body: bytes, boundary: bytes) -> Pairs:
    """The parts of a multipart form; a file gives its name. Raises ChannelError."""
    return [(part.name, part.value) for part in multipart_parts(body, boundary)]


def multipart_parts(body: bytes, boundary: bytes) -> list[Part]:
    """The parts of a multipart form, files by their names and sizes. Raises ChannelError."""
    return [_part(headers, data) for headers, data in byte_parts(body, boundary)]


def byte_parts(body: bytes, boundary: bytes) -> list[tuple[dict[bytes, bytes], bytes]]:
    """Headers and content of each part. Raises ChannelError(bad_multipart)."""
    if not boundary or len(boundary) > 200:
        raise ChannelError(QuarantineReason.BAD_MULTIPART)
    collector = _Collector()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collector.begin,
                "on_header_field": collector.header_name,
                "on_header_value": collector.header_value,
                "on_header_end": collector.header_end,
                "on_part_data": collector.content,
                "on_part_end": collector.part_end,
                "on_end": collector.end,
            },
        )
        parser.write(with_usual_lines(body, boundary))
        parser.finalize()
    except (FormParserError, ValueError):
        raise ChannelError(QuarantineReason.BAD_MULTIPART) from None
    if not collector.complete:
        raise ChannelError(QuarantineReason.BAD_MULTIPART)
    return collector.parts


class _Collector:
    """Collects the parts from the callbacks of the streaming parser."""

    def __init__(self) -> None:
        self.parts: list[tuple[dict[bytes, bytes], bytes]] = []
        self.complete = False
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._data = bytearray()

    def begin(self) -> None:
        if len(self.parts) >= MAX_FIELDS:
            raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
        self._headers, self._data = {}, bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def content(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def part_end(self) -> None:
        self.parts.append((self._headers, bytes(self._data)))

    def end(self) -> None:
        self.complete = True


def _part(headers: dict[bytes, bytes], data: bytes) -> Part:
    name, filename = names_of(headers)
    kind = headers.get(b"content-type", b"").decode("latin-1")
    if filename is None:
        return Part(name, storable(charsets.text_of(data, kind)))
    media_type = kind.partition(";")[0].strip() or None
    file = Attachment(name=filename, media_type=media_type, size_bytes=len(data))
    return Part(name, filename, file)


def names_of(headers: dict[bytes, bytes]) -> tuple[str, str | None]:
    """Name and file name of a part. Raises ChannelError."""
    _, options = parse_options_header(headers.get(b"content-disposition", b""))
    name, filename = options.get(b"name"), options.get(b"filename")
    if name is None:
        raise ChannelError(QuarantineReason.BAD_MULTIPART)
    return storable(charsets.decoded(name, "utf-8")), (
        None if filename is None else storable(charsets.decoded(filename, "utf-8"))
    )


def together(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Pairs as an object; a repeated name gives a list."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields


def _undone(raw: bytes) -> bytes:
    text = raw.replace(b"+", b" ")
    if len(text) <= _AT_ONCE:
        return unquote_to_bytes(text)
    # Piece by piece: the decoder makes an object for every percent sign of its input at once.
    pieces = []
    begin = 0
    while begin < len(text):
        end = begin + _AT_ONCE
        # A code is three bytes long: one that would be cut begins the next piece.
        end -= next((back for back in (1, 2) if text[end - back : end - back + 1] == b"%"), 0)
        pieces.append(unquote_to_bytes(text[begin:end]))
        begin = end
    return b"".join(pieces)
