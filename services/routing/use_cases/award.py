"""Decides owners of leads, records the decisions, and emits `lead.assigned`.

Used by the opening of leads, by the assigner and by reassignment.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.routing.domain.deciding import batch as score_algorithm
from services.routing.domain.deciding.batch import decide_batch
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.terms import terms_of
from services.routing.domain.deciding.waiting import Choice, Waiting, seed_of
from services.routing.domain.decision_records import figures_of, snapshot_of, waiting_record
from services.routing.domain.lead import Lead
from services.routing.domain.policies import Policy
from services.routing.domain.units import first_fading
from services.routing.repository.outcomes import DecisionBatch, NewLead, Outcome, write_outcomes
from services.routing.repository.queue import WaitingLead
from shared.contracts.leads import LeadAssigned
from shared.database import Session
from shared.ids import new_id
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import emit

# The lead as it was before, the inputs as they are recorded, the choice.
Judgement = tuple[WaitingLead, Mapping[str, Any], Choice]


class Judged(NamedTuple):
    """Decisions, and the seed by which equal candidates were told apart."""

    seed: int
    judgements: list[Judgement]


def judge(leads: Sequence[WaitingLead], policy: Policy, candidates: Sequence[Candidate]) -> Judged:
    """Decide leads of one pool, in the given order."""
    questions = [question_of(lead, policy) for lead in leads]
    seed = seed_of(questions)
    choices = decide_batch(questions, candidates, terms_of(policy), seed=seed)
    inputs = [waiting_record(question) for question in questions]
    return Judged(seed, list(zip(leads, inputs, choices, strict=True)))


def as_waiting(lead: Lead | NewLead) -> WaitingLead:
    """A lead for which nobody is passed over, as a decision sees it."""
    return WaitingLead(
        lead_id=lead.lead_id,
        contact_id=lead.contact_id,
        units_milli=lead.units_milli,
        round=lead.round,
        language=lead.language,
        parked_reason=None,
        passed_over=(),
        epoch=lead.epoch,
        version=lead.version,
    )


def question_of(lead: WaitingLead, policy: Policy) -> Waiting:
    return Waiting(
        lead_id=lead.lead_id,
        units_milli=lead.units_milli,
        round=lead.round,
        skills=policy.skills_for(lead.language),
        passed_over=frozenset(lead.passed_over),
    )


def record(
    judgements: Sequence[Judgement],
    candidates: Sequence[Candidate],
    policy: Policy,
    *,
    pool: str,
    version: int,
    seed: int,
    at: datetime,
    algorithm: str = score_algorithm.ALGORITHM,
) -> DecisionBatch:
    """The batch to write for these decisions, under this version of the pool."""
    batch_id = new_id()
    deadlines = policy.deadlines(at)
    fades_at = first_fading(policy.fading, at=at)
    return DecisionBatch(
        batch_id=batch_id,
        algorithm=algorithm,
        pool=pool,
        at=at,
        policy_version=version,
        seed=seed,
        snapshot=snapshot_of(candidates, terms_of(policy)),
        figures=figures_of(candidates),
        outcomes=[
            _outcome(lead, inputs, choice, (*deadlines, fades_at), batch_id=batch_id, place=place)
            for place, (lead, inputs, choice) in enumerate(judgements, start=1)
        ],
    )


def _outcome(
    lead: WaitingLead,
    inputs: Mapping[str, Any],
    choice: Choice,
    moments: tuple[datetime, datetime, datetime | None],
    *,
    batch_id: UUID,
    place: int,
) -> Outcome:
    has_owner = choice.manager_id is not None
    return Outcome(
        decision_id=new_id(),
        batch_id=batch_id,
        place=place,
        lead_id=lead.lead_id,
        inputs=inputs,
        manager_id=choice.manager_id,
        round=choice.round,
        reason=str(choice.reason),
        epoch=lead.epoch + has_owner,
        version=lead.version + has_owner,
        units_milli=lead.units_milli,
        accept_by=moments[0] if has_owner else None,
        first_touch_by=moments[1] if has_owner else None,
        units_due_at=moments[2] if has_owner else None,
    )


async def write_awards(
    session: Session,
    judgements: Sequence[Judgement],
    batch: DecisionBatch,
    *,
    now: datetime,
    reason: str | None = None,
    actor: str = "system",
) -> None:
    """Write the batch recorded for these judgements, and emit `lead.assigned` for new owners."""
    await write_outcomes(session, batch, now=now)
    for (lead, _, _), outcome in zip(judgements, batch.outcomes, strict=True):
        emit_assigned(
            session, outcome, contact_id=lead.contact_id, now=now, reason=reason, actor=actor
        )


def emit_assigned(
    session: Session,
    outcome: Outcome,
    *,
    contact_id: UUID,
    now: datetime,
    reason: str | None = None,
    actor: str = "system",
    cause: ReceivedEvent | None = None,
) -> None:
    """Emit `lead.assigned`; nothing for a lead that waits."""
    if outcome.manager_id is None or outcome.accept_by is None or outcome.first_touch_by is None:
        return
    event = LeadAssigned(
        lead_id=outcome.lead_id,
        contact_id=contact_id,
        version=outcome.version,
        at=now,
        actor=actor,
        manager_id=outcome.manager_id,
        epoch=outcome.epoch,
        round=outcome.round,
        accept_by=outcome.accept_by,
        first_touch_by=outcome.first_touch_by,
        decision_id=outcome.decision_id,
        reason=reason or outcome.reason,
    )
    envelope = cause.envelope if cause else None
    emit(
        session,
        event,
        now=now,
        cause=envelope.event_id if envelope else None,
        traceparent=envelope.traceparent if envelope else None,
    )
