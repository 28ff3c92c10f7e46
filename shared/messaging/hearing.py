"""Hear: one transaction per partition batch turns records into effects, each once and in order.

One law: an outage pauses, a broken event is held, a fault of our own stops its partition loudly.
"""

import asyncio
import random
import time
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from shared.clock import Clock
from shared.database import Database, is_outage, transaction
from shared.errors import UnavailableError
from shared.messaging import healing, held
from shared.messaging.bus import Bus, Partition, PositionLostError, Reader, Record
from shared.messaging.heard import Apply
from shared.messaging.journal import Journal
from shared.messaging.ladder import Hand
from shared.messaging.partition_batch import PartitionBatch, pass_through
from shared.messaging.positions import lock_position, move_position, read_positions
from shared.messaging.taking import Listener, Rules
from shared.runtime import Loop, Progress

log = structlog.get_logger()
FETCH_SECONDS = 1.0
LAG_SECONDS = 5.0


@dataclass(eq=False)
class Parked:
    """A partition that stands still: until a moment, or until its healing task is done."""

    until: float
    healing: "asyncio.Task[None] | None" = None

    def over(self) -> bool:
        if self.healing is not None:
            return self.healing.done()
        return time.monotonic() >= self.until


@dataclass(eq=False)
class Hearing:
    """The state of one hear loop. `lag` is records behind, per partition, for metrics."""

    listener: Listener
    bus: Bus
    journals: Mapping[str, Journal]
    log_id: str = ""
    lag: dict[Partition, int] = field(default_factory=dict)
    hands: dict[Partition, Hand] = field(default_factory=dict)
    parked: dict[Partition, Parked] = field(default_factory=dict)
    faults: Counter[Partition] = field(default_factory=Counter)
    sought: dict[Partition, int] = field(default_factory=dict)


def hear_loop(
    database: Database,
    bus: Bus,
    *,
    service: str,
    apply: Apply,
    clock: Clock,
    journals: Mapping[str, Journal] | None = None,
    rules: Rules | None = None,
    tally: Counter[str] | None = None,
) -> Loop:
    """The loop that hears every topic of `service`'s interest.

    `journals` are the speakers' journals by service name: without them lost events stay missing.
    """
    listener = Listener(database, service, apply, clock, rules or Rules(), tally or Counter())
    hearing = Hearing(listener, bus, journals or {})
    return Loop("hear", lambda progress: run(hearing, progress))


