"""Intake's worker: relay, normaliser and conservation, each a loop that lives alone, led by one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from uuid import UUID

import httpx
import structlog

from services.intake.channels import CHANNELS
from services.intake.repository.submissions import pending_ids
from services.intake.settings import Settings
from services.intake.use_cases import conservation
from services.intake.use_cases.gauges import show_counts
from services.intake.use_cases.neighbours import Neighbour, neighbours_of
from services.intake.use_cases.normalise import normalise_batch, set_aside
from services.intake.use_cases.reading import TOO_LARGE, Readers
from services.intake.use_cases.repair import ARRIVED
from services.intake.use_cases.sources import tidy_sources
from shared.clock import Clock, system_clock
from shared.database import Database, open_database, transaction
from shared.errors import Kind, ServiceError
from shared.messaging.gauges import gauges_loop
from shared.messaging.ladder import Hand, Rungs, climb, poisonous
from shared.messaging.leader import LeaderLease, led
from shared.messaging.open import open_bus
from shared.messaging.relay import relay_loop
from shared.messaging.speaking import SPOKEN
from shared.messaging.wakeup import carry
from shared.observability.metrics import metrics_of
from shared.runtime import Loop, Progress
from shared.sealing import Sealing
from shared.web.service_token import ServiceToken

log = structlog.get_logger()
BATCH = 200
BATCH_BYTES = 16 * 1_048_576
POLL_SECONDS = 1.0
CONSERVATION_SECONDS = 60.0
WHOLE_EVERY = 60  # once an hour all time is compared
NOBODY = UUID(int=0)

READERS: Readers = {name: channel.parse for name, channel in CHANNELS.items()}


def worker(
    settings: Settings, *, clock: Clock = system_clock
) -> AbstractAsyncContextManager[Sequence[Loop]]:
    """The loops of one worker process; the caller keeps them. Raises SecretFileError at once."""
    return _worker(settings, Sealing.open(settings.sealing_keys_file), clock=clock)


@asynccontextmanager
async def _worker(
    settings: Settings, sealing: Sealing, *, clock: Clock
) -> AsyncIterator[Sequence[Loop]]:
    database = open_database(
        settings.database_url.get_secret_value(),
        service="intake",
        pool_size=settings.database_pool,
        background=True,
    )
    database.sealing = sealing
    bus = open_bus(settings)
    async with httpx.AsyncClient(trust_env=False) as client:
        neighbours = neighbours_of(
            settings, client, token=ServiceToken(settings.service_token_file)
        )
        grace = timedelta(seconds=settings.grace_seconds)
        try:
            yield [
                carry(database, [ARRIVED, SPOKEN]),
                *led(
                    LeaderLease(database),
                    [
                        relay_loop(database, bus, clock=clock),
                        normaliser_loop(database, clock=clock),
                        conservation_loop(database, neighbours, clock=clock, grace=grace),
                        gauges_loop(database, [show_counts]),
                        sources_loop(database, clock=clock),
                    ],
                ),
            ]
        finally:
            await bus.close()
            await database.close()


def normaliser_loop(database: Database, *, clock: Clock, readers: Readers = READERS) -> Loop:
    """Settles what is pending, woken by the door, and by itself once a second."""

    async def run(progress: Progress) -> None:
        hand = Hand(database, "normaliser")
        while True:
            await normalise_pending(database, hand, readers, clock=clock, progress=progress)
            progress.beat()
            await database.bell.wait(ARRIVED, seconds=POLL_SECONDS)

    return Loop("normaliser", run)


async def normalise_pending(
    database: Database, hand: Hand, readers: Readers, *, clock: Clock, progress: Progress
) -> int:
    """One pass over all that is pending now, oldest first; gives how many were settled.

    Raises UnavailableError, and whatever is a fault of our own.
    """
    settled = 0
    after = NOBODY

    async def together(ids: Sequence[UUID]) -> None:
        nonlocal settled
        settled += await normalise_batch(database, ids, readers, now=clock(), hand=hand)

    async def aside(submission_id: UUID, reason: str, error: BaseException | None) -> None:
        too_large = isinstance(error, ServiceError) and error.kind is Kind.TOO_LARGE
        told = TOO_LARGE if too_large else reason
        await set_aside(database, submission_id, told, now=clock(), hand=hand)

    rungs = Rungs[UUID](
        name=str,
        together=together,
        alone=lambda submission_id: together([submission_id]),
        set_aside=aside,
        poison=at_fault,
    )
    while True:
        async with transaction(database) as session:
            ids = await pending_ids(session, after=after, limit=BATCH, max_bytes=BATCH_BYTES)
        if not ids:
            return settled
        await climb(hand, ids, rungs)
        after = ids[-1]
        progress.beat()


def at_fault(error: BaseException) -> bool:
    """Whether a submission's own content did this: pure parsing stumbled, or it grew too large."""
    if isinstance(error, ServiceError):
        return error.kind in {Kind.TOO_LARGE, Kind.INVALID}
    stumbled = ValueError | TypeError | LookupError | AttributeError | ArithmeticError
    return isinstance(error, stumbled | RecursionError) or poisonous(error)


def conservation_loop(
    database: Database,
    neighbours: Sequence[Neighbour | str],
    *,
    clock: Clock,
    grace: timedelta,
) -> Loop:
    """Compares every minute, and shows the differences as a gauge that stays 0."""

    async def run(progress: Progress) -> None:
        rounds = 0
        while True:
            whole = rounds % WHOLE_EVERY == 0
            result = await conservation.compute(
                database, neighbours, now=clock(), grace=grace, whole=whole
            )
            rounds += 1
            gauge = metrics_of("intake").conservation_difference
            for check, difference in conservation.differences(result).items():
                gauge.labels("intake", check).set(difference)
                if difference:
                    log.error("conservation.difference", check=check, difference=difference)
            await _rest(database, progress)

    return Loop("conservation", run)


def sources_loop(database: Database, *, clock: Clock) -> Loop:
    """Former secrets go when their overlap is over; a new sealing key seals what older ones did."""

    async def run(progress: Progress) -> None:
        while True:
            async with transaction(database) as session:
                tidied = await tidy_sources(session, now=clock())
            if tidied:
                log.info("sources.tidied", count=tidied)
            await _rest(database, progress)

    return Loop("sources", run)


async def _rest(database: Database, progress: Progress) -> None:
    """Sleep until the next comparison without seeming stalled."""
    for _ in range(int(CONSERVATION_SECONDS / POLL_SECONDS / 10)):
        progress.beat()
        await database.bell.wait("conservation", seconds=10 * POLL_SECONDS)
