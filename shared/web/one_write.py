"""A response in one system call: what is written within one turn of the loop leaves together.

The server writes head and body apart; on a busy door the second call costs as much as the work.
"""

import asyncio
from collections.abc import Callable
from typing import Any


class GatheringTransport:
    """A transport that keeps what is written until the loop's next turn, or until it is closed.

    `on_close` is called once, when the last bytes are handed over: it lets the connection go.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        on_close: Callable[[asyncio.Transport], None],
    ) -> None:
        self._transport = transport
        self._call_soon = loop.call_soon
        self._on_close: Callable[[asyncio.Transport], None] | None = on_close
        self._gathered: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._gathered:
            self._call_soon(self.flush)
        self._gathered.append(data)

    def flush(self) -> None:
        if self._gathered:
            data = b"".join(self._gathered)
            self._gathered.clear()
            if not self._transport.is_closing():
                self._transport.write(data)

    def close(self) -> None:
        if self._on_close is not None:
            # Called once and forgotten, so that no circle of references outlives the connection.
            on_close, self._on_close = self._on_close, None
            self.flush()
            on_close(self._transport)

    def is_closing(self) -> bool:
        return self._on_close is None or self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
