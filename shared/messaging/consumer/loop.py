"""The consumer's loop: fetch, apply, acknowledge to the log; one transaction per fetch.

An outage pauses it, a broken event is held, a fault of our own holds its stream and nothing else.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

import structlog

from shared.database import is_outage, is_race
from shared.errors import cause_of
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.held import TooManyFailuresError
from shared.messaging.consumer.lives import Lives
from shared.messaging.consumer.work import consume
from shared.messaging.decoding import Received, topic_of
from shared.messaging.log.protocol import FETCH_EVENTS, PACED_EVENTS, Log
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
FETCH_SECONDS = 1.0
SLOW_SECONDS = 0.2  # a fetch that takes longer halves the next one
LEAST_EVENTS = 10
TOPIC_PAUSE_SECONDS = 10.0  # of a topic that fails throughout


@dataclass(eq=False)
class Consuming:
    """The state of one consumer's loop. `limit` is how many events it fetches, at most `most`;
    `stopped` until when (monotonic) a failing topic is left alone: catch-up brings it afterwards.
    """

    consumer: Consumer
    log: Log
    fast_path: FastPath
    in_flight: InFlight
    pace_seconds: float = 0.0
    limit: int = field(init=False)
    stopped: dict[str, float] = field(default_factory=dict)
    lives: Lives = field(init=False)

    def __post_init__(self) -> None:
        self.lives = Lives(self.consumer.database)
        self.limit = self.most

    @property
    def most(self) -> int:
        return most_events(pace_seconds=self.pace_seconds)


def most_events(*, pace_seconds: float) -> int:
    """How many events a service fetches at once."""
    return PACED_EVENTS if pace_seconds else FETCH_EVENTS


def consumer_loop(
    consumer: Consumer, log: Log, fast_path: FastPath, *, pace_seconds: float = 0.0
) -> Loop:
    """The loop that consumes every topic of the service's interest. `pace_seconds` at most lie
    between the beginnings of two fetches of a service that nobody waits for.
    """
    in_flight = InFlight(consumer.database, "consume")
    consuming = Consuming(consumer, log, fast_path, in_flight, pace_seconds)
    return Loop("consume", lambda progress: run(consuming, progress))


async def run(consuming: Consuming, progress: Progress) -> None:
    """Subscribe and consume until cancelled. Raises UnavailableError when the log is away."""
    consuming.in_flight.looked = False
    consumer, fast_path = consuming.consumer, consuming.fast_path
    subscription = await consuming.log.subscribe(consumer.service, consumer.topics)
    fast_path.subscription = subscription
    fast_path.progressed()
    try:
        while True:
            progress.beat(outage="too-many-failures" if _stopped(consuming) else None)
            records = await subscription.fetch(limit=consuming.limit, wait_seconds=FETCH_SECONDS)
            if not records:
                continue
            began = time.monotonic()
            await _through(consuming, records, progress)
            await subscription.done()
            fast_path.progressed()
            if consuming.pace_seconds:
                await asyncio.sleep(began + _leisure(consuming, records) - time.monotonic())
    finally:
        fast_path.subscription = None
        await subscription.close()


async def _through(consuming: Consuming, records: Sequence[Received], progress: Progress) -> None:
    """Let one fetch take effect, however long an outage lasts."""
    rules = consuming.consumer.rules
    pause = rules.first_pause_seconds
    while True:
        topics = _stopped(consuming)
        try:
            async with _turn(consuming, records):
                began = time.monotonic()
                await consume(
                    consuming.consumer,
                    consuming.in_flight,
                    await consuming.lives.living(
                        [item for item in records if topic_of(item) not in topics]
                    ),
                )
        except TooManyFailuresError as error:
            consuming.stopped[error.topic] = time.monotonic() + TOPIC_PAUSE_SECONDS
            log.error("consume.too_many_failures", topic=error.topic)  # noqa: TRY400  no trace needed
            continue
        except Exception as error:
            if not is_outage(error):
                raise
            progress.beat(outage=None if is_race(error) else "unavailable")
            log.warning("consume.paused", error=cause_of(error))
        else:
            _adapt(consuming, seconds=time.monotonic() - began)
            return
        await asyncio.sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311  jitter, not a secret
        pause = min(pause * 2, rules.longest_pause_seconds)


def _turn(consuming: Consuming, records: Sequence[Received]) -> AbstractAsyncContextManager[None]:
    """In one process, of services that nobody waits for, one after the other."""
    outlet = consuming.consumer.database.outlet
    if outlet is None or not consuming.pace_seconds:
        return nullcontext()
    return outlet.turns.one(seconds=_leisure(consuming, records))


def _leisure(consuming: Consuming, records: Sequence[Received]) -> float:
    """How many seconds a fetch may wait: the fuller it is, the shorter."""
    return consuming.pace_seconds * (1 - len(records) / consuming.limit)


def _stopped(consuming: Consuming) -> set[str]:
    now = time.monotonic()
    return {topic for topic, until in consuming.stopped.items() if until > now}


def _adapt(consuming: Consuming, *, seconds: float) -> None:
    # Locks are held as long as a transaction lasts, so a slow fetch makes the next one smaller.
    if seconds > max(SLOW_SECONDS, consuming.pace_seconds):
        consuming.limit = max(LEAST_EVENTS, consuming.limit // 2)
    elif consuming.limit < consuming.most:
        consuming.limit = min(consuming.most, consuming.limit * 2)
