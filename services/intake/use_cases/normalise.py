"""Normalise: submissions become inquiries, contacts and events, a batch in one transaction.

Its law: a submission is settled in the same commit that speaks of it, so neither is ever alone.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.intake.domain.joining import join
from services.intake.domain.people import Approach, Joined
from services.intake.domain.wire import Draft, may_merge
from services.intake.repository import inquiries, submissions
from services.intake.repository.inquiries import NewInquiry
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.identify import known_people, write_people
from services.intake.use_cases.reading import Reading
from services.intake.use_cases.telling import Minted, consent_recorded, observed_call, received
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import moment
from shared.database import Database, Session, transaction
from shared.messaging.outbox.publish import emit
from shared.runtime.in_flight import InFlight

DUPLICATE = "duplicate"
NOTHING_IN_IT = "no_inquiry"
BREATH_SECONDS = 0.003


async def settle_readings(
    database: Database, readings: Sequence[Reading], *, now: datetime, in_flight: InFlight
) -> int:
    """Settle those whose submissions are still pending; gives their number.

    Raises UnavailableError, and any error of a single submission when it is alone.
    """
    async with transaction(database) as session:
        ids = [reading.stored.submission_id for reading in readings]
        mine = await submissions.lock_pending(session, ids)
        ours = [reading for reading in readings if reading.stored.submission_id in mine]
        if ours:
            await _normalise(session, ours, now=now)
        await in_flight.done(session)
    return len(ours)


@dataclass(eq=False)
class _Pace:
    """Long pure work makes way now and then: in one process the door shares this thread."""

    began: float = field(default_factory=time.perf_counter)

    async def breathe(self) -> None:
        if time.perf_counter() - self.began > BREATH_SECONDS:
            await asyncio.sleep(0)
            self.began = time.perf_counter()


async def _normalise(session: Session, readings: Sequence[Reading], *, now: datetime) -> None:
    outcomes, meaningful = await _without_duplicates(session, readings)
    approaches = [approach for reading in meaningful for approach in _approaches(reading)]
    people = await known_people(session, approaches, now=now)
    joined = {approach.born_of: join(people, approach) for approach in approaches}
    await write_people(session, people, now=now, traceparents=_traces(meaningful))
    rows: list[NewInquiry] = []
    pace = _Pace()
    for reading in meaningful:
        rows.extend(_tell(session, reading, joined, now=now))
        await pace.breathe()
    if rows:
        await inquiries.add_inquiries(session, rows, now=now)
    outcomes += [_normalised(reading) for reading in meaningful]
    await submissions.settle(session, outcomes, now=now)


async def _without_duplicates(
    session: Session, readings: Sequence[Reading]
) -> tuple[list[Outcome], list[Reading]]:
    """The outcomes of what yields nothing, and the readings that do.

    The first to tell of a thing, in the order of receipt, keeps it; later ones point at it.
    """
    outcomes: list[Outcome] = []
    meaningful: list[Reading] = []
    things: dict[tuple[UUID, bytes], Reading] = {}
    later: list[tuple[Reading, Reading]] = []
    for reading in readings:
        digest = reading.external_digest
        if reading.reason is not None:
            outcomes.append(_outcome(reading, "quarantined", reading.reason))
        elif not reading.inquiries and not reading.observed:
            outcomes.append(_outcome(reading, "ignored", reading.ignored or NOTHING_IN_IT))
        elif digest is None:
            meaningful.append(reading)
        else:
            first = things.setdefault((reading.stored.source_id, digest), reading)
            if first is not reading:
                later.append((reading, first))
    claims = [(source, digest, r.stored.submission_id) for (source, digest), r in things.items()]
    late = await submissions.claim_things(session, claims) if claims else {}
    earlier = {key: first.inquiry_ids for key, first in late.items()}
    for reading in things.values():
        known = earlier.get(reading.stored.submission_id)
        if known is None:
            meaningful.append(reading)
        else:
            outcomes.append(_outcome(reading, "ignored", DUPLICATE, known))
    for reading, first in later:
        ids = earlier.get(first.stored.submission_id, first.inquiry_ids)
        outcomes.append(_outcome(reading, "ignored", DUPLICATE, ids))
    return outcomes, sorted(meaningful, key=lambda reading: reading.stored.submission_id)


def _outcome(
    reading: Reading, state: str, reason: str | None, ids: tuple[UUID, ...] = ()
) -> Outcome:
    return Outcome(reading.stored.submission_id, state, reason, ids, reading.shown_external_id)


def _normalised(reading: Reading) -> Outcome:
    return _outcome(reading, "normalised", None, reading.inquiry_ids)


def _approaches(reading: Reading) -> list[Approach]:
    inquiries = zip(reading.inquiry_ids, reading.inquiries, strict=True)
    observed = zip(reading.observation_ids, reading.observed, strict=True)
    return [
        *(_approach(reading, born_of, draft, asks=True) for born_of, draft in inquiries),
        *(_approach(reading, born_of, draft, asks=False) for born_of, draft in observed),
    ]


def _approach(reading: Reading, born_of: UUID, draft: Draft, *, asks: bool) -> Approach:
    assert reading.source is not None, "a reading with inquiries has its source"
    return Approach(
        born_of,
        reading.stored.received_at,
        draft.contact,
        counts=asks and not draft.is_test,
        source_id=reading.stored.source_id,
        channel=draft.channel,
        may_merge=may_merge(reading.source),
    )


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
            outcome = Outcome(submission_id, "quarantined", reason)
            await submissions.settle(session, [outcome], now=now)
        await in_flight.done(session)
