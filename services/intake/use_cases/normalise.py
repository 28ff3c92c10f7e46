"""Normalise: submissions become inquiries, contacts and events, a batch in one transaction.

Invariant: a submission is settled in the same commit that emits its events.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.intake.domain.contact_matching import Joined
from services.intake.domain.identity_resolution import join
from services.intake.repository import submissions
from services.intake.repository.normalised import NewInquiry, write_normalised
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.claim import TakenUp, approaches_of, outcome, take_up
from services.intake.use_cases.events import consent_recorded, inquiry_received, observed_call
from services.intake.use_cases.interpret import Reading
from services.intake.use_cases.resolve_contacts import (
    change_known,
    emit_contact_changes,
    known_people,
    people_written,
)
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import moment
from shared.database import Database, Session, transaction
from shared.messaging.outbox.publish import emit
from shared.runtime.in_flight import InFlight

BREATH_SECONDS = 0.003


async def settle_readings(
    database: Database, readings: Sequence[Reading], *, now: datetime, in_flight: InFlight
) -> int:
    """Settle those whose submissions are still pending and return their number.

    Raises UnavailableError, and any error of a single submission if it is alone.
    """
    count = 0
    async with transaction(database) as session:
        if readings:
            batch = await take_up(session, readings)
            count = await _normalise(session, batch, now=now)
        await in_flight.done(session)
    return count


@dataclass(eq=False)
class _Pace:
    """Yields to other tasks during long pure work, because the door may share this thread."""

    start: float = field(default_factory=time.perf_counter)

    async def breathe(self) -> None:
        if time.perf_counter() - self.start > BREATH_SECONDS:
            await asyncio.sleep(0)
            self.start = time.perf_counter()


async def _normalise(session: Session, batch: TakenUp, *, now: datetime) -> int:
    approaches = [one for reading in batch.meaningful for one in approaches_of(reading)]
    people = await known_people(session, approaches, locks=batch.points, now=now)
    matches = {approach.origin_id: join(people, approach) for approach in approaches}
    emit_contact_changes(session, people, now=now)
    rows: list[NewInquiry] = []
    pace = _Pace()
    for reading in batch.meaningful:
        rows.extend(_emit_events(session, reading, matches, now=now))
        await pace.breathe()
    outcomes = [*batch.outcomes, *map(_normalised, batch.meaningful)]
    if outcomes:
        await write_normalised(session, people_written(people), rows, outcomes, now=now)
    await change_known(session, people, now=now, traceparents=_traces(batch.meaningful))
    return len(outcomes)


def _normalised(reading: Reading) -> Outcome:
    return outcome(reading, "normalised", None, reading.inquiry_ids)


def _traces(readings: Sequence[Reading]) -> dict[UUID, str | None]:
    """The traceparent of the request behind each inquiry and observed call."""
    return {
        origin_id: reading.submission.traceparent
        for reading in readings
        for origin_id in (*reading.inquiry_ids, *reading.observation_ids)
    }


def _emit_events(
    session: Session, reading: Reading, matches: Mapping[UUID, Joined], *, now: datetime
) -> list[NewInquiry]:
    submission, source = reading.submission, reading.source
    assert source is not None, "a reading with inquiries has its source"
    rows = []
    trace = submission.traceparent
    for place, inquiry_id in enumerate(reading.inquiry_ids):
        draft, match = reading.inquiries[place], matches[inquiry_id]
        event = inquiry_received(submission, source, draft, match, inquiry_id=inquiry_id)
        emit(session, event, now=now, traceparent=trace)
        # The row holds the payload of the event, so both are the same and serialised once.
        payload = session.emitted[-1].payload
        rows.append(_row(event, submission.submission_id, place, content=payload))
        if event.consent is not None and event.consent.given is not None:
            consent = consent_recorded(event, at=event.consent.at or moment(event))
            emit(session, consent, now=now, traceparent=trace)
    for place, observation_id in enumerate(reading.observation_ids):
        draft, match = reading.observed[place], matches[observation_id]
        call = observed_call(submission, draft, match, observation_id=observation_id)
        emit(session, call, now=now, traceparent=trace)
    return rows


def _row(event: InquiryReceived, submission_id: UUID, place: int, *, content: str) -> NewInquiry:
    return NewInquiry(
        inquiry_id=event.inquiry_id,
        contact_id=event.contact_id,
        submission_id=submission_id,
        place=place,
        source_id=event.source_id,
        channel=event.channel,
        received_at=event.received_at,
        content=content,
    )


async def set_aside(
    database: Database, submission_id: UUID, reason: str, *, now: datetime, in_flight: InFlight
) -> None:
    """Quarantine a submission that cannot be normalised, with the reason."""
    async with transaction(database) as session:
        if await submissions.lock_pending(session, [submission_id]):
            verdict = Outcome(submission_id, "quarantined", reason)
            await submissions.settle(session, [verdict], now=now)
        await in_flight.done(session)
