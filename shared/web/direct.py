"""The direct way: a request that is complete, answered without a task and an ASGI exchange.

Invariant: its answers are byte for byte those of the ordinary way. It refuses nothing: whatever is
not a plain answer is left to the ordinary way.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from shared.web.bounded_http import BoundedProtocol

# The name in a request's scope of what the direct way has begun and the ordinary way has to end.
ANSWERING = "leadflow.answering"


class Response(NamedTuple):
    """An answer ready for the wire; each of the `headers` ends with a line end."""

    status: int
    headers: bytes
    body: bytes


class Answering(Protocol):
    """A request that is worked on."""

    done: "asyncio.Future[Any]"

    def response(self) -> Response | None:
        """The answer, asked for once, when `done` is. None: the ordinary way has to give it.

        Raises nothing.
        """


# Of a method, a path, headers with names in lower case, and a whole body. None: not this one.
Direct = Callable[[str, str, Sequence[tuple[bytes, bytes]], bytes], Answering | None]


class DirectProtocol(BoundedProtocol):
    """One connection whose application may take complete requests directly."""

    def __init__(self, *arguments: Any, direct: Direct | None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._direct = direct
        self._feeding = False
        self._unstarted: tuple[RequestResponseCycle, Any] | None = None

    def _feed(self, piece: bytes) -> None:
        self._feeding = True
        super()._feed(piece)
        self._feeding = False
        if self._unstarted is not None:
            cycle, app = self._unstarted
            self._unstarted = None
            self._start(cycle, app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        if self._feeding:
            # Its body may be whole when the parser has read what has arrived.
            self._unstarted = cycle, app
        else:
            self._start(cycle, app)

    def _start(self, cycle: RequestResponseCycle, app: Any) -> None:
        answering = self._begun(cycle)
        if answering is None:
            super()._start_asgi_task(cycle, app)
        else:
            self._at_work += 1
            answering.done.add_done_callback(partial(self._answer, cycle, app, answering))

    def _begun(self, cycle: RequestResponseCycle) -> Answering | None:
        # A client that waits for "100 Continue" gets it by the ordinary way.
        if self._direct is None or cycle.more_body or cycle.waiting_for_100_continue:
            return None
        scope: Any = cycle.scope
        try:
            return self._direct(scope["method"], scope["path"], scope["headers"], bytes(cycle.body))
        except Exception:  # noqa: BLE001  the ordinary way raises it again, logs and answers it
            return None

    def _answer(
        self, cycle: RequestResponseCycle, app: Any, answering: Answering, _done: object
    ) -> None:
        # The ordinary way waits for a reader that does not take what was written.
        response = None if self.flow.write_paused else answering.response()
        if response is None:
            scope: Any = cycle.scope
            scope[ANSWERING] = answering
            super()._start_asgi_task(cycle, app)
        elif not cycle.disconnected:
            self._write(cycle, response)
        self._end_work()

    def _write(self, cycle: RequestResponseCycle, response: Response) -> None:
        defaults = [b"%s: %s\r\n" % pair for pair in self.server_state.default_headers]
        ending = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        self.transport.write(
            b"".join(
                [STATUS_LINE[response.status], *defaults, response.headers, ending, response.body]
            )
        )
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()
