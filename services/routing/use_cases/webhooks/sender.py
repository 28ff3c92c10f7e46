"""The sender of webhooks: looks what is new for each, and tries what is due.

Invariant: of a stream one event is on its way to a webhook at a time, in the order of versions.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import NoReturn

import structlog

from services.routing.repository.journal_events import JournalEvent, list_events
from services.routing.repository.webhooks import deliveries as webhook_deliveries
from services.routing.repository.webhooks import webhooks
from services.routing.repository.webhooks.deliveries import Pending
from services.routing.repository.webhooks.webhooks import Webhook
from services.routing.use_cases.webhooks.attempts import Sender, deliver_next, deliver_once
from services.routing.use_cases.webhooks.configure import (
    MAX_WEBHOOKS,
    WEBHOOKS,
    WEBHOOKS_CHANGED,
    tidy,
)
from shared.clock import Clock
from shared.database import Database, Session, reading, transaction
from shared.errors import UnavailableError
from shared.messaging.outbox.following import Frontier
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress
from shared.web.public_client import open_public_client
from shared.web.receiver_client import ReceiverClient

log = structlog.get_logger()
PAGE = 500
MOST_PAGES = 20  # of one round; the next one goes on
POLL_SECONDS = 1.0
IDLE_SECONDS = 5.0  # while there is no webhook
PACE_SECONDS = 0.02  # between two rounds at least
AT_ONCE = 4  # deliveries of one webhook; of one that fails a single one
SINGLE_AT_ONCE = 20
TIDY_EVERY = 60  # rounds of a second
LOG_LASTS = timedelta(days=30)
FORGOTTEN_AT_ONCE = 1000
REST_SECONDS = 30.0  # of what met a fault of our own

Key = tuple[object, ...]


@dataclass(eq=False)
class Rounds:
    """`under_way` are the places of streams, and single deliveries, that are being tried."""

    sender: Sender
    frontier: Frontier = field(default_factory=Frontier)
    under_way: set[Key] = field(default_factory=set)


def webhooks_loop(database: Database, *, clock: Clock, private: bool) -> Loop:
    """Sends for ever; `private`: receivers may stand in the operator's own network."""

    async def run(progress: Progress) -> None:
        async with open_public_client(connections=MAX_WEBHOOKS * AT_ONCE) as client:
            receivers = ReceiverClient(client, private=private)
            sender = Sender(database, receivers, clock, random.random)
            await send_for_ever(Rounds(sender), progress)

    return Loop("webhooks", run)


async def send_for_ever(rounds: Rounds, progress: Progress) -> NoReturn:
    """Raises UnavailableError; what is under way is cut off then and tried again."""
    wakeup, count = rounds.sender.database.wakeup, 0
    try:
        async with asyncio.TaskGroup() as tasks:
            while True:
                progress.beat()
                if not await start_due(rounds, tasks):
                    await wakeup.wait(WEBHOOKS_CHANGED, seconds=IDLE_SECONDS)
                    continue
                if count % TIDY_EVERY == 0:
                    await _tidy(rounds.sender)
                count += 1
                await asyncio.sleep(PACE_SECONDS)  # what is emitted meanwhile is looked at together
                if not rounds.frontier.unsettled:
                    await wakeup.notified(WEBHOOKS, seconds=POLL_SECONDS)
    except* UnavailableError as errors:
        raise UnavailableError("Nothing can be sent to webhooks now.") from errors


async def start_due(rounds: Rounds, tasks: asyncio.TaskGroup) -> bool:
    """Look for what is new and begin what is due; whether there is any webhook to serve."""
    sender = rounds.sender
    async with reading(sender.database) as session:
        if not await webhook_deliveries.has_work(session):
            return False
        active = [item for item in await webhooks.list_active(session) if item.readable]
        await rounds.frontier.look(session)
    await _take_in(rounds, active)
    await _start_streams(rounds, active, tasks)
    await _start_single(rounds, tasks)
    return True


async def _take_in(rounds: Rounds, active: Sequence[Webhook]) -> None:
    """Move each webhook's cursor over what is complete, and note the streams it wants."""
    settled = rounds.frontier.settled
    cursors = {item.webhook_id: item.cursor for item in active}
    for _ in range(MOST_PAGES):
        behind = [one for one in active if cursors[one.webhook_id] < (settled or 0)]
        if not behind or settled is None:
            return
        # Most stand at the same row: what is read for one of them serves them all.
        after = min(cursors[item.webhook_id] for item in behind)
        async with reading(rounds.sender.database) as session:
            events = await list_events(session, after=after, until=settled, limit=PAGE)
        until = events[-1].id if len(events) == PAGE else settled
        for item in behind:
            cursor = cursors[item.webhook_id]
            if cursor <= until:
                await _note_streams(rounds.sender, item, events, after=cursor, until=until)
                cursors[item.webhook_id] = until


