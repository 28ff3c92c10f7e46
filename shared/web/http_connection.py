"""One connection of uvicorn's HTTP protocol that never waits without an end, and ends in order.

Invariant: answers are written in the order of their requests, and whole before it closes.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from shared.web import wire_refusals
from shared.web.connections import BREAK_OFF, ENDINGS, THROWN_AWAY, Connections, Place
from shared.web.one_write import GatheringTransport
from shared.web.reading_turns import TurnFlow
from shared.web.wire_refusals import WireRefusal


class HttpConnection(HttpToolsProtocol):
    """What it waits for follows from what has arrived and what has been answered."""

    place: Place | None = None
    _head_open = False  # a head has begun and is not complete
    _in_body = False  # the newest request's head is complete, its body is not
    _body_bytes = 0  # of the newest request
    _deaf = False  # what still arrives is thrown away
    _gone = False  # the last byte is handed over
    _lingers = False  # the peer has more to send before it would read
    _lingering: asyncio.Transport | None = None
    _ending = False  # the server stops
    _held = 0  # bytes of bodies, as long as a request of this connection is worked on
    _at_work = 0
    _running: RequestResponseCycle | None = None
    _endings: Sequence[Callable[[], None]] = ()  # what the request wants to be told

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        neighbours: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.neighbours = neighbours
        self.budget = neighbours.budget

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        gathering: Any = GatheringTransport(transport, self.loop, self._let_go)
        super().connection_made(gathering)
        self.flow = TurnFlow(transport, self.neighbours.turns, self.loop)
        if self.neighbours.enter(self.loop):
            self.neighbours.move(self, Place.HEAD)
        else:
            self.refuse(wire_refusals.NO_CONNECTION)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = self._gone = True
        self.pipeline.clear()
        self.neighbours.leave(self)
        self._give_back()
        super().connection_lost(exc)
        self._let_memory_go()

    def _let_memory_go(self) -> None:
        # Without a circle of references a connection frees itself when it ends. Otherwise a
        # thousand of them would wait for the collector, and everybody for it, for 20 ms.
        self.transport.close()
        self.cycle = self._running = self.scope = None  # type: ignore[assignment]
        self._endings = ()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._settle()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._settle()

    def shutdown(self) -> None:
        self._ending = True
        for end in self._endings:
            end()
        if self._endings and self.flow.write_paused:
            self.transport.abort()  # its reader does not take the end of a stream either
        super().shutdown()

    def refuse(self, refusal: WireRefusal, *, lingers: bool = True) -> None:
        """Answer and close. Where an earlier answer is due, that one ends the connection."""
        if self._deaf:
            return
        self._deaf, self._lingers = True, lingers
        self.neighbours.count_refusal(refusal.status)
        cycle: RequestResponseCycle | None = self.cycle
        if self._in_body and self.pipeline:
            self.pipeline.popleft()
            cycle = self.pipeline[0][0] if self.pipeline else self._running
        elif self._in_body and cycle is not None and not cycle.response_started:
            cycle.disconnected = True
            cycle.body = bytearray()
            cycle.message_event.set()
            cycle = None
            self._release()  # now, so that the next to send is not refused for this one's sake
        if cycle is None or cycle.response_complete:
            self.transport.write(refusal.response())
            self.transport.close()
        else:
            cycle.keep_alive = False
            self._settle()

    def overdue(self) -> None:
        if self.place in {Place.LEAVING, Place.READER}:
            self.transport.abort()
        elif self.place is Place.BODY:
            self.refuse(wire_refusals.SLOW_BODY)
        elif self._head_open:
            self.refuse(wire_refusals.SLOW_HEAD)
        else:
            self.transport.close()

    def too_slow(self, waited: float) -> bool:
        limits = self.neighbours.limits
        return waited > limits.body_seconds + self._body_bytes / limits.body_pace_bytes

    def gulp(self) -> None:
        if self._lingering is not None and not self._lingering.is_closing():
            self.flow.resume_reading()

    def displaced(self) -> None:
        if self.place is Place.BODY:
            self.refuse(wire_refusals.NO_CONNECTION, lingers=False)
        else:
            self.transport.abort()
        self.neighbours.move(self, None)

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self._gone:
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        self._settle()

    def _settle(self) -> None:
        """Wait for what is missing now; a wait that continues keeps its start."""
        if self._gone:
            return
        place = self._missing()
        if place is not self.place:
            self.neighbours.move(self, place)
        if place is Place.BODY:
            if self.budget.full:
                self.refuse(wire_refusals.NO_ROOM)
            elif self._running is self.cycle:
                scope: Any = self.scope
                scope[THROWN_AWAY] = self._throw_away_held

    def _missing(self) -> Place | None:
        if self.flow.write_paused:
            return Place.READER
        if self._deaf:
            return None
        if self._in_body:
            return Place.BODY
        if self._head_open or self.cycle is None:
            return Place.HEAD
        return Place.IDLE if self.cycle.response_complete else None

    def _let_go(self, transport: asyncio.Transport) -> None:
        """The last byte is handed over."""
        self._deaf = self._gone = True
        if transport.is_closing():
            return
        self.neighbours.move(self, Place.LEAVING)
        if self._lingers or self._in_body:
            # Closing over unread bytes would reset the connection, and with it the answer.
            self._lingering = transport
            transport.write_eof()
        else:
            transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        scope: Any = cycle.scope
        self._endings = scope[ENDINGS] = list[Callable[[], None]]()
        scope[BREAK_OFF] = self._break_off
        self._at_work += 1
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self._ended)
        self.tasks.add(task)

    def _break_off(self) -> None:
        if self._running is not None:
            self._running.disconnected = True  # an answer that is due to nobody
        self.transport.close()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        self._end_work()

    def _end_work(self) -> None:
        self._at_work -= 1
        if self._held:
            self._give_back()

    def _give_back(self) -> None:
        """Return the budget of the bodies once no request of the connection is left."""
        if not self._at_work and not self.pipeline:
            self._release()

    def _throw_away_held(self, length: int) -> None:
        size = min(length, self._held)
        self.budget.held -= size
        self._held -= size

    def _release(self) -> None:
        self.budget.held -= self._held
        self._held = 0
