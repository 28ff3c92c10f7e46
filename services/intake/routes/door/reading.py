"""Reading a request off the wire: its size, its pace, the headers worth keeping.

Its law: a limit is enforced while bytes arrive, never after.
"""

import asyncio
from collections.abc import Sequence

from starlette.types import Receive, Scope

from services.intake.domain.names import storable
from shared.errors import Kind, ServiceError, TooLargeError

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_768
# What proves who the sender is has done its work at the door and is not kept.
_NOT_KEPT = frozenset({b"authorization", b"proxy-authorization", b"cookie"})

RawHeaders = Sequence[tuple[bytes, bytes]]


class SlowRequestError(ServiceError):
    """The body did not arrive in time; answered 408, and the connection ends."""

    kind = Kind.BUSY


class HeadersTooLargeError(ServiceError):
    """More headers than any honest sender has; answered 431."""

    kind = Kind.TOO_LARGE


class ClientLeftError(Exception):
    """The sender closed the connection before its request was complete: nobody to answer."""


async def read_body(headers: RawHeaders, receive: Receive, *, limit: int, seconds: float) -> bytes:
    """The whole body. Raises TooLargeError, SlowRequestError, ClientLeftError."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value[:18]) > limit:
            raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            return await _collected(receive, limit=limit)
    except TimeoutError:
        raise SlowRequestError("The request did not arrive in time.") from None


async def _collected(receive: Receive, *, limit: int) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
        return body
    pieces: list[bytes] = []
    size = 0
    while True:
        if message["type"] != "http.request":
            raise ClientLeftError
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)
        message = await receive()


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"The body may have {limit} bytes at most.")


def check_headers(headers: RawHeaders) -> None:
    """Raises HeadersTooLargeError."""
    if len(headers) > MAX_HEADERS or (
        len(headers) > 20
        and sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES
    ):
        raise HeadersTooLargeError("The request has too many headers.")


def header(headers: RawHeaders, wanted: bytes) -> str | None:
    """The first value of a header by its lower-case name; None also when it is empty."""
    for name, value in headers:
        if name == wanted:
            return value.decode("latin-1") or None
    return None


def kept_headers(headers: RawHeaders) -> bytes:
    """The headers as stored with the submission, one a line."""
    return b"\n".join(name + b":" + value for name, value in headers if name not in _NOT_KEPT)


def decoded_headers(headers: RawHeaders) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def own_path(scope: Scope) -> str:
    """The path below this service, whatever is mounted in front of it."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(root + "/") else path


def hook_path(path: str) -> tuple[str, str]:
    """Source key and what follows it, of a path below `/v1/hooks/`."""
    key, _, rest = path.partition("/")
    return key, storable(rest)


def public_hook_url(public_root: str, scope: Scope) -> str:
    """The URL as the provider called it: the public root, then path and query untouched."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    raw = raw.partition(b"?")[0]
    below = raw[raw.find(b"/v1/hooks/") :].decode("latin-1")
    query: bytes = scope["query_string"]
    return f"{public_root}{below}" + (f"?{query.decode('latin-1')}" if query else "")
