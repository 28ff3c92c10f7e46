"""Counts over tables, kept in memory by one worker, so that a scrape costs the database nothing.

A process that does not count shows nothing: a former leader's counts would be scraped too.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from shared.database import Database, Session, transaction
from shared.errors import UnavailableError
from shared.messaging.consumer.held import held_counts
from shared.messaging.outbox.relay import pending_state
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress

ShowCounts = Callable[[Session], Awaitable[None]]
MAILBOX_SECONDS = 15.0  # between two counts of what waits: few rows while all is well
TABLES_SECONDS = 60.0  # between two counts of whole tables
COUNT_SECONDS = 10.0  # a statement that takes longer is given up until its next turn
REST = 20  # a backlog of millions is counted for a twentieth of the time at most
LONGEST_REST_SECONDS = 20.0  # and yet a leader is seen to count
REASONS = ("gap", "failed", "not_yet_known", "fault", "crashes_the_process")


def gauges_loop(database: Database, tables: Sequence[ShowCounts] = ()) -> Loop:
    """Counts at once, then again and again; for the leader. `tables` count a service's own rows."""

    async def run(progress: Progress) -> None:
        try:
            await _count_for_ever(database, tables, progress)
        finally:
            metrics_of(database.service).forget_counts()

    return Loop("gauges", run)


async def _count_for_ever(
    database: Database, tables: Sequence[ShowCounts], progress: Progress
) -> None:
    tables_due_at = 0.0
    while True:
        progress.beat()
        began = time.monotonic()
        try:
            await _count(database, "mailbox", [show_mailbox])
            seconds = time.monotonic() - began
            if began >= tables_due_at:
                progress.beat()
                tables_due_at = began + TABLES_SECONDS
                await _count(database, "tables", tables)
            progress.beat()
        except UnavailableError:
            # Old counts would look like true ones for as long as the outage lasts.
            metrics_of(database.service).forget_counts()
            progress.beat(outage="database")
            seconds = 0.0
        await asyncio.sleep(min(max(MAILBOX_SECONDS, REST * seconds), LONGEST_REST_SECONDS))


async def _count(database: Database, what: str, counts: Sequence[ShowCounts]) -> None:
    """Raises UnavailableError, also for a count that takes too long."""
    for show in counts:
        async with transaction(database) as session:
            await session.execute(f"SET LOCAL statement_timeout = '{COUNT_SECONDS:.0f}s'")
            await show(session)
    counted_at = metrics_of(database.service).counted_at
    counted_at.labels(database.service, what).set_to_current_time()


async def show_mailbox(session: Session) -> None:
    """What every service shows of its mailbox: waiting to be sent, waiting to take effect."""
    service = session.database.service
    metrics = metrics_of(service)
    number, oldest = await pending_state(session)
    metrics.pending_events.labels(service).set(number)
    now: datetime = await session.scalar("SELECT clock_timestamp()")
    age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    metrics.pending_age_seconds.labels(service).set(age)
    counts = await held_counts(session)
    for reason in {*REASONS, *counts}:
        metrics.held.labels(service, reason).set(counts[reason][0] if reason in counts else 0)
