"""Verifies a decision: computes it again from its record and compares the owner."""

from dataclasses import dataclass
from uuid import UUID

from services.routing.domain import manual_choice
from services.routing.domain.deciding import backlog, batch
from services.routing.domain.decision_records import candidates_of, terms_of_record, waiting_of
from services.routing.repository import decisions
from services.routing.repository.decisions import Decision
from shared.database import Session
from shared.errors import ConflictError

ALGORITHMS = {
    batch.ALGORITHM: batch.decide_batch,
    backlog.ALGORITHM: backlog.match_backlog,
}


class UnknownAlgorithmError(ConflictError):
    """The decision was taken by an algorithm that this program does not have any more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    decision: Decision
    computed_owner_id: UUID | None

    @property
    def same(self) -> bool:
        return self.computed_owner_id == self.decision.manager_id


async def verify(session: Session, decision_id: UUID) -> Verdict:
    """Compute a decision again from nothing but its record.

    Raises NotFoundError, UnknownAlgorithmError.
    """
    decision = await decisions.get_decision(session, decision_id)
    snapshot, figures = await decisions.get_candidates(session, decision.batch_id)
    candidates = candidates_of(snapshot, figures)
    if decision.algorithm == manual_choice.ALGORITHM:
        return Verdict(decision, manual_choice.decide_named(decision.inputs, candidates))
    if decision.algorithm not in ALGORITHMS:
        raise UnknownAlgorithmError(f"The algorithm {decision.algorithm} is not known here.")
    items = await decisions.list_batch(session, decision.batch_id)
    questions = [waiting_of(item.lead_id, item.inputs) for item in items]
    decide = ALGORITHMS[decision.algorithm]
    choices = decide(questions, candidates, terms_of_record(snapshot), seed=decision.seed)
    owners = {choice.lead_id: choice.manager_id for choice in choices}
    return Verdict(decision, owners[decision.lead_id])
