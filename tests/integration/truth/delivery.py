"""Brings what was told to history and kpi as a poor log would: out of order, and twice."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.history.handlers import apply as apply_in_history
from services.history.use_cases.restore import restore
from services.kpi.handlers import apply as apply_in_kpi
from services.kpi.use_cases.settling import settle
from shared.contracts.activities import ActivityRecorded
from shared.contracts.catalog import consumed_by
from shared.contracts.envelope import Stream
from shared.database import Database, transaction
from shared.messaging.consumer.consumer import Consumer, Handler, Rules
from shared.messaging.consumer.work import consume, drain
from shared.messaging.decoding import ReceivedEvent
from shared.runtime.in_flight import InFlight

PATIENT = Rules(gap=timedelta(days=1))


async def deliver_to_history(
    database: Database, events: Sequence[ReceivedEvent], choice: random.Random, *, now: datetime
) -> None:
    """History hears of all but its own activities: of these it is told as after a restore."""
    reports = [item for item in events if isinstance(item.event, ActivityRecorded)]
    async with transaction(database) as session:
        await restore(session, reports, now=now)
    await _deliver(database, "history", apply_in_history, events, choice, now)


async def deliver_to_kpi(
    database: Database, events: Sequence[ReceivedEvent], choice: random.Random, *, now: datetime
) -> None:
    await _deliver(database, "kpi", apply_in_kpi, events, choice, now)
    await settle(database)


async def _deliver(  # noqa: PLR0917  six things are needed
    database: Database,
    service: str,
    handle: Handler,
    events: Sequence[ReceivedEvent],
    choice: random.Random,
    now: datetime,
) -> None:
    consumer = Consumer(database, service, handle, lambda: now, PATIENT)
    in_flight = InFlight(database, "truth")
    own = [item for item in events if item.envelope.topic in consumed_by(service)]
    records = disturbed(own, choice)
    first, largest = 0, choice.choice((3, 40, 400))
    waiting: Sequence[Stream] = ()
    while first < len(records):
        size = choice.randrange(1, largest + 1) if largest > 3 else len(records) // 25 + 1
        waiting = await consume(consumer, in_flight, records[first : first + size])
        first += size
    await drain(consumer, in_flight, waiting)
    async with transaction(database) as session:
        held = list(await session.execute("SELECT topic, key, version, reason FROM held"))
        assert not held, f"something stands aside in {service}"


def disturbed(events: Sequence[ReceivedEvent], choice: random.Random) -> list[ReceivedEvent]:
    """Near to the order of telling, or far from it; a tenth come again."""
    spread = choice.choice((0, 5, 60, 10_000))
    again = choice.sample(range(len(events)), len(events) // 10)
    numbers = [*range(len(events)), *again]
    places = {place: number + choice.uniform(0, spread) for place, number in enumerate(numbers)}
    return [events[numbers[place]] for place in sorted(places, key=lambda place: places[place])]
