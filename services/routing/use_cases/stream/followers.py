"""Who follows the stream, what waits for them, and what they see of an event."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.event_views import as_json, seen_by_manager, without_person
from services.routing.repository.journal_events import JournalEvent
from services.routing.use_cases.stream.places import Place
from shared.observability.metrics import metrics_of

MAX_WAITING = 256  # events that a slow reader may be behind


class Message(NamedTuple):
    """`name` is empty for a mere sign of life; `place` is where to go on behind it."""

    place: Place
    name: str = ""
    data: str = ""


@dataclass(eq=False)
class Follower:
    """Who follows: a manager, or who may see everything; empty `pools` and `types` are all. At
    `position` is the last row that was looked at for them.
    """

    token_id: str | None
    manager_id: UUID | None = None
    pools: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    position: int = 0
    queue: deque[tuple[int, str, str]] = field(default_factory=deque)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    def wants(self, event: JournalEvent) -> bool:
        return (not self.types or event.type.rpartition(".v")[0] in self.types) and (
            not self.pools or not self.pools.isdisjoint(event.pools)
        )

    def offer(self, event: JournalEvent, data: str) -> None:
        if is_too_far_behind(len(self.queue)):
            metrics_of("routing").streams_cut.labels("routing").inc()
            self.end()
        elif not self.ended:
            self.queue.append((event.id, event.type, data))
            self.ready.set()

    def end(self) -> None:
        """What has not been taken yet is read again from the journal, when they come back."""
        self.ended = True
        self.queue.clear()
        self.ready.set()


def is_too_far_behind(waiting: int) -> bool:
    return waiting >= MAX_WAITING


def data_for(event: JournalEvent, manager_id: UUID | None) -> str | None:
    """The event as JSON as somebody may see it; None if it does not concern them."""
    payload = without_person(event.payload) if event.is_erased else event.payload
    theirs = None
    if manager_id is not None:
        if manager_id not in event.manager_ids:
            return None
        theirs = event.topic == "managers" or event.owner_after == manager_id
        payload = seen_by_manager(payload, manager_id, still_theirs=theirs)
    content = {
        "event_id": str(event.event_id),
        "type": event.type,
        "time": event.recorded_at.isoformat(),
        "topic": event.topic,
        "key": event.key,
        "version": event.version,
        "yours": theirs,
        "data": payload,
    }
    return as_json(content)
