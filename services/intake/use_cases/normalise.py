"""Normalise: submissions become inquiries, contacts and events, a batch in one transaction.

Invariant: a submission is settled in the same commit that emits its events.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.intake.domain.contact_matching import ContactMatch
from services.intake.domain.identity_resolution import resolve
from services.intake.domain.states import QuarantineReason, SubmissionState
from services.intake.repository import submissions
from services.intake.repository.consents import add_consents
from services.intake.repository.normalised import NewInquiry, write_normalised
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.change_calls import change_inquiries
from services.intake.use_cases.claim import Batch, approaches_of, claim, outcome
from services.intake.use_cases.erasure.late import forget_repeats, submissions_of_erased
from services.intake.use_cases.events import consent_recorded, inquiry_received, observed_call
from services.intake.use_cases.follow_ups import ready_readings
from services.intake.use_cases.hear_calls import (
    HeardCall,
    hear_calls,
    join_calls,
    outcomes_of,
    readings_of,
    write_calls,
)
from services.intake.use_cases.interpret import Reading
from services.intake.use_cases.judgement import without_spam
from services.intake.use_cases.mail_threads import add_threads, with_threads
from services.intake.use_cases.proofs import without_reused_proofs
from services.intake.use_cases.record_purchases import (
    ToldPurchase,
    buyers_of,
    hear_purchases,
    purchase_outcomes,
    record_purchases,
)
from services.intake.use_cases.resolve_contacts import (
    change_known,
    emit_contact_changes,
    known_people,
)
from services.intake.use_cases.windows import set_repeats_aside
from shared.contracts.contacts import ConsentRecorded
from shared.contracts.inquiry import moment
from shared.database import Database, Session, transaction
from shared.messaging.outbox.publish import emit
from shared.runtime.in_flight import InFlight
from shared.runtime.pace import Pace


async def settle_readings(
    database: Database, readings: Sequence[Reading], *, now: datetime, in_flight: InFlight
) -> int:
    """Settle those whose submissions are still pending and return their number.

    What has follow-ups waits for them instead.

    Raises UnavailableError, and any error of a single submission if it is alone.
    """
    count = 0
    async with transaction(database) as session:
        if readings:
            proven = await without_reused_proofs(session, readings)
            ready = await ready_readings(session, proven, now=now)
            judged = await without_spam(session, ready, now=now)
            threaded = await with_threads(session, judged)
            count = await _normalise(session, await claim(session, threaded), now=now)
        await in_flight.done(session)
    return count


async def _normalise(session: Session, batch: Batch, *, now: datetime) -> int:
    calls = await hear_calls(session, batch.of_calls)
    orders = await hear_purchases(session, batch.of_purchases)
    return await settle_batch(session, batch, calls, orders, now=now)


async def settle_batch(
    session: Session,
    batch: Batch,
    calls: Sequence[HeardCall],
    orders: Sequence[ToldPurchase] = (),
    *,
    now: datetime,
) -> int:
    """Settle the submissions of the batch, and those by which these calls end. Returns how many."""
    naming = [*batch.readings, *readings_of(calls)]
    buyers = buyers_of(orders)
    approaches = [*(one for reading in naming for one in approaches_of(reading)), *buyers]
    people = await known_people(session, approaches, locks=batch.points, now=now)
    await join_calls(session, calls)
    await set_repeats_aside(session, batch)
    readings = sorted([*batch.readings, *readings_of(calls)], key=lambda one: one.submission_id)
    approaches = [*(one for reading in readings for one in approaches_of(reading)), *buyers]
    matches = {approach.origin_id: resolve(people, approach) for approach in approaches}
    emit_contact_changes(session, people, now=now)
    inquiries: list[NewInquiry] = []
    consents: list[ConsentRecorded] = []
    pace = Pace()
    for reading in readings:
        inquiries.extend(_emit_events(session, reading, matches, consents, now=now))
        await pace.breathe()
    outcomes = [
        *batch.outcomes,
        *map(_normalised, readings),
        *outcomes_of(calls, readings),
        *purchase_outcomes(orders),
    ]
    if outcomes:
        await write_normalised(session, people, inquiries, outcomes, now=now)
        own_ids = frozenset(event.inquiry_id for event, _ in inquiries)
        others = submissions_of_erased(calls, orders)
        await forget_repeats(session, outcomes, own_ids=own_ids, others=others, now=now)
    await record_purchases(session, orders, matches, now=now)
    if consents:
        await add_consents(session, [(consent, now) for consent in consents])
    await add_threads(session, readings, matches)
    await change_known(session, people, now=now, traceparents=_traces(readings, orders))
    await change_inquiries(session, calls, now=now)
    await write_calls(session, calls, now=now)
    return len(outcomes)


def _normalised(reading: Reading) -> Outcome:
    return outcome(
        reading, SubmissionState.NORMALISED, None, reading.named_ids or reading.inquiry_ids
    )


def _traces(readings: Sequence[Reading], orders: Sequence[ToldPurchase]) -> dict[UUID, str | None]:
    """The traceparent of the request behind each inquiry, observed call and new purchase."""
    traces = {
        origin_id: reading.submission.traceparent
        for reading in readings
        for origin_id in reading.draft_ids
    }
    return traces | {
        item.after.purchase_id: item.reading.submission.traceparent
        for item in orders
        if item.is_new
    }


def _emit_events(
    session: Session,
    reading: Reading,
    matches: Mapping[UUID, ContactMatch],
    consents: list[ConsentRecorded],
    *,
    now: datetime,
) -> list[NewInquiry]:
    """Emit what came of a reading; its consents join `consents`."""
    submission = reading.submission
    inquiries = []
    trace = submission.traceparent
    for inquiry_id, draft in zip(reading.inquiry_ids, reading.content.inquiries, strict=True):
        match = matches[inquiry_id]
        event = inquiry_received(
            submission,
            reading.source,
            draft,
            match,
            inquiry_id=inquiry_id,
            answered=reading.answers.get(inquiry_id),
        )
        emit(session, event, now=now, traceparent=trace)
        # The row holds the payload of the event, so both are the same and serialised once.
        inquiries.append((event, session.emitted[-1].payload))
        if event.consent is not None and event.consent.given is not None:
            consent = consent_recorded(event, at=event.consent.at or moment(event))
            emit(session, consent, now=now, traceparent=trace)
            consents.append(consent)
    for observation_id, draft in zip(
        reading.observation_ids, reading.content.observed, strict=True
    ):
        match = matches[observation_id]
        call = observed_call(submission, draft, match, observation_id=observation_id)
        emit(session, call, now=now, traceparent=trace)
    return inquiries


async def set_aside(
    database: Database,
    submission_id: UUID,
    reason: QuarantineReason,
    *,
    now: datetime,
    in_flight: InFlight,
) -> None:
    """Quarantine a submission that cannot be normalised, with the reason."""
    async with transaction(database) as session:
        if await submissions.lock_pending(session, [submission_id]):
            verdict = Outcome(submission_id, SubmissionState.QUARANTINED, reason)
            await submissions.settle(session, [verdict], now=now)
        await in_flight.done(session)
