"""Refusals that no application makes, as bytes of a whole response; each ends its connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from shared.web.problems import problem


@dataclass(frozen=True, slots=True)
class WireRefusal:
    status: int
    slug: str
    detail: str

    def response(self) -> bytes:
        """Status line, headers and problem document."""
        document = problem(self.status, self.slug, self.detail)
        headers: Mapping[bytes, bytes] = MappingProxyType(dict(document.raw_headers))
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}".encode(),
            *(name + b": " + value for name, value in headers.items()),
            b"x-content-type-options: nosniff",
            b"connection: close",
        ]
        return b"\r\n".join([*lines, b"", bytes(document.body)])


MALFORMED = WireRefusal(400, "malformed-request", "This is not a request of HTTP/1.1.")
BLOATED = WireRefusal(400, "bloated-body", "The body has more framing than content.")
SLOW_HEAD = WireRefusal(408, "slow-request", "The request's head did not arrive in time.")
SLOW_BODY = WireRefusal(408, "slow-request", "The request did not arrive in time.")
LARGE_HEAD = WireRefusal(
    431, "headers-too-large", "Request line and headers together are too large, or too many."
)
NO_ROOM = WireRefusal(503, "busy", "Too many requests are being read. Try again.")
NO_CONNECTION = WireRefusal(503, "busy", "Too many connections are open. Try again.")
