"""The loop that reads stored submissions again: a slice in a transaction, from where it stood.

Invariant: an inquiry is only changed, never made again; what comes in by the door goes first.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from services.intake.domain.renormalising import (
    Comparison,
    Difference,
    DifferenceKind,
    RenormalisationState,
    compared,
    revived,
)
from services.intake.domain.requests import SourceView, Submission
from services.intake.repository import calls, follow_ups, imports, repairs
from services.intake.repository import renormalisations as rows
from services.intake.use_cases.bodies import body_file
from services.intake.use_cases.hear_calls import HeardCall
from services.intake.use_cases.interpret import MAX_READING_SECONDS, Reader, Reading
from services.intake.use_cases.renormalisations import RENORMALISATIONS
from services.intake.use_cases.renormalise_calls import compared_calls, late_calls, write_calls
from services.intake.use_cases.repair import ARRIVED
from services.intake.use_cases.settling import is_fault_of_content
from services.intake.use_cases.source_views import SourceViews
from shared.clock import Clock
from shared.contracts.inquiries import InquiryUpdated
from shared.contracts.inquiry import Inquiry
from shared.database import Database, Row, Session, reading, transaction
from shared.errors import ServiceError
from shared.messaging.erased import erased_among
from shared.messaging.outbox.publish import emit
from shared.runtime.loop import Loop, Progress
from shared.sandbox.process import DiedError, TooSlowError

log = structlog.get_logger()
POLL_SECONDS: Final = 5.0
SLICE: Final = 50  # submissions of a transaction
MOST_PENDING: Final = 200  # submissions that wait, above which this waits as well
WAIT_SECONDS: Final = 0.2

Readings = Mapping[UUID, Reading]


@dataclass(eq=False)
class Renormaliser:
    """`reader` has a process apart of its own, so that no lead waits for what is read again."""

    database: Database
    clock: Clock
    reader: Reader
    sources: SourceViews = field(default_factory=SourceViews)

    async def step(self) -> bool:
        """One slice of the job that waits longest; False if none waits. Raises UnavailableError."""
        async with reading(self.database) as session:
            job = await rows.find_next(session)
            if job is None:
                return False
            is_crowded = await imports.count_pending(session, most=MOST_PENDING) >= MOST_PENDING
        if is_crowded:
            await asyncio.sleep(WAIT_SECONDS)
        async with reading(self.database) as session:
            submissions = await rows.list_window(session, job, limit=SLICE)
            items = await self.sources.load(session, submissions)
        readings = {one.submission_id: one async for one in self._read(items)}
        ids = [submission.submission_id for submission in submissions]
        try:
            await self._settle(job, ids, readings)
        except (asyncpg.PostgresError, ServiceError) as error:
            if not is_fault_of_content(error):
                raise
            await self._one_by_one(job, ids, readings)
        return True

    async def _read(self, items: Sequence[tuple[Submission, SourceView]]) -> AsyncIterator[Reading]:
        """Those that can be read."""
        for submission, source in items:
            (outcome,) = self.reader.here([(submission, source)]) or [None]
            if outcome is None:
                try:
                    async with body_file(self.database, submission) as path:
                        outcome = await self.reader.apart(
                            submission, source, cpu_seconds=MAX_READING_SECONDS, body_file=path
                        )
                except (TooSlowError, DiedError):
                    continue
            yield outcome
            await asyncio.sleep(0)

    async def _one_by_one(self, job: Row, ids: Sequence[UUID], readings: Readings) -> None:
        """Leave out what cannot be written, with the number of the others."""
        for submission_id in ids:
            try:
                await self._settle(job, [submission_id], readings)
            except (asyncpg.PostgresError, ServiceError) as error:
                if not is_fault_of_content(error):
                    raise
                log.warning("renormalising.unwritable", submission_id=str(submission_id))
                await self._settle(job, [submission_id], {})

    async def _settle(self, job: Row, ids: Sequence[UUID], readings: Readings) -> None:
        """Compare these, apply what may be applied, and go on behind them; without any it ends."""
        job_id, now = job["renormalisation_id"], self.clock()
        async with transaction(self.database) as session:
            present = await rows.get_renormalisation(session, job_id, lock=True)
            if present["state"] == RenormalisationState.CANCELLED:
                return
            if not ids:
                ends = {"state": RenormalisationState.DONE, "ended_at": now}
                await rows.change_renormalisation(session, job_id, ends)
                return
            turn = Turn(session, is_dry=present["dry_run"])
            comparisons = await turn.compare([readings[one] for one in ids if one in readings])
            if not turn.is_dry:
                await turn.apply(comparisons, now=now)
            differences = {one: item.differences for one, item in comparisons.items()}
            await rows.add_differences(session, job_id, differences)
            unread = len(ids) - len(readings.keys() & set(ids))
            counts = _counts(present, comparisons, done=len(ids), unread=unread)
            values = {**counts, "state": RenormalisationState.RUNNING, "last_id": ids[-1]}
            await rows.change_renormalisation(session, job_id, values)


@dataclass(eq=False)
class Turn:
    """One slice within its transaction; `inquiries` are locked until the commit."""

    session: Session
    is_dry: bool
    inquiries: dict[UUID, Inquiry] = field(default_factory=dict)
    late: list[HeardCall] = field(default_factory=list)

    async def compare(self, readings: Sequence[Reading]) -> dict[UUID, Comparison]:
        """By submission; of people who were erased nothing is read again."""
        ids = [one.submission_id for one in readings]
        states = await rows.lock_submissions(self.session, ids)
        inquiry_ids = await rows.find_inquiry_ids(self.session, ids)
        of_calls = [one for one in readings if one.content.calls]
        late = await late_calls(self.session, of_calls) if of_calls else []
        of_late = [call.inquiry_id for call in late if call.inquiry_id is not None]
        named = {one for group in inquiry_ids.values() for one in group}.union(of_late)
        if named:
            self.inquiries = await calls.lock_inquiries(self.session, named)
        erased = await self._erased()
        self.late = [call for call in late if self._is_of_somebody(call, erased)]
        comparisons = compared_calls(self.late, self.inquiries)
        for one in readings:
            row = states[one.submission_id]
            group = inquiry_ids[one.submission_id]
            if one.content.calls or row["state"] == "pending":
                continue
            present = {inquiry_id: self.inquiries[inquiry_id] for inquiry_id in group}
            if any(inquiry.contact_id in erased for inquiry in present.values()):
                continue
            comparisons[one.submission_id] = (
                compared(one.content, one.inquiry_ids, present)
                if group
                else revived(one.content, state=row["state"], reason=row["reason"])
            )
        return comparisons

    async def apply(self, comparisons: Mapping[UUID, Comparison], *, now: datetime) -> None:
        """Change inquiries and emit that; make pending what would give one."""
        changes = {
            inquiry_id: members
            for item in comparisons.values()
            for inquiry_id, members in item.changes.items()
        }
        for inquiry_id, members in changes.items():
            event = InquiryUpdated(
                contact_id=self.inquiries[inquiry_id].contact_id,
                inquiry_id=inquiry_id,
                changed_at=now,
                changes=dict(members),
            )
            emit(self.session, event, now=now)
        if changes:
            await calls.change_inquiries(self.session, list(changes.items()))
        await write_calls(self.session, self.late, now=now)
        ids = [one for one, item in comparisons.items() if item.revives]
        if ids:
            await repairs.requeue_submissions(self.session, ids)
            await follow_ups.try_again(self.session, ids, now=now)
            self.session.notify_after_commit(ARRIVED)

    def _is_of_somebody(self, call: HeardCall, erased: frozenset[UUID]) -> bool:
        inquiry = None if call.inquiry_id is None else self.inquiries.get(call.inquiry_id)
        return inquiry is not None and inquiry.contact_id not in erased

    async def _erased(self) -> frozenset[UUID]:
        people = {inquiry.contact_id for inquiry in self.inquiries.values()}
        return await erased_among(self.session, people)


def _counts(
    job: Row, comparisons: Mapping[UUID, Comparison], *, done: int, unread: int
) -> dict[str, int]:
    items = comparisons.values()
    return {
        "submissions_done": job["submissions_done"] + done,
        "submissions_unread": job["submissions_unread"] + unread,
        "inquiries_changed": job["inquiries_changed"] + sum(len(item.changes) for item in items),
        "submissions_revived": job["submissions_revived"] + sum(item.revives for item in items),
        "submissions_to_review": job["submissions_to_review"]
        + sum(any(map(_needs_review, item.differences)) for item in items),
    }


def _needs_review(difference: Difference) -> bool:
    return difference.kind is DifferenceKind.NEEDS_REVIEW


def renormalisations_loop(renormaliser: Renormaliser) -> Loop:
    """Works one job at a time."""

    async def run(progress: Progress) -> None:
        try:
            while True:
                is_busy = await renormaliser.step()
                progress.beat()
                if not is_busy:
                    wakeup = renormaliser.database.wakeup
                    await wakeup.wait(RENORMALISATIONS, seconds=POLL_SECONDS)
        finally:
            await renormaliser.reader.sandbox.close()

    return Loop("renormalisations", run)
