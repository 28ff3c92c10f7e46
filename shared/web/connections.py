"""The connections of one server: how long each may wait for what, and who goes when there are many.

Invariant: only a finished request prolongs a deadline, never the bytes that a peer sends.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from shared.observability.metrics import metrics_of
from shared.web.limits import Limits
from shared.web.reading_turns import ReadingTurns

# The name in a request's scope of a function: so many bytes of its body are not kept.
THROWN_AWAY = "leadflow.thrown_away"
# The name in a request's scope of a list: what stands in it is called when the server stops.
ENDINGS = "leadflow.endings"
# The name in a request's scope of a function: the connection closes, the answer stays unfinished.
BREAK_OFF = "leadflow.break_off"
ROUTE = "connection"  # the route under which refusals are counted that no route has made


class Place(Enum):
    """What a connection waits for; in this order they go when there are too many."""

    LEAVING = "its peer to take the last answer and to let go"
    HEAD = "a head"
    BODY = "the rest of a body"
    READER = "its peer to read"
    IDLE = "the next request"


class Connection(Protocol):
    place: Place | None  # None while a request is worked on

    def overdue(self) -> None:
        """The wait took too long: refuse or close."""

    def too_slow(self, waited: float) -> bool:
        """Whether a body that has been coming for `waited` seconds comes too slowly."""

    def gulp(self) -> None:
        """Take a little of what a peer that was refused still sends."""

    def displaced(self) -> None:
        """Another connection takes the place of this one."""


@dataclass(eq=False)
class Budget:
    """Bytes of bodies that a process holds. `held` returns to 0 when nobody sends."""

    limit: int
    held: int = 0

    @property
    def full(self) -> bool:
        return self.held >= self.limit


class Connections:
    """Each waiting connection by what it waits for, the longest first."""

    def __init__(self, service: str, limits: Limits) -> None:
        self.limits = limits
        self.budget = Budget(limits.body_budget_bytes)
        self.turns = ReadingTurns()
        self.count = 0
        self._service = service
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Place, OrderedDict[Connection, float]] = {
            place: OrderedDict() for place in Place
        }
        self._seconds = {
            Place.LEAVING: limits.linger_seconds,
            Place.HEAD: limits.head_seconds,
            Place.READER: limits.answer_seconds,
            Place.IDLE: limits.keep_alive_seconds,
        }

    def enter(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Count a new connection. False: there are too many, and none that could go for it."""
        self.count += 1
        if self._loop is None:
            self._loop = loop
            loop.call_later(self.limits.sweep_seconds, self._sweep)
        if self.count <= self.limits.connections:
            return True
        longest = next((waiting for waiting in self._waiting.values() if waiting), None)
        if longest is None:
            return False
        next(iter(longest)).displaced()
        return True

    def leave(self, connection: Connection) -> None:
        self.count -= 1
        self.move(connection, None)

    def move(self, connection: Connection, place: Place | None) -> None:
        """Note what the connection waits for; None: for nothing that its peer must do."""
        if connection.place is not None:
            del self._waiting[connection.place][connection]
        connection.place = place
        if place is not None and self._loop is not None:
            self._waiting[place][connection] = self._loop.time()

    def count_refusal(self, status: int) -> None:
        metrics_of(self._service).requests.labels(self._service, ROUTE, "none", status).inc()

    def _sweep(self) -> None:
        assert self._loop is not None
        now = self._loop.time()
        if self.count:
            self._loop.call_later(self.limits.sweep_seconds, self._sweep)
        else:
            self._loop = None
        for connection in list(self._overdue(now)):
            connection.overdue()
        for connection in list(self._waiting[Place.LEAVING]):
            connection.gulp()
        metrics = metrics_of(self._service)
        metrics.connections.labels(self._service).set(self.count)
        metrics.body_bytes.labels(self._service).set(self.budget.held)

    def _overdue(self, now: float) -> Iterator[Connection]:
        for place, seconds in self._seconds.items():
            for connection, since in self._waiting[place].items():
                if now - since < seconds:
                    break
                yield connection
        for connection, since in self._waiting[Place.BODY].items():
            if connection.too_slow(now - since):
                yield connection
