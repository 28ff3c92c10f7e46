"""Hear: one transaction per partition batch turns records into effects, each once and in order.

One law: an outage pauses, a broken event is held, a fault of our own stops its partition loudly.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from shared.clock import Clock
from shared.contracts.catalog import TOPIC_BY_NAME
from shared.database import Database, is_outage
from shared.errors import UnavailableError, cause_of
from shared.messaging.bus import (
    Bus,
    Partition,
    PositionLostError,
    Reader,
    Record,
    hearing_group,
)
from shared.messaging.healing import keep_healing
from shared.messaging.heard import Apply
from shared.messaging.held import TooManyFailuresError
from shared.messaging.journal import Journal
from shared.messaging.ladder import Hand
from shared.messaging.parking import Parking, park_for_fault, park_to_heal, resume
from shared.messaging.partition_batch import PartitionBatch, pass_through
from shared.messaging.positions import read_positions
from shared.messaging.taking import Listener, Rules
from shared.observability.metrics import metrics_of
from shared.runtime import Loop, Progress, running

log = structlog.get_logger()
FETCH_SECONDS = 1.0
LAG_SECONDS = 5.0
LONGEST_OUTAGE_PAUSE_SECONDS = 5.0


@dataclass(eq=False)
class Hearing:
    """The state of one hear loop. `lag` is records behind, per partition, a few seconds old."""

    listener: Listener
    bus: Bus
    journals: Mapping[str, Journal]
    log_id: str = ""
    lag: dict[Partition, int] = field(default_factory=dict)
    hands: dict[Partition, Hand] = field(default_factory=dict)
    sought: dict[Partition, int] = field(default_factory=dict)
    parking: Parking = field(init=False)

    def __post_init__(self) -> None:
        self.parking = Parking(self.listener)


def hear_loop(
    database: Database,
    bus: Bus,
    *,
    service: str,
    apply: Apply,
    clock: Clock,
    journals: Mapping[str, Journal] | None = None,
    rules: Rules | None = None,
) -> Loop:
    """The loop that hears every topic of `service`'s interest.

    `journals` are the speakers' journals by service name: without them lost events stay missing.
    """
    listener = Listener(database, service, apply, clock, rules or Rules())
    hearing = Hearing(listener, bus, journals or {})
    return Loop("hear", lambda progress: run(hearing, progress))


async def run(hearing: Hearing, progress: Progress) -> None:
    """Join the group and hear until cancelled. Raises UnavailableError when the log is away."""
    listener = hearing.listener
    hearing.log_id = await hearing.bus.log_id()
    hearing.hands.clear()
    hearing.sought.clear()

    async def positions(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        for partition in partitions:
            hearing.hands.pop(partition, None)  # another member may have died holding it
        return await read_positions(listener.database, hearing.log_id, partitions)

    # Joined before its topics exist, a group would learn of them half a minute late.
    await hearing.bus.ensure_topics([TOPIC_BY_NAME[topic] for topic in listener.topics])
    group = hearing_group(listener.service)
    reader = await hearing.bus.reader(group, listener.topics, positions=positions)
    beside = [
        Loop("healing", lambda _progress: keep_healing(listener, hearing.journals)),
        Loop("lag", lambda _progress: _keep_measuring(hearing, reader)),
    ]
    try:
        async with running(beside):
            await _rounds(hearing, reader, progress)
    finally:
        await hearing.parking.empty()
        await reader.close()


async def _rounds(hearing: Hearing, reader: Reader, progress: Progress) -> None:
    gate = asyncio.Semaphore(hearing.listener.rules.parallel)
    parking = hearing.parking
    while True:
        progress.beat(outage=parking.reason())
        await resume(parking, reader, log_id=hearing.log_id)
        try:
            batches = await reader.fetch(
                limit=hearing.listener.rules.batch, wait_seconds=FETCH_SECONDS
            )
        except PositionLostError as lost:
            await park_to_heal(
                parking, reader, lost, log_id=hearing.log_id, journals=hearing.journals
            )
            continue
        moved = await asyncio.gather(
            *(
                _work(hearing, reader, partition, records, gate=gate, progress=progress)
                for partition, records in batches.items()
                if records and partition not in parking.places
            )
        )
        await _hint(reader, {place: offset for place, offset in moved if offset is not None})


async def _work(
    hearing: Hearing,
    reader: Reader,
    partition: Partition,
    records: Sequence[Record],
    *,
    gate: asyncio.Semaphore,
    progress: Progress,
) -> tuple[Partition, int | None]:
    """Bring one partition's records through, however long an outage lasts."""
    pause = hearing.listener.rules.first_pause_seconds
    async with gate:
        while True:
            try:
                offset = await _through(hearing, reader, partition, records)
            except Exception as error:  # noqa: BLE001  one partition's fault must not stop the others
                if not is_outage(error):
                    await park_for_fault(hearing.parking, reader, partition, error)
                    return partition, None
                _tell_outage(error, partition, progress)
            else:
                del hearing.parking.faults[partition]
                return partition, offset
            await asyncio.sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311  jitter, not a secret
            pause = min(pause * 2, LONGEST_OUTAGE_PAUSE_SECONDS)


def _tell_outage(error: Exception, partition: Partition, progress: Progress) -> None:
    if isinstance(error, TooManyFailuresError):
        progress.beat(outage="too-many-failures")
        log.error("hearing.too_many_failures", topic=partition.topic)
    else:
        progress.beat(outage="unavailable")
        log.warning(
            "hearing.paused",
            topic=partition.topic,
            partition=partition.number,
            error=cause_of(error),
        )


async def _through(
    hearing: Hearing, reader: Reader, partition: Partition, records: Sequence[Record]
) -> int | None:
    """The position reached, None if the log must first be sought back to it."""
    database = hearing.listener.database
    name = f"hear:{partition.topic}/{partition.number}"
    hand = hearing.hands.setdefault(partition, Hand(database, name))
    batch = PartitionBatch(
        hearing.listener, hand, hearing.log_id, partition, hearing.sought.get(partition)
    )
    outcome = await pass_through(batch, records)
    if outcome.fits:
        hearing.sought.pop(partition, None)
        return outcome.position
    hearing.sought[partition] = outcome.position
    await reader.seek(partition, outcome.position)
    return None


async def _hint(reader: Reader, positions: Mapping[Partition, int]) -> None:
    if positions:
        with suppress(UnavailableError):
            await reader.hint(positions)


async def _keep_measuring(hearing: Hearing, reader: Reader) -> None:
    """How far behind we are, beside the hearing: it is only shown, and must not keep it waiting.

    An outage just leaves the old figures.
    """
    while True:
        with suppress(UnavailableError):
            await _measure(hearing, reader)
        await asyncio.sleep(LAG_SECONDS)


async def _measure(hearing: Hearing, reader: Reader) -> None:
    ends = await reader.ends()
    positions = await read_positions(hearing.listener.database, hearing.log_id, sorted(ends))
    hearing.lag = {place: max(0, end - positions[place]) for place, end in ends.items()}
    by_topic: Counter[str] = Counter()
    for partition, behind in hearing.lag.items():
        by_topic[partition.topic] += behind
    service = hearing.listener.service
    for topic, behind in by_topic.items():
        metrics_of(service).lag.labels(service, topic).set(behind)
