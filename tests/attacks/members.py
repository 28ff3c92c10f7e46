"""Putting a proof among the members of a body, whatever the body is."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from services.intake.domain.requests import RawRequest

Headers = tuple[tuple[str, str], ...]
FORM: Headers = (("content-type", "application/x-www-form-urlencoded"),)


def plain(headers: Headers) -> Headers:
    """Headers that are one line each, and as long as the door lets in."""
    return tuple(
        (name, value[:4000].replace("\r", " ").replace("\n", " ").replace("\0", " "))
        for name, value in headers
        if name == "content-type"
    )


def pairs_of(body: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a form, whatever the body is."""
    text = body.decode("latin-1")
    pairs = parse_qsl(text, keep_blank_values=True, encoding="latin-1")
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def with_members(request: RawRequest, members: Mapping[str, Any]) -> tuple[Headers, bytes]:
    """As the last fields of a form or of a multipart one, or as members of a JSON object. A body
    that is neither becomes a form.
    """
    body, headers = request.body, plain(request.headers)
    boundary = request.content_type.partition("boundary=")[2]
    if "multipart/" in request.content_type and boundary:
        return headers, _with_parts(body, boundary, members)
    if body.lstrip().startswith(b"{") and "json" in request.content_type:
        return headers, _with_json(body.lstrip(), members)
    own = tuple(f"{name}=".encode() for name in members)
    fields = [field for field in body.rstrip().split(b"&") if not field.startswith(own)]
    return FORM, b"&".join([*fields, urlencode(members).encode()])


def _with_parts(body: bytes, boundary: str, members: Mapping[str, Any]) -> bytes:
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in members.items()
    )
    before, end, after = body.rpartition(f"--{boundary}--".encode())
    return before + parts.encode() + end + after


def _with_json(body: bytes, members: Mapping[str, Any]) -> bytes:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        texts = (f"{json.dumps(name)}: {json.dumps(value)}, " for name, value in members.items())
        return b"{" + "".join(texts).encode() + body[1:]
    return json.dumps({**content, **members}).encode()
