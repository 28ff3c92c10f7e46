"""Catch up: walk every producer's journal, for ever, and bring what the fast path has not.

It is how a consumer starts, recovers from a lost tail, a wiped broker, a switch of logs or a long
absence, and how it is rebuilt. Invariant: a cursor moves only past events that have taken effect
or are held, so every committed event takes effect, even if the log loses it.
"""

import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import structlog

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.database import reading
from shared.errors import UnavailableError
from shared.messaging.consumer import claims, cursors
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.work import consume
from shared.messaging.decoding import decode_envelope
from shared.messaging.outbox.walking import WALK, Journal, JournalState, Range, first_page
from shared.observability.metrics import metrics_of
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
IDLE_SECONDS = 10.0  # between two looks while nothing has come by a fast path that sees all


class DatedState(NamedTuple):
    """What a journal answered, and when it was asked: monotonic, and by the clock."""

    moment: float
    at: datetime
    state: JournalState


@dataclass(eq=False)
class CatchUp:
    """The walks of one consumer. `states` are the latest answers of each journal, `walked` the one
    up to which we have walked it. While somebody waits for us, `awaited` producers are
    asked to walk at once too.
    """

    consumer: Consumer
    journals: Mapping[str, Journal]
    fast_path: FastPath
    awaited: Collection[str] = ()
    in_flight: InFlight = field(init=False)
    states: dict[str, deque[DatedState]] = field(default_factory=dict)
    walked: dict[str, DatedState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.in_flight = InFlight(self.consumer.database, "catch-up")

    def lag_seconds(self, began_at: float) -> float:
        """Since when it is not known that all has been consumed; a walk that never came to its end
        counts from `began_at` (monotonic).
        """
        moments = [
            self.walked[producer].moment if producer in self.walked else began_at
            for producer in self.topics_by_producer
        ]
        return time.monotonic() - min(moments, default=time.monotonic())

    @property
    def topics_by_producer(self) -> Mapping[str, Sequence[str]]:
        topics: dict[str, list[str]] = {}
        for topic in self.consumer.topics:
            topics.setdefault(TOPIC_BY_NAME[topic].producer, []).append(topic)
        return topics


def catch_up_loop(walks: CatchUp) -> Loop:
    """Belongs under the leader's lease."""
    return Loop("catch-up", lambda progress: run(walks, progress))


async def run(walks: CatchUp, progress: Progress) -> None:
    """Walk until cancelled."""
    walks.states.clear()
    walks.in_flight.looked = False
    began_at = time.monotonic()
    lag = metrics_of(walks.consumer.service).lag
    lag.labels(walks.consumer.service).set_function(lambda: walks.lag_seconds(began_at))
    try:
        while True:
            began = time.monotonic()
            outage = await walk_all(walks, progress)
            progress.beat(outage=outage)
            await _rest(walks, progress, began=began)
    finally:
        lag.clear()  # another process leads, and shows it


async def walk_all(walks: CatchUp, progress: Progress) -> str | None:
    """Walk all producers once; returns the outage of one that could not be walked, or None."""
    outage: str | None = None
    cursor_rows = await cursors.read(walks.consumer.database)
    walked: dict[str, DatedState] = {}
    for producer, topics in walks.topics_by_producer.items():
        journal = walks.journals.get(producer)
        if journal is None:
            outage = "no-journal"
            continue
        try:
            target = await _ask(walks, producer, journal, topics)
            if target is not None:
                places = [
                    cursors.cursor_of(
                        producer, topic, cursor_rows.get((producer, topic)), life=target.state.life
                    )
                    for topic in topics
                ]
                await _walk_producer(walks, journal, places, target, progress)
                walked[producer] = target
        except UnavailableError as error:
            outage = error.slug()
            log.warning("catch_up.paused", producer=producer, reason=outage)
    await _note(walks, walked)
    if outage is None and walks.fast_path.closed and _is_present(walks):
        walks.fast_path.open()
    return outage


async def _ask(
    walks: CatchUp, producer: str, journal: Journal, topics: Sequence[str]
) -> DatedState | None:
    """The journal's answer up to which it may be walked now."""
    moment, at = time.monotonic(), walks.consumer.clock()
    states = walks.states.setdefault(producer, deque())
    hurry = walks.fast_path.hurried and producer in walks.awaited
    states.append(DatedState(moment, at, await journal.state(topics, hurry=hurry)))
    return _target(walks, states)


async def _walk_producer(
    walks: CatchUp,
    journal: Journal,
    places: Sequence[cursors.Cursor],
    target: DatedState,
    progress: Progress,
) -> None:
    failing: UnavailableError | None = None
    for cursor in places:
        if cursor.behind(target.state.ends.get(cursor.topic, cursors.START)):
            try:
                await _walk_topic(walks, journal, cursor, target.state.horizon, progress)
            except UnavailableError as error:  # this topic waits, the others go on
                failing = error
    if failing is not None:
        raise failing


async def _note(walks: CatchUp, walked: Mapping[str, DatedState]) -> None:
    """Others may need to know how far we have walked."""
    if walked:
        await cursors.note_walked(
            walks.consumer.database,
            [(producer, state.state.life, state.at) for producer, state in walked.items()],
        )
        walks.walked.update(walked)


def _target(walks: CatchUp, states: "deque[DatedState]") -> DatedState | None:
    """The newest answer whose events the fast path has had the time to bring."""
    # Age is measured between our own requests, never by the timestamps of another machine.
    limit = walks.fast_path.walk_before()
    target: DatedState | None = None
    while states and states[0].moment <= limit:
        target = states.popleft()
    return target


def _is_present(walks: CatchUp) -> bool:
    """Whether the last round went up to the newest answer of every journal."""
    return all(not states for states in walks.states.values())


async def _walk_topic(
    walks: CatchUp, journal: Journal, cursor: cursors.Cursor, horizon: int, progress: Progress
) -> None:
    more = True
    while more:
        page = await journal.heads(cursor.topic, after=cursor.position, until=horizon)
        await _bring(walks, journal, cursor.topic, page.versions, progress)
        if not cursor.stands_at(page.end):
            cursor = await cursors.move(walks.consumer.database, cursor, page.end)
        more = page.more
        progress.beat()


async def _bring(
    walks: CatchUp,
    journal: Journal,
    topic: str,
    versions: Mapping[str, int],
    progress: Progress,
) -> None:
    """Fetch what is lacking up to these versions, until nothing is."""
    last: Sequence[Range] = ()
    while ranges := await _behind(walks.consumer, topic, versions):
        if ranges == last:
            # Held versions that grow while we look are no loss; a journal with holes would be.
            log.error("catch_up.missing", topic=topic, count=len(ranges))
            raise UnavailableError("A journal does not give what it lists.")
        last = ranges
        envelopes = await journal.lacking(first_page(ranges))
        events = [decode_envelope(envelope) for envelope in envelopes]
        await consume(walks.consumer, walks.in_flight, events, caught_up=True)
        progress.beat()


async def _behind(consumer: Consumer, topic: str, versions: Mapping[str, int]) -> Sequence[Range]:
    if not versions:
        return ()
    async with reading(consumer.database) as session:
        return await claims.behind(session, topic, versions)


async def _rest(walks: CatchUp, progress: Progress, *, began: float) -> None:
    """Until something has come since, somebody waits, or it is time to look in any case."""
    fast_path, ends = walks.fast_path, time.monotonic() + IDLE_SECONDS
    while True:
        fast_path.hurried = await walks.consumer.database.wakeup.notified(
            WALK, seconds=fast_path.pause_seconds
        )
        progress.beat(outage=progress.outage)
        if fast_path.hurried or fast_path.arrived_since(began) or time.monotonic() >= ends:
            return
