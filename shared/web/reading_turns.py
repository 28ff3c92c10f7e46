"""Who may read on: a few connections in each turn of the loop, however many send.

Between two steps of an honest request the loop reads what a few of the others have sent, never
what all of them have.
"""

import asyncio
from collections import deque

from uvicorn.protocols.http.flow_control import FlowControl

READERS_A_TURN = 2  # each reads at most what the loop reads at once, 256 kB


def readers_a_turn() -> int:
    """How many of those that wait may read on in one turn of the loop."""
    return READERS_A_TURN


class ReadingTurns:
    """Those of one server that were paused and may go on, the longest waiting first."""

    def __init__(self) -> None:
        self._queue: deque[TurnFlow] = deque()

    def wait(self, flow: "TurnFlow", loop: asyncio.AbstractEventLoop) -> None:
        if not self._queue:
            loop.call_soon(self._go_on, loop)
        self._queue.append(flow)

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        for _ in range(min(readers_a_turn(), len(self._queue))):
            self._queue.popleft().read_on()
        if self._queue:
            loop.call_soon(self._go_on, loop)


class TurnFlow(FlowControl):
    """uvicorn's flow control of one connection, which reads on when it is its turn."""

    def __init__(
        self,
        transport: asyncio.Transport,
        turns: ReadingTurns,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(transport)
        self._turns = turns
        self._loop = loop
        self._waits = False  # for its turn
        self._wants = False  # to read when it comes

    def pause_reading(self) -> None:
        self._wants = False
        super().pause_reading()

    def resume_reading(self) -> None:
        self._wants = self.read_paused
        if self._wants and not self._waits:
            self._waits = True
            self._turns.wait(self, self._loop)

    def read_on(self) -> None:
        self._waits = False
        if self._wants and not self._transport.is_closing():
            self._wants = False
            super().resume_reading()
