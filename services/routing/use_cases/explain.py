"""Verifies a decision: computes it again from its record and compares the owner."""

from dataclasses import dataclass
from uuid import UUID

from services.routing.domain import assigning, manual_choice
from services.routing.domain.decision_records import candidates_of, waiting_of
from services.routing.repository import decisions
from services.routing.repository.decisions import Decision
from shared.database import Session
from shared.errors import ConflictError


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
    candidates = candidates_of(*await decisions.get_candidates(session, decision.batch_id))
    if decision.algorithm == manual_choice.ALGORITHM:
        return Verdict(decision, manual_choice.decide_named(decision.inputs, candidates))
    if decision.algorithm != assigning.ALGORITHM:
        raise UnknownAlgorithmError(f"The algorithm {decision.algorithm} is not known here.")
    batch = await decisions.list_batch(session, decision.batch_id)
    questions = [waiting_of(item.lead_id, item.inputs) for item in batch]
    choices = assigning.decide_batch(questions, candidates)
    owners = {choice.lead_id: choice.manager_id for choice in choices}
    return Verdict(decision, owners[decision.lead_id])
