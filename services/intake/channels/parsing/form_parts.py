"""Forms as bytes: single fields found without decoding the rest, and parts with their files.

Invariant: linear time, and nothing is copied but what is asked for.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from services.intake.channels.parsing import forms
from services.intake.channels.parsing.files import File
from services.intake.domain.requests import RawRequest

_HEAD_BYTES = 1_000  # of a part that are searched for its name
_SHORT_BYTES = 1_000  # of a value that is looked for
_NAME = re.compile(rb"form-data;[^\r\n]{0,100}?\bname=\"?([^\";\r\n]{1,100})", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class FormPart:
    """A field of a form as it came; `filename` and `media_type` are None for what is no file."""

    name: str
    data: bytes
    filename: str | None = None
    media_type: str | None = None


def short_fields(request: RawRequest, names: Collection[bytes]) -> dict[bytes, bytes]:
    """The last value of each of these fields, as far as the body has come; long ones are left out.

    A name in brackets, as of a list, is another name.
    """
    boundary = forms.multipart_boundary(request)
    pairs = _of_parts(request.body, boundary) if boundary else _of_pairs(request.body, names)
    return {name: value for name, value in pairs if name in names}


def _of_pairs(body: bytes, names: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for name in names:
        place = body.rfind(b"&" + name + b"=") + 1
        if place or body.startswith(name + b"="):
            begin = place + len(name) + 1
            value = body[begin : begin + _SHORT_BYTES].partition(b"&")[0].strip(b"\r\n")
            yield name, unquote_to_bytes(value.replace(b"+", b" "))


def _of_parts(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    line = b"--" + boundary
    begin = body.find(line)
    for _ in range(forms.MAX_FIELDS):
        if begin < 0:
            return
        begin += len(line)
        end = body.find(line, begin)
        piece = body[begin : min(begin + _HEAD_BYTES + _SHORT_BYTES, len(body) if end < 0 else end)]
        name, head_end = _NAME.search(piece[:_HEAD_BYTES]), _HEAD_END.search(piece)
        is_short = end >= 0 and end - begin == len(piece)
        if name and head_end and is_short and name.start() < head_end.start():
            yield name.group(1), piece[head_end.end() :].removesuffix(b"\n").removesuffix(b"\r")
        begin = end


def parts_of(request: RawRequest) -> list[FormPart]:
    """All fields of a form in their order. Raises ChannelError."""
    boundary = forms.multipart_boundary(request)
    if boundary is None:
        return [
            FormPart(name.decode("utf-8", "replace"), value)
            for name, value in forms.byte_pairs(request.body.strip(b"\r\n"))
        ]
    return [_part(headers, data) for headers, data in forms.byte_parts(request.body, boundary)]


def _part(headers: dict[bytes, bytes], data: bytes) -> FormPart:
    name, filename = forms.names_of(headers)
    if filename is None:
        return FormPart(name, data)
    media_type = headers.get(b"content-type", b"").decode("latin-1") or None
    return FormPart(name, data, filename, media_type)


def files_of(parts: list[FormPart]) -> list[File]:
    """The files among the fields."""
    return [
        File(part.filename, part.media_type, lambda data=part.data: data)  # type: ignore[misc]
        for part in parts
        if part.filename is not None
    ]


def last_fields(parts: list[FormPart]) -> dict[str, bytes]:
    """Name → value of what is no file; a field that is repeated has its last value."""
    return {part.name: part.data for part in parts if part.filename is None}
