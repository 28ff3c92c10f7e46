"""JSON that says one thing only: a member that is there twice, or a number that is none, would be
read as something that nobody meant.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from email.message import Message
from itertools import islice
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute

from shared.errors import InvalidError
from shared.validation import escaped

MOST_TOLD = 10  # faults of one body
MOST_OF_NOTHING = 64  # bytes of an empty object, with blanks
_NO_NUMBER: Final = object()


class _Doubled(dict[str, Any]):
    """An object of which some members are there twice."""

    twice: Sequence[str]


async def require_plain(request: Request) -> None:
    """Raises InvalidError for a body that is not sent as JSON to a route that takes JSON, and names
    members that are there twice and numbers that are none; and for a body where none is taken.
    """
    route: APIRoute = request.scope["route"]
    # The framework has read it already where a route declares one; other bodies are not JSON.
    if route.body_field is None:
        if "requestBody" not in (route.openapi_extra or {}):
            await _require_none(request)
        return
    if not (body := await request.body()):
        return
    if not _is_json(request.headers.get("content-type", "")):
        detail = "expected application/json"
        raise InvalidError("The body is not sent as JSON.", errors=[("/Content-Type", detail)])
    if faults := faults_of(body):
        raise InvalidError("The body can be understood in several ways.", errors=faults)


async def _require_none(request: Request) -> None:
    """What nobody reads would be ignored, and whoever sent it would think that it counts. An empty
    object says nothing.
    """
    headers = request.headers
    if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
        return
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_OF_NOTHING:
            break
    if body.strip() not in {b"", b"{}"}:
        detail = "nobody reads it: what the call takes stands in its path and parameters"
        raise InvalidError("The call takes no body.", errors=[("", detail)])


def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type
    kind = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (
        kind == "json" or kind.endswith("+json")
    )


def faults_of(body: bytes) -> list[tuple[str, str]]:
    """JSON pointers of what is ambiguous in a JSON text, and why."""
    is_plain = True

    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal is_plain
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        is_plain = False
        doubled = _Doubled(members)
        counts = Counter(name for name, _ in pairs)
        doubled.twice = [name for name, count in counts.items() if count > 1]
        return doubled

    def number(digits: str) -> Any:
        nonlocal is_plain
        value = float(digits)
        if math.isfinite(value):
            return value
        is_plain = False
        return _NO_NUMBER

    try:
        value = json.loads(body, object_pairs_hook=read, parse_float=number, parse_constant=number)
    except RecursionError:  # the framework, which read it before, has a little more room
        return [("", "is nested too deep")]
    return [] if is_plain else [*islice(_faults_in(value), MOST_TOLD)]


def _faults_in(value: Any) -> Iterator[tuple[str, str]]:
    """Outer ones first. Without recursion: no depth is too deep."""
    places: list[tuple[str, Any]] = [("", value)]
    for place, part in places:
        if part is _NO_NUMBER:
            yield place, "is no number"
        elif isinstance(part, list):
            places.extend((f"{place}/{number}", item) for number, item in enumerate(part))
        elif isinstance(part, dict):
            for name in part.twice if isinstance(part, _Doubled) else ():
                yield f"{place}/{escaped(name)}", "is there several times"
            places.extend((f"{place}/{escaped(name)}", item) for name, item in part.items())