async def _note_streams(
    sender: Sender, item: Webhook, events: Sequence[JournalEvent], *, after: int, until: int
) -> None:
    streams: dict[tuple[str, str], tuple[int, int]] = {}
    for event in events:
        if event.id > after and _wants(item, event):
            stream = (event.topic, event.key)
            first, _ = streams.get(stream, (event.version, event.version))
            streams[stream] = (first, event.version)
    async with transaction(sender.database) as session:
        await webhook_deliveries.take_in(
            session, item.webhook_id, streams, after=after, until=until, now=sender.clock()
        )


def _wants(item: Webhook, event: JournalEvent) -> bool:
    return (not item.types or event.type in item.types) and (
        not item.pools or not event.pools.isdisjoint(item.pools)
    )


async def _start_streams(
    rounds: Rounds, active: Sequence[Webhook], tasks: asyncio.TaskGroup
) -> None:
    now = rounds.sender.clock()
    before = set(rounds.under_way)  # of these the rows may be read as they were before
    busy = Counter(place[0] for place in before)
    ready = {
        item.webhook_id: item
        for item in active
        if item.resting_until is None or item.resting_until <= now
    }
    # Those under way are still due, and stand before the others.
    numbers = {
        webhook_id: slots(item) + busy[webhook_id]
        for webhook_id, item in ready.items()
        if slots(item) > busy[webhook_id]
    }
    if not numbers:
        return
    async with reading(rounds.sender.database) as session:
        due = await webhook_deliveries.list_due(session, numbers, now=now)
    for pending in due:
        item = ready[pending.webhook_id]
        if may_start(before, pending) and busy[pending.webhook_id] < slots(item):
            busy[pending.webhook_id] += 1
            work = partial(deliver_next, rounds.sender, item, pending)
            _start(rounds, tasks, pending.place, work)


def slots(item: Webhook) -> int:
    """How many deliveries of a webhook may be under way: a dead receiver holds up nobody else."""
    return AT_ONCE if item.failing_since is None else 1


def may_start(under_way: set[Key], pending: Pending) -> bool:
    """Whether nothing of the stream is on its way to this webhook."""
    return pending.place not in under_way


async def _start_single(rounds: Rounds, tasks: asyncio.TaskGroup) -> None:
    async with reading(rounds.sender.database) as session:
        waiting = await webhook_deliveries.list_waiting(session, limit=SINGLE_AT_ONCE)
        if not waiting:
            return
        ids = list({item.webhook_id for item in waiting})
        by_id = await webhooks.list_by_id(session, ids)
    for delivery in waiting:
        item = by_id.get(delivery.webhook_id)
        place = ("single", delivery.delivery_id)
        if item is not None and item.readable and place not in rounds.under_way:
            work = partial(deliver_once, rounds.sender, item, delivery)
            _start(rounds, tasks, place, work)


def _start(
    rounds: Rounds, tasks: asyncio.TaskGroup, place: Key, work: Callable[[], Awaitable[None]]
) -> None:
    rounds.under_way.add(place)
    tasks.create_task(_try(rounds, place, work))


async def _try(rounds: Rounds, place: Key, work: Callable[[], Awaitable[None]]) -> None:
    """What comes of it is lost in an outage of ours, and it is tried again."""
    database = rounds.sender.database
    try:
        await work()
    except UnavailableError:
        log.warning("webhook.outage")
        await asyncio.sleep(POLL_SECONDS)
    except Exception as error:  # noqa: BLE001  one of them must not end the others
        log.error("webhook.fault", error=type(error).__name__)  # noqa: TRY400  no words of theirs
        metrics_of(database.service).faults.labels(database.service, "webhooks").inc()
        await asyncio.sleep(REST_SECONDS)
    finally:
        rounds.under_way.discard(place)
        database.wakeup.notify_here(WEBHOOKS)


async def _tidy(sender: Sender) -> None:
    now = sender.clock()
    async with transaction(sender.database) as session:
        await tidy(session, now=now)
        await webhook_deliveries.forget_deliveries(
            session, before=now - LOG_LASTS, limit=FORGOTTEN_AT_ONCE
        )


async def show_webhooks(session: Session) -> None:
    """Gauges of webhooks by state, of streams that wait for them, and of the longest wait."""
    service, metrics = session.database.service, metrics_of(session.database.service)
    counts = await webhooks.count_by_state(session)
    for state in ("well", "failing", "disabled", "off"):
        metrics.webhooks.labels(service, state).set(counts.get(state, 0))
    number, wait_seconds = await webhook_deliveries.count_pending(session)
    metrics.webhook_pending.labels(service).set(number)
    metrics.webhook_wait_seconds.labels(service).set(wait_seconds)
