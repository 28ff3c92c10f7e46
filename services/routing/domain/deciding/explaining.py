"""What a decision saw: the verdict and the score of every candidate at that moment."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.deciding.board import Board
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.eligibility import Need, Verdict, fit, missing, need_of
from services.routing.domain.deciding.score import Parts, parts_of, score
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Choice, Waiting


class Row(NamedTuple):
    """One candidate as the lead found them; the least score is the best."""

    manager_id: UUID
    tier: int | None
    verdict: Verdict
    parts: Parts
    score: float
    turn: int


class Explanation(NamedTuple):
    """The chosen one first, then those who could have had the lead, the best first, then the rest
    in the order of ids. `size` leads were decided together, this one as number `place`, from 1.
    """

    choice: Choice
    rows: list[Row]
    terms: Terms
    place: int
    size: int


def explain(
    leads: Sequence[Waiting],
    choices: Sequence[Choice],
    candidates: Sequence[Candidate],
    terms: Terms,
    *,
    place: int,
) -> Explanation:
    """Explain the decision on one lead of a batch; `place` counts from 1. The loads are those
    that the leads before it left.
    """
    board = Board(candidates, terms, seed=0)
    for lead, choice in zip(leads[: place - 1], choices, strict=False):
        if choice.manager_id is not None:
            board.give(choice.manager_id, lead.units_milli)
    choice = choices[place - 1]
    rows = _rows(board, leads[place - 1], choice, need_of(leads[place - 1], terms))
    return Explanation(choice, rows, terms, place, len(leads))


def _rows(board: Board, lead: Waiting, choice: Choice, need: Need) -> list[Row]:
    desks = board.desks
    _, excluded = board.round_of(lead, board.line_of(lead))
    last_tier = lead.reach if choice.tier is None else choice.tier
    rows = []
    for at, candidate in enumerate(desks.present()):
        verdict = _verdict(candidate, lead, need, has_had_it=at in excluded, last_tier=last_tier)
        if candidate.manager_id == choice.manager_id:
            verdict = Verdict.CHOSEN
        elif verdict is Verdict.ELIGIBLE and desks.room[at] < lead.units_milli:
            verdict = Verdict.ROOM
        parts = parts_of(candidate, fit=fit(candidate, need), scale=desks.scale)
        rows.append(
            Row(
                candidate.manager_id,
                candidate.tier,
                verdict,
                parts,
                score(parts, desks.weights),
                candidate.turn,
            )
        )
    return sorted(rows, key=_rank)


def _verdict(
    candidate: Candidate, lead: Waiting, need: Need, *, has_had_it: bool, last_tier: int
) -> Verdict:
    """The first thing in the way, room apart."""
    if candidate.has_left:
        return Verdict.LEFT
    if candidate.tier is None:
        return Verdict.OFF_DUTY
    lack = missing(candidate, need)
    if lack is not None:
        return lack
    if candidate.tier > min(last_tier, lead.reach):
        return Verdict.TIER
    if has_had_it:
        return Verdict.PASSED_OVER
    return Verdict.LIMIT if candidate.allowance == 0 else Verdict.ELIGIBLE


def _rank(row: Row) -> tuple[int, float, int]:
    order = (Verdict.CHOSEN, Verdict.ELIGIBLE)
    if row.verdict in order:
        return (order.index(row.verdict), row.score, row.turn)
    return (len(order), 0.0, 0)


def eligible(rows: Sequence[Row], *, tiers: Collection[int]) -> list[Row]:
    """Those of these tiers who could have had the lead and did not get it, the best first."""
    return [row for row in rows if row.verdict is Verdict.ELIGIBLE and row.tier in tiers]
