"""Tries deliveries beside each other: whoever hangs holds up no other, and no host is flooded.

Mails have one server, which takes some at once; each host of webhooks one at a time, whoever's they
are. A try is bounded in time.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, NoReturn, Protocol, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from services.kpi.repository.deliveries.deliveries import Busy, Delivery
from services.kpi.repository.deliveries.recipients import list_urls
from services.kpi.use_cases.deliveries.recipients import MAIL
from services.kpi.use_cases.deliveries.sending import LOG_LASTS, POLL_SECONDS, Sender
from shared.database import Session, reading, transaction
from shared.errors import UnavailableError, cause_of
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Progress

log = structlog.get_logger()
Item = TypeVar("Item", bound=Delivery)
Due_co = TypeVar("Due_co", bound=Delivery, covariant=True)
AT_ONCE: Final = 8  # tries of a kind
MAILS_AT_ONCE: Final = 4  # of these: there is one mail server


class Waiting(Protocol[Due_co]):
    """Reads what is due by now in no busy lane, the longest due first."""

    async def __call__(
        self, session: Session, busy: Busy, *, now: datetime, limit: int
    ) -> Sequence[Due_co]: ...


@dataclass(eq=False)
class Tries(Generic[Item]):
    """Deliveries of one kind. `deliver` tries one and notes what came of it; `forget` deletes what
    was made before a moment; `loop` is whose faults are counted, woken by `channel`. `under_way`
    are the lanes of those that are being tried.
    """

    sender: Sender
    loop: str
    channel: str
    waiting: Waiting[Item]
    deliver: Callable[[Item], Awaitable[None]]
    forget: Callable[[Session, datetime], Awaitable[None]]
    under_way: dict[UUID, str] = field(default_factory=dict)


def lane_of(way: str, url: str | None) -> str:
    """What a delivery shares with others: the mail server, or the host and port of a webhook."""
    return MAIL if way == MAIL else f"//{urlsplit(url or '').netloc.lower()}"


def has_room(under_way: Mapping[UUID, str], lane: str) -> bool:
    """Whether one more may be tried in a lane."""
    most = MAILS_AT_ONCE if lane == MAIL else 1
    return len(under_way) < AT_ONCE and Counter(under_way.values())[lane] < most


async def try_for_ever(
    tries: Tries[Item], progress: Progress, make: Callable[[], Awaitable[object]] | None = None
) -> NoReturn:
    """`make` makes what is due first. Raises UnavailableError; what is under way is cut off then
    and tried again.
    """
    wakeup = tries.sender.database.wakeup
    try:
        async with asyncio.TaskGroup() as tasks:
            while True:
                progress.beat()
                if make is not None:
                    await make()
                if not await start_waiting(tries, tasks):
                    await wakeup.wait(tries.channel, seconds=POLL_SECONDS)
    except* UnavailableError as errors:
        raise UnavailableError("Nothing can be sent now.") from errors


async def start_waiting(tries: Tries[Item], tasks: asyncio.TaskGroup) -> bool:
    """Begin to try what is due, as far as there is room. Returns whether there may be more."""
    sender = tries.sender
    # As it is before rows are read: what ends meanwhile may be due in them.
    under_way = dict(tries.under_way)
    async with reading(sender.database) as session:
        urls = await list_urls(session)
        busy = busy_of(under_way, urls)
        waiting = await tries.waiting(session, busy, now=sender.clock(), limit=AT_ONCE)
    started = 0
    for item in waiting:
        lane = lane_of(item.way, urls.get(item.recipient_id))
        if has_room(tries.under_way, lane):
            started += 1
            tries.under_way[item.delivery_id] = lane
            tasks.create_task(_deliver_apart(tries, item))
    if not waiting and not tries.under_way:
        async with transaction(sender.database) as session:
            await tries.forget(session, sender.clock() - LOG_LASTS)
    return started > 0


def busy_of(under_way: Mapping[UUID, str], urls: Mapping[UUID, str | None]) -> Busy:
    """Lanes in which nothing can be begun, by the recipients whose they are."""
    lanes = {lane for lane in under_way.values() if not has_room(under_way, lane)}
    recipient_ids = {key for key, url in urls.items() if lane_of("webhook", url) in lanes}
    return Busy(frozenset(under_way), MAIL in lanes, frozenset(recipient_ids))


async def _deliver_apart(tries: Tries[Item], item: Item) -> None:
    """What comes of it is lost in a fault of ours, and it is tried again."""
    database = tries.sender.database
    try:
        await tries.deliver(item)
    except Exception as error:  # noqa: BLE001  one of them must not end the others
        log.error("delivery.fault", kind=tries.loop, error=cause_of(error))  # noqa: TRY400  no words of theirs
        metrics_of(database.service).faults.labels(database.service, tries.loop).inc()
        await asyncio.sleep(POLL_SECONDS)
    finally:
        del tries.under_way[item.delivery_id]
        database.wakeup.notify_here(tries.channel)