async def run(hearing: Hearing, progress: Progress) -> None:
    """Join the group and hear until cancelled. Raises UnavailableError when the log is away."""
    listener = hearing.listener
    hearing.log_id = await hearing.bus.log_id()
    hearing.hands.clear()
    hearing.parked.clear()

    async def positions(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        for partition in partitions:
            hearing.hands.pop(partition, None)  # another member may have died holding it
        return await read_positions(listener.database, hearing.log_id, partitions)

    reader = await hearing.bus.reader(listener.service, listener.topics, positions=positions)
    healer = asyncio.create_task(healing.keep_healing(listener, hearing.journals))
    try:
        await _rounds(hearing, reader, progress)
    finally:
        tasks = {healer, *(place.healing for place in hearing.parked.values() if place.healing)}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await reader.close()


async def _rounds(hearing: Hearing, reader: Reader, progress: Progress) -> None:
    measured_at = 0.0
    gate = asyncio.Semaphore(hearing.listener.rules.parallel)
    while True:
        progress.beat(outage=_parked_reason(hearing))
        await _resume(hearing, reader)
        try:
            batches = await reader.fetch(
                limit=hearing.listener.rules.batch, wait_seconds=FETCH_SECONDS
            )
        except PositionLostError as lost:
            await _park_to_heal(hearing, reader, lost)
            continue
        working = {
            partition: records
            for partition, records in batches.items()
            if records and partition not in hearing.parked
        }
        moved = await asyncio.gather(
            *(
                _work(hearing, reader, partition, records, gate=gate, progress=progress)
                for partition, records in working.items()
            )
        )
        await _hint(reader, {place: offset for place, offset in moved if offset is not None})
        if time.monotonic() - measured_at > LAG_SECONDS:
            measured_at = time.monotonic()
            await _measure(hearing, reader)


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
                del hearing.faults[partition]
            except Exception as error:  # noqa: BLE001  one partition's fault must not stop the others
                if not is_outage(error):
                    await _park_for_fault(hearing, reader, partition, error)
                    return partition, None
                flood = isinstance(error, held.TooManyFailuresError)
                progress.beat(outage="too-many-failures" if flood else "unavailable")
                hearing.listener.tally["outage"] += 1
                log.log(40 if flood else 30, "hearing.paused", topic=partition.topic)
            else:
                return partition, offset
            await asyncio.sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311  jitter
            progress.beat(outage=progress.outage)
            pause = min(pause * 2, hearing.listener.rules.longest_pause_seconds / 3)


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


async def _park_for_fault(
    hearing: Hearing, reader: Reader, partition: Partition, error: Exception
) -> None:
    """A handler failed in a way nobody foresaw: this partition waits, the others go on."""
    rules = hearing.listener.rules
    hearing.faults[partition] += 1
    hearing.listener.tally["fault"] += 1
    longest = rules.longest_pause_seconds
    seconds = min(rules.first_pause_seconds * 2 ** min(hearing.faults[partition], 10), longest)
    log.error(
        "hearing.fault",
        service=hearing.listener.service,
        topic=partition.topic,
        partition=partition.number,
        times=hearing.faults[partition],
        error=type(error).__name__,
        # Frames only: an error's words may hold what it was about.
        stack="".join(traceback.format_tb(error.__traceback__)[-6:]),
    )
    hearing.parked[partition] = Parked(time.monotonic() + seconds)
    await _seek_end(reader, partition)


async def _park_to_heal(hearing: Hearing, reader: Reader, lost: PositionLostError) -> None:
    """The log no longer holds what comes next: this partition waits for the speaker's journal."""
    place = lost.partition
    log.error("hearing.position_lost", topic=place.topic, partition=place.number, begin=lost.begin)
    hearing.listener.tally["position_lost"] += 1
    hearing.parked[place] = Parked(0.0, asyncio.create_task(_heal(hearing, place, lost.begin)))
    await _seek_end(reader, place)


async def _heal(hearing: Hearing, partition: Partition, begin: int) -> None:
    """Bring the topic up to date from its journal, however long that takes; then read on."""
    listener = hearing.listener
    while True:
        try:
            await healing.heal_topic(listener, hearing.journals, partition.topic)
            async with transaction(listener.database) as session:
                await lock_position(session, hearing.log_id, partition)
                await move_position(session, hearing.log_id, partition, next_offset=begin)
        except Exception as error:  # noqa: BLE001  it stays parked, loudly, until the journal can be taken in
            fault = type(error).__name__
            log.error("hearing.heal_failed", topic=partition.topic, error=fault)  # noqa: TRY400  its words may be personal
            await asyncio.sleep(listener.rules.heal_seconds)
        else:
            return


async def _resume(hearing: Hearing, reader: Reader) -> None:
    """Let parked partitions whose time has come go on from their own positions."""
    for partition, place in list(hearing.parked.items()):
        if not place.over():
            continue
        with suppress(UnavailableError):  # then it stays parked until the next round
            if partition in reader.assigned():
                found = await read_positions(hearing.listener.database, hearing.log_id, [partition])
                await reader.seek(partition, found[partition])
            del hearing.parked[partition]


def _parked_reason(hearing: Hearing) -> str | None:
    if any(place.healing for place in hearing.parked.values()):
        return "position-lost"
    return "fault" if hearing.parked else None


async def _seek_end(reader: Reader, partition: Partition) -> None:
    """Parked records are not fetched over and over: reading stands at the log's end meanwhile."""
    with suppress(UnavailableError):
        if partition in reader.assigned():
            _, end = await reader.bounds(partition)
            await reader.seek(partition, end)


async def _hint(reader: Reader, positions: Mapping[Partition, int]) -> None:
    if positions:
        with suppress(UnavailableError):
            await reader.hint(positions)


async def _measure(hearing: Hearing, reader: Reader) -> None:
    """How far behind we are. It is only shown, so an outage just leaves the old figures."""
    with suppress(UnavailableError):
        partitions = sorted(reader.assigned())
        positions = await read_positions(hearing.listener.database, hearing.log_id, partitions)
        lag = {}
        for partition in partitions:
            begin, end = await reader.bounds(partition)
            lag[partition] = max(0, end - max(begin, positions[partition]))
        hearing.lag = lag
