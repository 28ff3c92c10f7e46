"""What each part of a score does in the long run, and that none does anything at a weight of 0."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.deciding.batch import decide_batch
from services.routing.domain.deciding.board import Board
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.score import fairness, plan_help, scale_of
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.policies import PLAN_LIMIT, ScoreWeights
from tests.unit.routing.deciding import (
    candidate,
    candidates_of_any_kind,
    leads_of_any_kind,
    uid,
    waiting,
)

NOTHING = {"load": 0.0, "fairness": 0.0, "fit": 0.0, "plan": 0.0}
FAIR = Terms(score=ScoreWeights(**{**NOTHING, "fairness": 1.0}))
weights = st.lists(st.integers(1, 5), min_size=2, max_size=6)


@given(weights=weights, received=st.lists(st.integers(0, 10**6), min_size=6, max_size=6))
def test_fairness_is_the_shortfall_of_cal_com_by_share(
    weights: list[int], received: list[int]
) -> None:
    received = received[: len(weights)]
    scale = scale_of(weights, received, [1])
    for own, weight in zip(received, weights, strict=True):
        share = Fraction(weight, sum(weights))
        shortfall = sum(received) * share - own
        expected = -shortfall / share / max(sum(received), 1)
        found = fairness(received_milli=own, weight_milli=weight, scale=scale)
        assert abs(found - float(expected)) < 1e-9


@given(weights=weights, leads=st.integers(1, 300))
def test_shares_of_received_work_stay_within_a_lead_of_the_weights(
    weights: list[int], leads: int
) -> None:
    desks = [
        candidate(number, capacity_milli=10**9, weight_milli=weight * 1000)
        for number, weight in enumerate(weights, start=1)
    ]
    board = Board(desks, FAIR, seed=0)
    for number in range(leads):
        board.choose(waiting(number))
    for item, weight in zip(board.desks.present(), weights, strict=True):
        share = leads * 1000 * weight / sum(weights)
        assert share - 1000 * len(weights) * weight / sum(weights) <= item.received_milli
        assert item.received_milli <= share + 1000


def test_whoever_works_faster_does_not_run_away_from_their_share() -> None:
    """By load alone the fast one would get nearly all; leads end after 2 or after 18 more."""
    board = Board([candidate(1), candidate(2)], Terms(), seed=0)
    ends: dict[int, list[int]] = {}
    counts = [0, 0]
    for number in range(4000):
        for manager in ends.pop(number, ()):
            board.release(uid(manager), 1000)
        owner = board.choose(waiting(number)).manager_id
        assert owner is not None
        counts[owner.int - 1] += 1
        ends.setdefault(number + (2 if owner.int == 1 else 18), []).append(owner.int)
        if number % 100 == 0:
            faded = [
                item._replace(received_milli=round(item.received_milli * 0.95))
                for item in board.desks.present()
            ]
            board = Board(faded, Terms(), seed=0)
    assert 0.5 <= counts[0] / 4000 < 0.8


def test_a_newcomer_receives_no_more_than_the_load_lets_them() -> None:
    """However much the others have received, a newcomer's advantage is bounded: they are a whole
    share behind, the four others a quarter ahead, and their load makes up for what that weighs.
    """
    desks = [
        candidate(number, capacity_milli=20_000, received_milli=10**8) for number in range(1, 5)
    ]
    board = Board([*desks, candidate(5, capacity_milli=20_000)], Terms(), seed=0)
    burst = 0
    while board.choose(waiting(burst)).manager_id == uid(5):
        burst += 1
    assert burst <= 20 * 1.25 * Terms().score.fairness + 1


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, data=st.data())
def test_a_part_without_weight_changes_nothing(
    leads: list[Waiting], candidates: list[Candidate], data: st.DataObject
) -> None:
    part = data.draw(st.sampled_from(["load", "fairness", "fit", "plan"]))
    numbers = {"load": 1.0, "fairness": 0.25, "fit": 0.1, "plan": 0.2, part: 0.0}
    terms = Terms(score=ScoreWeights(**numbers), sticky_above=None)
    roomy = [item._replace(capacity_milli=10**9) for item in candidates]
    changed = [_changed(item, part, data.draw(st.integers(0, 10**5))) for item in roomy]
    plain = [_without_wishes(lead) for lead in leads] if part == "fit" else leads
    expected = decide_batch(leads, roomy, terms, seed=1)
    assert decide_batch(plain, changed, terms, seed=1) == expected


def _changed(item: Candidate, part: str, number: int) -> Candidate:
    match part:
        case "load":
            return item._replace(reserved_milli=number)
        case "fairness":
            return item._replace(received_milli=number, weight_milli=number + 1)
        case "plan":
            return item._replace(attainment_milli=number)
        case _:
            return item


def _without_wishes(lead: Waiting) -> Waiting:
    return waiting(
        lead.lead_id.int,
        units_milli=lead.units_milli,
        round=lead.round,
        skills=lead.skills,
        passed_over=lead.passed_over,
        reach=lead.reach,
    )


@given(behind=st.floats(-1, 1), counts=st.floats(0, 100))
def test_a_plan_shifts_no_score_further_than_its_limit(behind: float, counts: float) -> None:
    assert abs(plan_help(behind, ScoreWeights(plan=counts))) <= PLAN_LIMIT
