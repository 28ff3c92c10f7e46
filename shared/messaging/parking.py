"""Partitions that stand still: after a fault of our own, or until a lost place has been healed.

One law: the others go on, and nothing of a parked partition is passed over.
"""

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from shared.database import transaction
from shared.errors import UnavailableError
from shared.messaging import healing
from shared.messaging.bus import Partition, PositionLostError, Reader
from shared.messaging.journal import Journal
from shared.messaging.positions import lock_position, move_position, read_positions
from shared.messaging.taking import Listener
from shared.observability.metrics import metrics_of

log = structlog.get_logger()
FRAMES = 6


@dataclass(eq=False)
class Parked:
    """Until a moment, or until its healing task is done."""

    until: float
    healing: "asyncio.Task[None] | None" = None

    def over(self) -> bool:
        if self.healing is not None:
            return self.healing.done()
        return time.monotonic() >= self.until


@dataclass(eq=False)
class Parking:
    """Where the partitions of one hear loop stand still. `faults` are failures in a row."""

    listener: Listener
    places: dict[Partition, Parked] = field(default_factory=dict)
    faults: Counter[Partition] = field(default_factory=Counter)

    def reason(self) -> str | None:
        if any(place.healing for place in self.places.values()):
            return "position-lost"
        return "fault" if self.places else None

    async def empty(self) -> None:
        """Forget every place, and end what heals them."""
        tasks = {place.healing for place in self.places.values() if place.healing}
        self.places.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def park_for_fault(
    parking: Parking, reader: Reader, partition: Partition, error: Exception
) -> None:
    """A handler failed in a way nobody foresaw: this partition waits, longer each time."""
    rules = parking.listener.rules
    parking.faults[partition] += 1
    times = parking.faults[partition]
    seconds = min(rules.first_pause_seconds * 2 ** min(times, 10), rules.longest_pause_seconds)
    service = parking.listener.service
    metrics_of(service).faults.labels(service, "hear").inc()
    log.error(
        "hearing.fault",
        service=service,
        topic=partition.topic,
        partition=partition.number,
        times=times,
        error=type(error).__name__,
        # Frames only: an error's words may hold what it was about.
        stack="".join(traceback.format_tb(error.__traceback__)[-FRAMES:]),
    )
    parking.places[partition] = Parked(time.monotonic() + seconds)
    await _seek_end(reader, partition)


async def park_to_heal(
    parking: Parking,
    reader: Reader,
    lost: PositionLostError,
    *,
    log_id: str,
    journals: Mapping[str, Journal],
) -> None:
    """The log no longer holds what comes next: this partition waits for the speaker's journal."""
    place = lost.partition
    log.error("hearing.position_lost", topic=place.topic, partition=place.number, begin=lost.begin)
    work = _heal(parking.listener, journals, log_id, place, lost.begin)
    parking.places[place] = Parked(0.0, asyncio.create_task(work))
    await _seek_end(reader, place)


async def resume(parking: Parking, reader: Reader, *, log_id: str) -> None:
    """Let parked partitions whose time has come go on from their own positions."""
    for partition, place in list(parking.places.items()):
        if not place.over():
            continue
        with suppress(UnavailableError):  # then it stays parked until the next round
            if partition in reader.assigned():
                found = await read_positions(parking.listener.database, log_id, [partition])
                await reader.seek(partition, found[partition])
            del parking.places[partition]


async def _heal(
    listener: Listener,
    journals: Mapping[str, Journal],
    log_id: str,
    partition: Partition,
    begin: int,
) -> None:
    """Bring the topic up to date from its journal, however long that takes; then read on."""
    while True:
        try:
            await healing.heal_topic(listener, journals, partition.topic)
            async with transaction(listener.database) as session:
                await lock_position(session, log_id, partition)
                await move_position(session, log_id, partition, next_offset=begin)
        except Exception as error:  # noqa: BLE001  it stays parked, loudly, until it can be healed
            kind = type(error).__name__
            log.error("hearing.heal_failed", topic=partition.topic, error=kind)  # noqa: TRY400  its words may be personal
            await asyncio.sleep(listener.rules.heal_seconds)
        else:
            return


async def _seek_end(reader: Reader, partition: Partition) -> None:
    """Parked records are not fetched over and over: reading stands at the log's end meanwhile."""
    with suppress(UnavailableError):
        if partition in reader.assigned():
            _, end = await reader.bounds(partition)
            await reader.seek(partition, end)
