"""Reading a request off the wire: its size, its pace, the headers worth keeping.

Its law: a limit is enforced while bytes arrive, never after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.types import Receive, Scope

from services.intake.domain.names import storable
from shared.errors import BusyError, TooLargeError
from shared.web.connections import THROWN_AWAY, Budget

# What proves who the sender is has done its work at the door and is not kept.
_NOT_KEPT = frozenset({b"authorization", b"proxy-authorization", b"cookie"})

RawHeaders = Sequence[tuple[bytes, bytes]]


class ClientLeftError(Exception):
    """The sender closed the connection before its request was complete: nobody to answer."""


def _nothing(_length: int) -> None:
    return None


@dataclass(eq=False)
class Body:
    """The body of one request, read piece by piece, never more of it than was asked for.

    `announced` is its length, if its sender told. `strangers` counts its bytes as long as nobody
    knows whose they are; `thrown_away` is told the bytes that are not kept.
    """

    receive: Receive
    announced: int = 0
    strangers: Budget | None = None
    thrown_away: Callable[[int], None] = _nothing
    size: int = 0
    whole: bool = False
    _pieces: list[bytes] = field(default_factory=list)
    _charged: int = 0

    @property
    def content(self) -> bytes:
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""

    async def read(self, limit: int, *, keep: bool = True) -> None:
        """Until it is whole or larger than `limit`. Raises ClientLeftError, BusyError."""
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
                self.thrown_away(len(piece))

    async def read_all(self, limit: int) -> None:
        """To its end. Raises TooLargeError, as early as it can be known, and ClientLeftError."""
        if self.announced <= limit:
            await self.read(limit)
        if max(self.announced, self.size) > limit:
            raise TooLargeError(f"The body may have {limit} bytes at most.")

    def _charge(self, length: int) -> None:
        if self.strangers is not None:
            self.strangers.held += length
            self._charged += length
            if not self.whole:
                self.need_room()

    def need_room(self) -> None:
        """Raises BusyError when the bodies of strangers fill what they may fill together."""
        if self.strangers is not None and self.strangers.full:
            raise BusyError("Too many requests are being read. Try again.")

    def settle(self) -> None:
        """Its sender is known now, or it is given up."""
        if self.strangers is not None:
            self.strangers.held -= self._charged
            self.strangers = None


def body_of(scope: Scope, receive: Receive, *, strangers: Budget | None = None) -> Body:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    announced = int(lengths[0][:18]) if lengths and lengths[0].isdigit() else 0
    return Body(receive, announced, strangers, scope.get(THROWN_AWAY, _nothing))


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
