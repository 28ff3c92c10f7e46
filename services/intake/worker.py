"""Intake's worker: relay, normaliser, reconciliation, each a loop of the one that leads."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import httpx
import structlog

from services.intake.channels.apart import TARGET
from services.intake.repository.reconciliation import INQUIRIES, SUBMISSIONS
from services.intake.settings import Settings
from services.intake.use_cases.gauges import show_counts
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.peers import Peer, peers_of
from services.intake.use_cases.pending import normaliser_loop
from services.intake.use_cases.pending_apart import apart_loop
from services.intake.use_cases.reconcile import differences, reconcile
from services.intake.use_cases.repair import ARRIVED
from services.intake.use_cases.settling import Normaliser
from services.intake.use_cases.sources import tidy_sources
from shared.clock import Clock, system_clock
from shared.database import Database, transaction
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress
from shared.sealing import Sealing
from shared.single_process import SingleProcess
from shared.web.service_token import ServiceToken
from shared.worker import open_worker

log = structlog.get_logger()
BEAT_SECONDS = 10.0
RECONCILE_SECONDS = 60.0
WHOLE_EVERY = 60  # once an hour all time is compared


def worker(
    settings: Settings, *, clock: Clock = system_clock, single: SingleProcess | None = None
) -> AbstractAsyncContextManager[Sequence[Loop]]:
    """The loops of one worker process; the caller keeps them. Raises SecretFileError at once."""
    return _worker(settings, Sealing.open(settings.sealing_keys_file), clock=clock, single=single)


@asynccontextmanager
async def _worker(
    settings: Settings, sealing: Sealing, *, clock: Clock, single: SingleProcess | None
) -> AsyncIterator[Sequence[Loop]]:
    async with (
        open_worker("intake", settings, clock=clock, single=single) as parts,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        database = parts.database
        database.sealing = sealing
        normaliser = Normaliser(database, Reader(new_sandbox(TARGET)), clock)
        peers = peers_of(settings, client, token=ServiceToken(settings.service_token_file))
        grace = timedelta(seconds=settings.grace_seconds)
        yield parts.loops(
            leading=[
                normaliser_loop(normaliser),
                apart_loop(normaliser),
                reconciliation_loop(database, peers, clock=clock, grace=grace),
                sources_loop(database, clock=clock),
            ],
            channels=[ARRIVED],
            counts=[show_counts],
            ledgers=[INQUIRIES, SUBMISSIONS],
        )


def reconciliation_loop(
    database: Database,
    peers: Sequence[Peer | str],
    *,
    clock: Clock,
    grace: timedelta,
) -> Loop:
    """Compares every minute and sets the gauge of differences, which should stay 0."""

    async def run(progress: Progress) -> None:
        rounds = 0
        while True:
            whole = rounds % WHOLE_EVERY == 0
            result = await reconcile(
                database, peers, now=clock(), grace=grace, whole=whole, beat=progress.beat
            )
            rounds += 1
            gauge = metrics_of("intake").unreconciled_inquiries
            for check, difference in differences(result).items():
                gauge.labels("intake", check).set(difference)
                if difference:
                    log.error("reconciliation.difference", check=check, difference=difference)
            await _rest(progress)

    return Loop("reconciliation", run)


def sources_loop(database: Database, *, clock: Clock) -> Loop:
    """Wipes former secrets after their overlap and re-seals what an older key has sealed."""

    async def run(progress: Progress) -> None:
        while True:
            async with transaction(database) as session:
                count = await tidy_sources(session, now=clock())
            if count:
                log.info("sources.tidied", count=count)
            await _rest(progress)

    return Loop("sources", run)


async def _rest(progress: Progress) -> None:
    """Sleep until the next round, with beats so that the loop does not look stalled."""
    for _ in range(int(RECONCILE_SECONDS / BEAT_SECONDS)):
        progress.beat()
        await asyncio.sleep(BEAT_SECONDS)
