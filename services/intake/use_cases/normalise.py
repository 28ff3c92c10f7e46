"""Normalise: submissions become inquiries, contacts and events, a batch in one transaction.

Its law: a submission is settled in the same commit that speaks of it, so neither is ever alone.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.intake.domain.contact_matching import Joined
from services.intake.domain.joining import join
from services.intake.domain.requests import Draft
from services.intake.repository import submissions
from services.intake.repository.normalised import NewInquiry, write_normalised
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.events import Minted, consent_recorded, observed_call, received
from services.intake.use_cases.interpret import Reading
from services.intake.use_cases.resolve_contacts import (
    change_known,
    known_people,
    people_written,
    say_who_changed,
)
from services.intake.use_cases.taking_up import TakenUp, approaches_of, outcome, take_up
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import moment
from shared.database import Database, Session, transaction
from shared.messaging.outbox.publish import emit
from shared.runtime.in_flight import InFlight

BREATH_SECONDS = 0.003


async def settle_readings(
    database: Database, readings: Sequence[Reading], *, now: datetime, in_flight: InFlight
) -> int:
    """Settle those whose submissions are still pending; gives their number.

    Raises UnavailableError, and any error of a single submission when it is alone.
    """
    settled = 0
    async with transaction(database) as session:
        if readings:
            batch = await take_up(session, readings)
            settled = await _normalise(session, batch, now=now)
        await in_flight.done(session)
    return settled


@dataclass(eq=False)
class _Pace:
    """Long pure work makes way now and then: in one process the door shares this thread."""

    began: float = field(default_factory=time.perf_counter)

    async def breathe(self) -> None:
        if time.perf_counter() - self.began > BREATH_SECONDS:
            await asyncio.sleep(0)
            self.began = time.perf_counter()


async def _normalise(session: Session, batch: TakenUp, *, now: datetime) -> int:
    approaches = [one for reading in batch.meaningful for one in approaches_of(reading)]
    people = await known_people(session, approaches, locked=batch.points, now=now)
    joined = {approach.origin_id: join(people, approach) for approach in approaches}
    say_who_changed(session, people, now=now)
    rows: list[NewInquiry] = []
    pace = _Pace()
    for reading in batch.meaningful:
        rows.extend(_tell(session, reading, joined, now=now))
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
        born_of: reading.stored.traceparent
        for reading in readings
        for born_of in (*reading.inquiry_ids, *reading.observation_ids)
    }


def _tell(
    session: Session, reading: Reading, joined: Mapping[UUID, Joined], *, now: datetime
) -> list[NewInquiry]:
    stored, source = reading.stored, reading.source
    assert source is not None, "a reading with inquiries has its source"
    rows = []
    trace = stored.traceparent
    for place, born_of in enumerate(reading.inquiry_ids):
        made = received(
            _minted(reading, reading.inquiries[place], joined[born_of], born_of), source
        )
        emit(session, made, now=now, traceparent=trace)
        # The row holds the very text that is spoken: both are one truth, written out once.
        rows.append(_row(made, stored.submission_id, place, content=session.emitted[-1].payload))
        if made.consent is not None and made.consent.given is not None:
            said_at = made.consent.at or moment(made)
            emit(session, consent_recorded(made, at=said_at), now=now, traceparent=trace)
    for place, born_of in enumerate(reading.observation_ids):
        seen = _minted(reading, reading.observed[place], joined[born_of], born_of)
        emit(session, observed_call(seen), now=now, traceparent=trace)
    return rows


def _minted(reading: Reading, draft: Draft, joined: Joined, born_of: UUID) -> Minted:
    return Minted(
        draft=draft,
        inquiry_id=born_of,
        contact_id=joined.contact_id,
        source_id=reading.stored.source_id,
        submission_id=reading.stored.submission_id,
        received_at=reading.stored.received_at,
        is_repeat=joined.is_repeat,
    )


def _row(made: InquiryReceived, submission_id: UUID, place: int, *, content: str) -> NewInquiry:
    return NewInquiry(
        inquiry_id=made.inquiry_id,
        contact_id=made.contact_id,
        submission_id=submission_id,
        place=place,
        source_id=made.source_id,
        channel=made.channel,
        received_at=made.received_at,
        content=content,
    )


async def set_aside(
    database: Database, submission_id: UUID, reason: str, *, now: datetime, in_flight: InFlight
) -> None:
    """Quarantine a submission that cannot be normalised, with the reason."""
    async with transaction(database) as session:
        if await submissions.lock_pending(session, [submission_id]):
            quarantined = Outcome(submission_id, "quarantined", reason)
            await submissions.settle(session, [quarantined], now=now)
        await in_flight.done(session)
