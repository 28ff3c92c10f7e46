"""Reading a request: its body within limits, and the headers that are stored.

Invariant: a limit is enforced while bytes arrive, never after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.types import Receive, Scope

from services.intake.domain.consents import PEER
from shared.errors import BusyError, TooLargeError
from shared.text import storable
from shared.web.connections import THROWN_AWAY, Budget

_PEER = PEER.encode()
# Credentials are checked at the door and not stored; nobody but the door says who a visitor is.
_NOT_KEPT = frozenset({b"authorization", b"proxy-authorization", b"cookie", _PEER})

RawHeaders = Sequence[tuple[bytes, bytes]]


class ClientLeftError(Exception):
    """The sender closed the connection before its request was complete: nobody to answer."""


def _nothing(_length: int) -> None:
    return None


@dataclass(eq=False)
class Body:
    """The body of one request, read piece by piece and no further than needed.

    `declared_length` is its content length or 0. `strangers` counts its bytes until the sender is
    recognised. `on_discard` is called with the number of bytes that are read and not kept.
    """

    receive: Receive
    declared_length: int = 0
    strangers: Budget | None = None
    on_discard: Callable[[int], None] = _nothing
    size: int = 0
    whole: bool = False
    _pieces: list[bytes] = field(default_factory=list)
    _charge_total: int = 0

    @property
    def content(self) -> bytes:
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""

    async def read(self, limit: int, *, keep: bool = True) -> None:
        """Read until it is whole or larger than `limit`. Raises ClientLeftError, BusyError."""
        while not self.whole and self.size <= limit:
            message = await self.receive()
            if message["type"] != "http.request":
                raise ClientLeftError
            piece: bytes = message.get("body", b"")
            self.size += len(piece)
            self.whole = not message.get("more_body", False)
            if keep:
                self._pieces.append(piece)
                self._charge(len(piece))
            else:
                self.on_discard(len(piece))

    async def read_all(self, limit: int) -> None:
        """Read to its end. Raises TooLargeError as early as possible, and ClientLeftError."""
        if self.declared_length <= limit:
            await self.read(limit)
        if max(self.declared_length, self.size) > limit:
            raise TooLargeError(f"The body may have {limit} bytes at most.")

    def _charge(self, length: int) -> None:
        if self.strangers is not None:
            self.strangers.held += length
            self._charge_total += length
            if not self.whole:
                self.need_room()

    def need_room(self) -> None:
        """Raises BusyError if the bodies of all strangers exceed their budget."""
        if self.strangers is not None and self.strangers.full:
            raise BusyError("Too many requests are being read. Try again.")

    def settle(self) -> None:
        """Stop counting it among the strangers: its sender is recognised, or the call has ended."""
        if self.strangers is not None:
            self.strangers.held -= self._charge_total
            self.strangers = None


def body_of(scope: Scope, receive: Receive, *, strangers: Budget | None = None) -> Body:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    declared_length = int(lengths[0][:18]) if lengths and lengths[0].isdigit() else 0
    return Body(receive, declared_length, strangers, scope.get(THROWN_AWAY, _nothing))


def header(headers: RawHeaders, name: bytes) -> str | None:
    """The first value of a header by its lower-case name; None also when it is empty."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1") or None
    return None


def kept_headers(headers: RawHeaders, *, visitor: str | None = None) -> bytes:
    """The headers as stored with the submission, one a line, and the address of its visitor."""
    lines = [name + b":" + value for name, value in headers if name not in _NOT_KEPT]
    if visitor is not None:
        lines.append(_PEER + b":" + visitor.encode())
    return b"\n".join(lines)


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
