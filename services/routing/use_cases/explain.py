"""Verifies decisions, by computing them again from their records, and explains them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.routing.domain import manual_choice
from services.routing.domain.deciding import backlog, batch
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.explaining import Explanation, Row, explain
from services.routing.domain.deciding.sentences import Language, sentence
from services.routing.domain.deciding.waiting import Choice
from services.routing.domain.decision_records import (
    candidates_of,
    terms_of_record,
    waiting_of,
)
from services.routing.repository import decisions
from services.routing.repository.decisions import Background, Decision
from shared.database import Session
from shared.errors import ConflictError

ALGORITHMS = {
    batch.ALGORITHM: batch.decide_batch,
    backlog.ALGORITHM: backlog.match_backlog,
}
COLLEAGUE: Mapping[Language, str] = {"ru": "коллега", "en": "a colleague"}


class UnknownAlgorithmError(ConflictError):
    """The decision was taken by an algorithm that this program does not have any more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    decision: Decision
    computed_owner_id: UUID | None

    @property
    def same(self) -> bool:
        return self.computed_owner_id == self.decision.manager_id


@dataclass(frozen=True, slots=True)
class ExplainedDecision:
    """A decision in a sentence, and what became of each candidate; `names` are theirs."""

    decision: Decision
    sentence: str
    rows: Sequence[Row]
    names: Mapping[UUID, str]


async def verify(session: Session, decision_id: UUID) -> Verdict:
    """Compute a decision again from nothing but its record.

    Raises NotFoundError, UnknownAlgorithmError.
    """
    decision = await decisions.get_decision(session, decision_id)
    snapshots = await decisions.list_candidates(session, [decision.batch_id])
    snapshot, figures, _ = snapshots[decision.batch_id]
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


async def explain_decisions(
    session: Session,
    items: Sequence[Decision],
    *,
    language: Language,
    reader_id: UUID | None,
) -> list[ExplainedDecision]:
    """Explain decisions by their records. To a manager, `reader_id`, others have no names."""
    places = {item.batch_id: item.place for item in items}
    snapshots = await decisions.list_candidates(session, places)
    batches = await decisions.list_batches(session, places)
    explanations = [
        _explanation(item, batches[item.batch_id], snapshots[item.batch_id]) for item in items
    ]
    manager_ids = {row.manager_id for explained in explanations for row in explained.rows}
    manager_ids |= {item.manager_id for item in items if item.manager_id is not None}
    names = await decisions.list_names(session, manager_ids)
    if reader_id is not None:
        names = {key: names[key] if key == reader_id else COLLEAGUE[language] for key in names}
    return [
        ExplainedDecision(
            item, sentence(explained, names, language=language), explained.rows, names
        )
        for item, explained in zip(items, explanations, strict=True)
    ]


def _explanation(
    decision: Decision, items: Sequence[Decision], background: Background
) -> Explanation:
    snapshot, figures, size = background
    candidates = {item.manager_id: item for item in candidates_of(snapshot, figures)}
    choices = [_choice(item, candidates) for item in items]
    terms = terms_of_record(snapshot)
    if decision.algorithm not in ALGORITHMS:  # named by a supervisor: nobody was compared
        return Explanation(choices[-1], [], terms, decision.place, size)
    leads = [waiting_of(item.lead_id, item.inputs) for item in items]
    explained = explain(leads, choices, list(candidates.values()), terms, place=decision.place)
    return explained._replace(size=size)


def _choice(decision: Decision, candidates: Mapping[UUID, Candidate]) -> Choice:
    owner = candidates.get(decision.manager_id) if decision.manager_id is not None else None
    return Choice(
        decision.lead_id,
        decision.round,
        decision.manager_id,
        decision.reason,
        None if owner is None else owner.tier,
    )
