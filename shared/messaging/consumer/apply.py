"""Take events in: claim their streams, apply what is fresh, hold what must wait.

Effects, what is emitted about them, and the streams' heights are one transaction.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from shared.contracts.envelope import Stream
from shared.contracts.streams import StreamGap
from shared.database import Session
from shared.messaging.consumer import claims, held
from shared.messaging.consumer.arrivals import blank_arrivals
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.ordering import Advance, Arrivals, Waiting, advance, arrange
from shared.messaging.decoding import FAILED, Placed, ReceivedEvent
from shared.observability.metrics import metrics_of
from shared.observability.tracing import started, traced


@dataclass(eq=False)
class Outcome:
    """What one transaction has done."""

    fresh: list[ReceivedEvent] = field(default_factory=list)
    duplicates: list[Placed] = field(default_factory=list)
    held: list[Placed] = field(default_factory=list)
    holding: set[Stream] = field(default_factory=set)


async def take(
    consumer: Consumer,
    session: Session,
    received: Sequence[Placed],
    *,
    streams: Sequence[Stream] = (),
    drain: int | None = None,
    retry_faults: bool = False,
) -> Outcome:
    """Apply the events in this transaction. `streams` are further ones to drain; `drain` is how
    many held events of a stream may follow (by the rules, if None).

    Raises what the handler raises, and TooManyFailuresError.
    """
    arrivals = {**dict.fromkeys(streams, Arrivals()), **arrange(received)}
    outcome = Outcome()
    if not arrivals:
        return outcome
    now = consumer.clock()
    limit = consumer.rules.drain if drain is None else drain
    accepted, heights = await claims.claim(session, arrivals)
    blank = await blank_arrivals(session, received)
    if blank is not received:
        arrivals = {**dict.fromkeys(streams, Arrivals()), **arrange(blank)}
    refused = [stream for stream in arrivals if stream not in accepted]
    waiting = await claims.look(session, refused, heights, limit=limit, retry_faults=retry_faults)
    advances: dict[Stream, Advance] = {}
    for stream, items in arrivals.items():
        if stream not in accepted:
            advances[stream] = advance(
                [*items.run, *items.rest], height=heights[stream], waiting=waiting[stream]
            )
            continue
        outcome.fresh.extend(items.run)
        if items.rest:
            advances[stream] = advance(items.rest, height=items.last, waiting=Waiting())
    await _settle(consumer, session, advances, outcome, heights=heights, now=now)
    # A gap only moves its stream: handlers do not get it.
    facts = [item for item in outcome.fresh if not isinstance(item.event, StreamGap)]
    if facts:
        with _traced(facts):
            await consumer.handle(session, facts, now=now)
    return outcome


async def _settle(
    consumer: Consumer,
    session: Session,
    advances: Mapping[Stream, Advance],
    outcome: Outcome,
    *,
    heights: Mapping[Stream, int],
    now: datetime,
) -> None:
    """Write the heights of the streams that did not simply move on, and what they hold."""
    if not advances:
        return
    for stream, step in advances.items():
        outcome.fresh.extend(step.fresh)
        outcome.duplicates.extend(step.duplicates)
        outcome.held.extend(step.hold)
        if step.holding:
            outcome.holding.add(stream)
    await claims.write_heights(
        session, {stream: (step.height, step.holding) for stream, step in advances.items()}
    )
    reasons = [(item, *held.reason_of(item)) for item in outcome.held]
    await held.refuse_flood(
        consumer, session, {item.stream for item, reason, _ in reasons if reason == FAILED}
    )
    await held.hold(session, reasons, now=now)
    new_heights = {
        s: step.height for s, step in advances.items() if step.height > heights.get(s, 0)
    }
    await held.let_go(session, new_heights)


async def put_aside(
    consumer: Consumer, session: Session, item: Placed, *, reason: str, detail: str | None
) -> None:
    """Hold one event that cannot take effect, unless it already has."""
    stream = item.stream
    height = (await claims.lock(session, [stream]))[stream]
    if item.version <= height:
        return
    await held.refuse_flood(consumer, session, [stream])
    await claims.write_heights(session, {stream: (height, True)})
    (blank,) = await blank_arrivals(session, [item])
    await held.hold(session, [(blank, reason, detail)], now=consumer.clock())


def _traced(fresh: Sequence[ReceivedEvent]) -> AbstractContextManager[object]:
    """The trace of a single event goes on; among several, none is chosen."""
    alone = fresh[0].envelope.traceparent if len(fresh) == 1 else None
    return traced(started(alone)) if alone else nullcontext()


def count(consumer: Consumer, outcome: Outcome) -> None:
    """Add a committed outcome to the metrics."""
    consumed = metrics_of(consumer.service).consumed
    for name, items in (
        ("applied", outcome.fresh),
        ("duplicate", outcome.duplicates),
        ("held", outcome.held),
    ):
        for topic, number in Counter(item.envelope.topic for item in items).items():
            consumed.labels(consumer.service, topic, name).inc(number)


def count_caught_up(consumer: Consumer, outcome: Outcome, items: Sequence[Placed]) -> None:
    """Count the items that a journal alone has brought; held events that follow do not count."""
    caught_up = metrics_of(consumer.service).caught_up
    ids = set(map(id, items))
    topics = (item.envelope.topic for item in outcome.fresh if id(item) in ids)
    for topic, number in Counter(topics).items():
        caught_up.labels(consumer.service, topic).inc(number)
