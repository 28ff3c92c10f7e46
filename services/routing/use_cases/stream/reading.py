"""The stream: one reader of the journal per process, and a bounded queue for each who follows.

Invariant: each gets what concerns them once, in the order of the journal, whatever they miss.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from services.routing.domain.event_views import as_json
from services.routing.repository.journal_events import JournalEvent, get_last_row, list_events
from services.routing.use_cases.stream.followers import Follower, Message, data_for
from services.routing.use_cases.stream.places import Place, Start, place_of
from shared.database import Database, reading
from shared.errors import BusyError, TooManyError
from shared.messaging.outbox.following import Frontier
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress

STREAM = "stream"  # the wake-up: something was emitted
PAGE = 500  # of what was missed
LIVE_PAGE = 100  # offered at once: a reader who keeps up has taken them before the next ones
POLL_SECONDS = 1.0
UNSETTLED_SECONDS = 0.01  # until what is seen may be complete
IDLE_SECONDS = 10.0
BEAT_SECONDS = 15.0
MAX_STREAMS = 1000  # of one process
MAX_STREAMS_OF_TOKEN = 6  # as many as a browser opens to one server
MAX_RESUMED = 200_000  # rows of the journal that a reader may have missed
READERS = 2  # of what was missed, at once


class TooManyStreamsError(TooManyError):
    """A token follows as often as it may."""


@dataclass(eq=False)
class Hub:
    """`position` is the row up to which all who have joined were offered everything."""

    database: Database
    frontier: Frontier = field(default_factory=Frontier)
    position: int = 0
    _open: Counter[str | None] = field(default_factory=Counter)
    _overseers: set[Follower] = field(default_factory=set)
    _managers: dict[UUID, set[Follower]] = field(default_factory=lambda: defaultdict(set))
    _occupied: asyncio.Event = field(default_factory=asyncio.Event)
    _present: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS))

    def loop(self) -> Loop:
        return Loop("stream", self._read)

    def enter(self, follower: Follower) -> None:
        """Raises TooManyStreamsError, BusyError."""
        if self._open[follower.token_id] >= MAX_STREAMS_OF_TOKEN:
            raise TooManyStreamsError("This token follows the stream too often already.")
        if self._open.total() >= MAX_STREAMS:
            raise BusyError("Too many follow the stream. Try again.")
        self._open[follower.token_id] += 1
        metrics_of("routing").streams.labels("routing").set(self._open.total())
        self._occupied.set()

    def leave(self, follower: Follower) -> None:
        follower.end()
        self._group(follower).discard(follower)
        if follower.manager_id is not None and not self._managers[follower.manager_id]:
            del self._managers[follower.manager_id]
        self._open[follower.token_id] -= 1
        if not self._open[follower.token_id]:
            del self._open[follower.token_id]
        metrics_of("routing").streams.labels("routing").set(self._open.total())
        if not self._open:
            self._occupied.clear()

    async def follow(
        self, follower: Follower, after: str | None, *, live: bool
    ) -> AsyncIterator[Message]:
        """What concerns the follower behind the place `after`, or from now on, for ever; without
        `live` up to the present. A place that cannot be gone on from gives `reset`.
        """
        start = await self._start(follower, after)
        if follower.ended:
            return
        life, follower.position = self.frontier.life, start.position
        if start.reset is not None:
            yield Message(Place(life, start.position), "reset", as_json({"reason": start.reset}))
        else:
            yield Message(Place(life, start.position))
        async for event, data in self._missed(follower):
            yield Message(Place(life, event.id), event.type, data)
        if not live:
            yield Message(Place(life, follower.position))
            return
        self._group(follower).add(follower)  # in the same turn in which nothing was missing
        while not follower.ended:
            while follower.queue:
                yield _message(life, follower.queue.popleft())
            follower.ready.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await follower.ready.wait()
            if not follower.queue and not follower.ended:
                yield Message(Place(life, max(self.position, follower.position)))

    async def _start(self, follower: Follower, after: str | None) -> Start:
        while not (self._present.is_set() or follower.ended):
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._present.wait()
        last = 0
        if (
            after and not follower.ended
        ):  # another process may have seen a little more than this one
            async with self._turns, reading(self.database) as session:
                last = await get_last_row(session)
        present, life = self.position, self.frontier.life
        if follower.ended:
            return Start(present)
        return place_of(after, life, present=present, last=last, most=MAX_RESUMED)

    async def _missed(self, follower: Follower) -> AsyncIterator[tuple[JournalEvent, str]]:
        while follower.position < self.position and not follower.ended:
            until = self.position
            async with self._turns, reading(self.database) as session:
                events = await list_events(
                    session, after=follower.position, until=until, limit=PAGE
                )
            for event in events:
                data = data_for(event, follower.manager_id) if follower.wants(event) else None
                if data is not None:
                    yield event, data
            follower.position = events[-1].id if len(events) == PAGE else until

    def _group(self, follower: Follower) -> set[Follower]:
        if follower.manager_id is None:
            return self._overseers
        return self._managers[follower.manager_id]

    async def _read(self, progress: Progress) -> None:
        while True:
            progress.beat()
            if not self._open:
                self._present.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_SECONDS):
                        await self._occupied.wait()
                continue
            await self.advance()
            if self.frontier.unsettled:
                await asyncio.sleep(UNSETTLED_SECONDS)
            else:
                await self.database.wakeup.notified(STREAM, seconds=POLL_SECONDS)

    async def advance(self) -> None:
        """Offer what has become complete. Raises UnavailableError."""
        life = self.frontier.life
        async with reading(self.database) as session:
            await self.frontier.look(session)
            if life not in {"", self.frontier.life}:
                self._end_all()
            settled = self.frontier.settled
            if settled is None:
                return
            while self._joined() and self.position < settled:
                events = await list_events(
                    session, after=self.position, until=settled, limit=LIVE_PAGE
                )
                for event in events:
                    self._offer(event)
                self.position = events[-1].id if len(events) == LIVE_PAGE else settled
        if not self._joined():
            self.position = settled
        self._present.set()

    def _joined(self) -> bool:
        return bool(self._overseers) or any(self._managers.values())

    def _offer(self, event: JournalEvent) -> None:
        views: dict[UUID | None, str | None] = {}
        groups: list[tuple[UUID | None, set[Follower]]] = [(None, self._overseers)]
        groups += [(one, self._managers.get(one, set())) for one in event.manager_ids]
        for manager_id, group in groups:
            for follower in group:
                if event.id > follower.position and follower.wants(event):
                    if manager_id not in views:
                        views[manager_id] = data_for(event, manager_id)
                    follower.offer(event, views[manager_id] or "")

    def _end_all(self) -> None:
        """Places of a former life are foreign: whoever comes back with one begins anew."""
        for group in (self._overseers, *self._managers.values()):
            for follower in group:
                follower.end()


def _message(life: str, item: tuple[int, str, str]) -> Message:
    row_id, name, data = item
    return Message(Place(life, row_id), name, data)
