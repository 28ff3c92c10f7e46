"""Records decisions, writes their outcomes, and emits `lead.assigned`.

Used by the opening of leads, by the assigner and by reassignment.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.terms import terms_of
from services.routing.domain.deciding.waiting import Choice
from services.routing.domain.decision_records import figures_of, snapshot_of
from services.routing.domain.escalation import tier_name
from services.routing.domain.lead import Lead
from services.routing.domain.policies import Policy
from services.routing.domain.units import first_fading
from services.routing.repository.decision_batches import DecisionBatch, Outcome
from services.routing.repository.outcomes import NewLead, write_outcomes
from services.routing.repository.queue import WaitingLead
from shared.contracts.leads import LeadAssigned
from shared.database import Session
from shared.ids import new_id
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import emit
from shared.observability.metrics import metrics_of

# The lead as it was before, the inputs as they are recorded, the choice.
Judgement = tuple[WaitingLead, Mapping[str, Any], Choice]
NAMED = "named"  # the tier of whoever a supervisor named


def as_waiting(lead: Lead | NewLead, *, since: datetime) -> WaitingLead:
    """A lead for which nobody is passed over, as a decision sees it."""
    return WaitingLead(
        lead_id=lead.lead_id,
        contact_id=lead.contact_id,
        canonical_id=lead.canonical_id,
        units_milli=lead.units_milli,
        round=lead.round,
        language=lead.language,
        region=lead.region,
        product=lead.product,
        waits_since=since,
        parked_reason=None,
        passed_over=(),
        epoch=lead.epoch,
        version=lead.version,
    )


def record(
    judgements: Sequence[Judgement],
    candidates: Sequence[Candidate],
    policy: Policy,
    *,
    pool: str,
    policy_version: int,
    at: datetime,
    algorithm: str,
    seed: int = 0,
) -> DecisionBatch:
    """The batch to write for these decisions."""
    batch_id = new_id()
    deadlines = policy.deadlines(at)
    fades_at = first_fading(policy.fading, at=at)
    return DecisionBatch(
        batch_id=batch_id,
        algorithm=algorithm,
        pool=pool,
        policy_version=policy_version,
        at=at,
        seed=seed,
        half_life_seconds=policy.fairness_hours * 3600,
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
        tier=(tier_name(choice.tier) or NAMED) if has_owner else None,
        accept_by=moments[0] if has_owner else None,
        first_touch_by=moments[1] if has_owner else None,
        units_due_at=moments[2] if has_owner else None,
    )


async def write_awards(
    session: Session,
    leads: Sequence[WaitingLead],
    batch: DecisionBatch,
    *,
    now: datetime,
    reason: str | None = None,
    actor: str = "system",
) -> None:
    """Write the batch recorded for these leads, and emit `lead.assigned` for new owners."""
    await write_outcomes(session, batch, now=now)
    count_assignments(session, [batch])
    for lead, outcome in zip(leads, batch.outcomes, strict=True):
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
        tier=outcome.tier,
    )
    envelope = cause.envelope if cause else None
    emit(
        session,
        event,
        now=now,
        cause=envelope.event_id if envelope else None,
        traceparent=envelope.traceparent if envelope else None,
    )


def count_assignments(session: Session, batches: Iterable[DecisionBatch]) -> None:
    """Count in the metrics, once they are committed, which tiers took the leads."""
    tiers = Counter(item.tier for batch in batches for item in batch.outcomes if item.tier)
    for tier, number in tiers.items():
        counter = metrics_of("routing").assignments.labels("routing", tier)
        session.after_commit.append(partial(counter.inc, number))
