"""Putting a proof among the members of a body, whatever the body is."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

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


def with_members(request: RawRequest, members: Mapping[str, str]) -> tuple[Headers, bytes]:
    """Behind the fields of a form, before the parts of a multipart one, else before the members of
    a JSON object. A body that is neither becomes a form.
    """
    body, headers = request.body, plain(request.headers)
    boundary = request.content_type.partition("boundary=")[2]
    if boundary.isalnum():
        parts = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in members.items()
        )
        return headers, "".join(parts).encode() + body
    if body.lstrip().startswith(b"{") and "json" in request.content_type:
        texts = (f"{json.dumps(name)}: {json.dumps(value)}, " for name, value in members.items())
        return headers, b"{" + "".join(texts).encode() + body.lstrip()[1:]
    return FORM, body + b"&" + urlencode(members).encode()
