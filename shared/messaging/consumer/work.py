"""Received events, and streams whose held events may go on, as work in batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from shared.contracts.envelope import Stream
from shared.database import transaction
from shared.errors import ServiceError, cause_of
from shared.messaging.consumer import apply, claims, held
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.held import FAULT
from shared.messaging.decoding import Placed, Received, Unreadable
from shared.observability.metrics import metrics_of
from shared.runtime.batch import is_poison, work_through
from shared.runtime.in_flight import InFlight

log = structlog.get_logger()


async def consume(
    consumer: Consumer,
    in_flight: InFlight,
    records: Sequence[Received],
    *,
    caught_up: bool = False,
) -> Sequence[Stream]:
    """Let the records take effect, or hold them. Returns the streams that hold something now.
    `caught_up`: they come from a journal.

    Raises UnavailableError for an outage, TooManyFailuresError for a topic that fails throughout.
    """
    unreadable = [item for item in records if isinstance(item, Unreadable)]
    if unreadable:
        async with transaction(consumer.database) as session:
            await held.hold_unreadable(session, unreadable, now=consumer.clock())
    events = [item for item in records if not isinstance(item, Unreadable)]
    work = EventWork(consumer, in_flight, caught_up)
    if events:
        await work_through(in_flight, events, work)
    return sorted(work.holding)


async def drain(consumer: Consumer, in_flight: InFlight, streams: Sequence[Stream]) -> None:
    """Let held events whose turn has come take effect; one that fails stays held, with a reason."""
    moving = list(streams)
    while moving:
        work = StreamWork(consumer, in_flight)
        await work_through(in_flight, moving, work)
        moving = [stream for stream in moving if stream in work.moved]


@dataclass(eq=False)
class EventWork:
    """See `BatchWork`; the items are events."""

    consumer: Consumer
    in_flight: InFlight
    caught_up: bool = False
    holding: set[Stream] = field(default_factory=set)

    def name(self, item: Placed) -> str:
        return f"{item.envelope.topic}/{item.envelope.key}/{item.version}"

    async def together(self, items: Sequence[Placed], *, drain: int | None = None) -> None:
        async with transaction(self.consumer.database) as session:
            outcome = await apply.take(self.consumer, session, items, drain=drain)
            await self.in_flight.done(session)
        apply.count(self.consumer, outcome)
        if self.caught_up:
            apply.count_caught_up(self.consumer, outcome, items)
        self.holding |= outcome.holding

    async def alone(self, item: Placed) -> None:
        # Its held successors do not follow at once: they must not be blamed on it.
        await self.together([item], drain=0)

    def is_poison(self, error: Exception) -> bool:
        return is_poison(error)

    async def set_aside(self, item: Placed, reason: str, error: Exception | None) -> None:
        await self._hold(item, reason, None if error is None else words_of(error))

    async def fault(self, item: Placed, error: Exception) -> None:
        _report(self.consumer, item.stream, error)
        await self._hold(item, FAULT, cause_of(error))

    async def _hold(self, item: Placed, reason: str, detail: str | None) -> None:
        async with transaction(self.consumer.database) as session:
            await apply.put_aside(self.consumer, session, item, reason=reason, detail=detail)
            await self.in_flight.done(session)
        self.holding.add(item.stream)


@dataclass(eq=False)
class StreamWork:
    """See `BatchWork`; the items are streams that hold what may take effect."""

    consumer: Consumer
    in_flight: InFlight
    moved: set[Stream] = field(default_factory=set)

    def name(self, item: Stream) -> str:
        return "/".join(item)

    async def together(self, items: Sequence[Stream], *, drain: int | None = None) -> None:
        async with transaction(self.consumer.database) as session:
            outcome = await apply.take(
                self.consumer, session, [], streams=items, drain=drain, retry_faults=True
            )
            await self.in_flight.done(session)
        apply.count(self.consumer, outcome)
        self.moved.update(item.stream for item in outcome.fresh)

    async def alone(self, item: Stream) -> None:
        await self.together([item], drain=1)  # one event: then it is clear which one fails

    def is_poison(self, error: Exception) -> bool:
        return is_poison(error)

    async def set_aside(self, item: Stream, reason: str, error: Exception | None) -> None:
        await self._blame(item, reason, None if error is None else words_of(error))

    async def fault(self, item: Stream, error: Exception) -> None:
        _report(self.consumer, item, error)
        await self._blame(item, FAULT, cause_of(error))

    async def _blame(self, stream: Stream, reason: str, detail: str | None) -> None:
        consumer = self.consumer
        async with transaction(consumer.database) as session:
            await claims.lock(session, [stream])
            await held.refuse_flood(consumer, session, [stream])
            await held.blame_first(session, stream, reason=reason, detail=detail)
            await self.in_flight.done(session)


def words_of(error: Exception) -> str:
    """What is stored of an error: its class, and its text only if it is a ServiceError's."""
    if isinstance(error, ServiceError):
        return f"{error.slug()}: {error.detail}"[:500]
    return cause_of(error)


def _report(consumer: Consumer, stream: Stream, error: Exception) -> None:
    # Logged with its frames, never with its text, which may hold personal data.
    service = consumer.service
    metrics_of(service).faults.labels(service, "consume").inc()
    log.error("consume.fault", topic=stream[0], exc_info=error)
