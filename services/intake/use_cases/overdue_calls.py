"""Calls whose end is never told: after OVERDUE they become inquiries by what is known of them.

Invariant: a customer who called is not lost because the exchange went down in the middle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from services.intake.domain.requests import Content
from services.intake.repository import calls, submissions
from services.intake.repository.calls import CallKey, CallRow
from services.intake.use_cases.claim import Batch
from services.intake.use_cases.hear_calls import HeardCall
from services.intake.use_cases.interpret import Reading
from services.intake.use_cases.normalise import settle_batch
from services.intake.use_cases.settling import Normaliser, is_fault_of_content
from shared.database import Session, reading, transaction
from shared.runtime.batch import work_through
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
SWEEP_SECONDS: Final = 30.0
BATCH: Final = 100
_RETRY: Final = timedelta(minutes=10)


def overdue_calls_loop(normaliser: Normaliser) -> Loop:
    """Looks for overdue calls twice a minute, by one indexed statement."""

    async def run(progress: Progress) -> None:
        in_flight = InFlight(normaliser.database, "overdue-calls")
        while True:
            while await settle_overdue(normaliser, in_flight) == BATCH:
                progress.beat()
            await progress.rest(SWEEP_SECONDS)

    return Loop("overdue-calls", run)


async def settle_overdue(normaliser: Normaliser, in_flight: InFlight) -> int:
    """Settle some of the overdue calls; how many there were. Raises UnavailableError."""
    async with reading(normaliser.database) as session:
        keys = await calls.list_overdue(session, now=normaliser.clock(), limit=BATCH)
    if keys:
        await work_through(in_flight, keys, OverdueWork(normaliser, in_flight))
    return len(keys)


@dataclass(eq=False)
class OverdueWork:
    """See `BatchWork`; the items are calls. One that cannot be settled waits, and the others go on:
    its submissions are settled already.
    """

    normaliser: Normaliser
    in_flight: InFlight

    def name(self, item: CallKey) -> str:
        source_id, digest = item
        return f"{source_id}:{digest.hex()}"

    async def together(self, items: Sequence[CallKey]) -> None:
        async with transaction(self.normaliser.database) as session:
            await _settle(self.normaliser, session, items)
            await self.in_flight.done(session)

    async def alone(self, item: CallKey) -> None:
        await self.together([item])

    def is_poison(self, error: Exception) -> bool:
        return is_fault_of_content(error)

    async def set_aside(self, item: CallKey, reason: str, error: Exception | None) -> None:
        del reason, error
        async with transaction(self.normaliser.database) as session:
            until = self.normaliser.clock() + _RETRY
            await calls.postpone_calls(session, [item], until=until)
            await self.in_flight.done(session)

    async def fault(self, item: CallKey, error: Exception) -> None:
        log.error("overdue_calls.fault", error=type(error).__name__)
        await self.set_aside(item, "", error)


async def _settle(normaliser: Normaliser, session: Session, keys: Sequence[CallKey]) -> None:
    now = normaliser.clock()
    rows = await calls.lock_overdue(session, keys, now=now)
    candidates = await _close(normaliser, session, rows)
    ending = [call for call in candidates if call.is_of_somebody]
    # Of the others only a recording was ever heard: there is nobody who could be called back.
    nameless = [call.row.key for call in candidates if not call.is_of_somebody]
    await calls.postpone_calls(session, nameless, until=None)
    unreadable = {row.key for row in rows} - {call.row.key for call in candidates}
    await calls.postpone_calls(session, sorted(unreadable), until=now + _RETRY)
    if ending:
        log.warning("overdue_calls.settled", count=len(ending))
        await settle_batch(session, Batch(), ending, now=now)


async def _close(
    normaliser: Normaliser, session: Session, rows: Sequence[CallRow]
) -> list[HeardCall]:
    """The calls as they end without another event, each by the first submission that told of it."""
    stored = await submissions.list_by_id(session, [row.submission_id for row in rows])
    items = {
        submission.submission_id: (submission, source)
        for submission, source in await normaliser.sources.load(session, stored)
    }
    return [
        HeardCall(row, source, (), row.facts, Reading(submission, source, Content()))
        for row in rows
        if row.submission_id in items
        for submission, source in [items[row.submission_id]]
    ]
