"""Decides leads of one pool that wait for an owner: one after the other, or a backlog as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.deciding import batch
from services.routing.domain.deciding.backlog import decide, solve_backlog
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.waiting import Choice, Waiting, seed_of
from services.routing.domain.decision_records import waiting_record
from services.routing.repository.decision_batches import DecisionBatch
from services.routing.repository.queue import WaitingLead
from services.routing.repository.rooms import Room
from services.routing.use_cases.award import record
from services.routing.use_cases.questions import Questions


class Answer(NamedTuple):
    """A lead as it was before, as it was decided on, and what was decided."""

    lead: WaitingLead
    question: Waiting
    choice: Choice

    @property
    def is_news(self) -> bool:
        """Whether the lead has an owner now, or waits for another reason or in another round."""
        choice, lead = self.choice, self.lead
        before = (lead.parked_reason, lead.round)
        return choice.manager_id is not None or (choice.reason, choice.round) != before


@dataclass(frozen=True, slots=True)
class Trial:
    """Answers over one set of candidates, in the order of the queue."""

    room: Room
    candidates: Sequence[Candidate]
    questions: Questions
    algorithm: str
    seed: int
    answers: Sequence[Answer]

    def owned(self) -> "Trial":
        """Only the answers that give an owner. Those that give none change no load, so one after
        the other the rest is decided alike without them.
        """
        answers = [item for item in self.answers if item.choice.manager_id is not None]
        return replace(self, answers=answers)

    def owner_leads(self) -> set[UUID]:
        """The leads that have an owner now."""
        return {item.lead.lead_id for item in self.owned().answers}

    def record(self, *, at: datetime) -> DecisionBatch:
        """The batch to write."""
        room = self.room
        judgements = [
            (lead, waiting_record(question), choice) for lead, question, choice in self.answers
        ]
        return record(
            judgements,
            self.candidates,
            room.policy,
            pool=room.key,
            policy_version=room.version,
            at=at,
            algorithm=self.algorithm,
            seed=self.seed,
        )

    def further_at(self) -> list[datetime | None]:
        """When each lead that found no owner may go to another tier."""
        return [
            self.questions.further_at(question, since=lead.waits_since)
            for lead, question, choice in self.answers
            if choice.manager_id is None
        ]


def judge(
    leads: Sequence[WaitingLead], room: Room, *, at: datetime, as_backlog: bool = False
) -> Trial:
    """Decide leads of the room's pool, in the given order; with `as_backlog`, and if there are as
    many as its policy says, all as one.
    """
    candidates = room.candidates(at=at)
    questions = Questions(room.policy, candidates, at=at)
    waiting = [questions.ask(lead, room.owners.get(lead.canonical_id, ())) for lead in leads]
    seed, least = seed_of(waiting), room.policy.matching_from if as_backlog else 0
    solution = decide(waiting, candidates, questions.terms, seed=seed, matching_from=least)
    answers = list(map(Answer, leads, waiting, solution.choices))
    return Trial(room, candidates, questions, solution.algorithm, seed, answers)


def news_of(trial: Trial) -> Trial:
    """Only the answers that are news, decided in such a way that they can be computed again without
    the others.
    """
    answers = [item for item in trial.answers if item.is_news]
    if not answers or trial.algorithm == batch.ALGORITHM or len(answers) == len(trial.answers):
        return replace(trial, answers=answers)
    # Of matchings that are equally good another one may be found where fewer leads are matched.
    again = _solved(trial, answers)
    return again if again.owner_leads() == trial.owner_leads() else trial


def _solved(trial: Trial, answers: Sequence[Answer]) -> Trial:
    waiting = [item.question for item in answers]
    seed = seed_of(waiting)
    solution = solve_backlog(waiting, trial.candidates, trial.questions.terms, seed=seed)
    again = [
        item._replace(choice=choice) for item, choice in zip(answers, solution.choices, strict=True)
    ]
    return replace(trial, algorithm=solution.algorithm, seed=seed, answers=again)
