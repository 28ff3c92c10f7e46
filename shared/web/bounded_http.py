"""uvicorn's HTTP protocol with every length bounded while the bytes arrive.

Invariant: bytes outside the body count as head or framing, and are counted before they are kept.
"""

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from shared.web import limits, wire_refusals
from shared.web.http_connection import HttpConnection

WORTH_READING_BYTES = 16_384
_HOP_BY_HOP = frozenset({b"connection", b"upgrade", b"http2-settings"})


class _RefusedError(Exception):
    """Stops the parser; the refusal is noted on the connection."""


def room_for_head(arrived: int) -> int:
    """How many bytes of a head that is not complete may still come."""
    return limits.HEAD_BYTES - arrived


def worth_reading(arrived: int) -> bool:
    """Whether so much of a body wakes the application before the rest of it has come."""
    # Many senders of single bytes would otherwise wake it for each.
    return arrived >= WORTH_READING_BYTES


class BoundedProtocol(HttpConnection):
    """One connection; its server's `connections` hold the limits and the budget of bodies."""

    _feeds = 0
    _begun_at = 0  # the feed that brought the beginning of the head
    _head_bytes = 0  # that came with earlier feeds
    _heads = 0  # that are complete
    _framing_bytes = 0
    _keeps = False
    _upgrades = False
    _refusal = wire_refusals.MALFORMED

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._throw_away()
        elif len(data) <= limits.HEAD_BYTES:
            if self._head_bytes:
                self._read(data)
            else:
                self._feed(data)
        else:
            for start in range(0, len(data), limits.HEAD_BYTES):
                self._read(data[start : start + limits.HEAD_BYTES])
        self._settle()

    def _read(self, piece: bytes) -> None:
        if not self._in_body and not self._deaf:
            room = room_for_head(self._head_bytes)
            if len(piece) > room:
                heads = self._heads
                self._feed(piece[:room])
                piece = piece[room:]
                if self._heads == heads and not self._deaf:
                    self.refuse(wire_refusals.LARGE_HEAD)
        if not self._deaf:
            self._feed(piece)

    def _feed(self, piece: bytes) -> None:
        heads, in_body, body_bytes = self._heads, self._in_body, self._body_bytes
        self._feeds += 1
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(piece[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.refuse(self._refusal)
        if self._heads != heads:
            self._head_bytes = 0
        elif not in_body:
            self._head_bytes += len(piece)
        elif self._in_body:
            self._framing_bytes += len(piece) - (self._body_bytes - body_bytes)
            if self._framing_bytes > limits.FRAMING_BYTES + self._body_bytes:
                self.refuse(wire_refusals.BLOATED)

    def _throw_away(self) -> None:
        # No more before the next sweep: who goes on sending is not to cost the others.
        self.flow.pause_reading()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_open = True
        self._begun_at = self._feeds

    def on_headers_complete(self) -> None:
        self._heads += 1
        self._head_open = False
        # A head that came with one feed cannot be larger than the feed.
        if self._begun_at != self._feeds or len(self.headers) > limits.MAX_HEADERS:
            self._check_head()
        self._upgrades = self.parser.should_upgrade()
        if self._upgrades:
            return
        if len(self.pipeline) >= limits.MAX_PIPELINED:
            raise _RefusedError
        self._in_body = True
        self._body_bytes = self._framing_bytes = 0
        super().on_headers_complete()
        self.headers = []  # what trailers join is not what the application was given
        # Until the request is whole, its answer would end the connection: see on_message_complete.
        self._keeps, self.cycle.keep_alive = self.cycle.keep_alive, False

    def _check_head(self) -> None:
        size = len(b"POST  HTTP/1.1\r\n\r\n") + len(self.url)
        size += sum(len(name) + len(value) + len(b": \r\n") for name, value in self.headers)
        if size > limits.HEAD_BYTES or len(self.headers) > limits.MAX_HEADERS:
            self._refusal = wire_refusals.LARGE_HEAD
            raise _RefusedError

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        cycle = self.cycle
        if cycle.response_complete or cycle.disconnected:
            return
        self._held += len(body)
        self.budget.held += len(body)
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        if worth_reading(len(cycle.body)):
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        if self._upgrades:
            return
        self._in_body = False
        cycle = self.cycle
        cycle.keep_alive = self._keeps and not self._ending
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Read the request once more without its wish for another protocol, as RFC 9110 allows."""
        if self.parser.get_method() == b"CONNECT":
            self.refuse(wire_refusals.MALFORMED)
            return
        closes = any(
            pair[0] == b"connection" and b"close" in pair[1].lower() for pair in self.headers
        )
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % pair for pair in self.headers if pair[0] not in _HOP_BY_HOP]
        lines += [b"connection: close"] if closes else []
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(b"\r\n".join([*lines, b"", b""]))
        if rest and not self._deaf:
            self._feed(rest)
