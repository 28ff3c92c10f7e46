"""The decision itself: the least score, within capacity, and the same every time."""

from collections import Counter
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.deciding.batch import can_be_served, decide_batch
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Parked, Waiting
from services.routing.domain.policies import ScoreWeights
from tests.unit.routing.deciding import (
    PlainBoard,
    candidate,
    candidates_of_any_kind,
    has_needed,
    leads_of_any_kind,
    seeds,
    terms_of_any_kind,
    uid,
    waiting,
)

PLAIN = Terms()


@given(
    leads=leads_of_any_kind,
    candidates=candidates_of_any_kind,
    terms=terms_of_any_kind,
    seed=seeds,
)
def test_every_choice_is_the_plain_one(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms, seed: int
) -> None:
    """Capacity and limits are kept, and nobody waits whom somebody could serve."""
    board = PlainBoard(candidates, terms, seed=seed)
    for lead, choice in zip(leads, decide_batch(leads, candidates, terms, seed=seed), strict=True):
        assert (choice.round, choice.manager_id) == board.choose(lead)
    before = {item.manager_id: item for item in candidates}
    for item in board.by_id.values():
        assert item.reserved_milli <= max(
            item.capacity_milli, before[item.manager_id].reserved_milli
        )
        assert item.allowance is None or item.allowance >= 0


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, terms=terms_of_any_kind)
def test_an_owner_has_whatever_the_lead_needs(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms
) -> None:
    by_id = {item.manager_id: item for item in candidates}
    for lead, choice in zip(leads, decide_batch(leads, candidates, terms, seed=1), strict=True):
        if choice.manager_id is not None:
            owner = by_id[choice.manager_id]
            assert has_needed(owner, lead, terms)
            assert choice.tier == owner.tier
            assert choice.tier is not None
            assert choice.tier <= lead.reach


@given(
    leads=leads_of_any_kind,
    candidates=candidates_of_any_kind,
    terms=terms_of_any_kind,
    shuffle=st.randoms(),
)
def test_the_order_of_candidates_changes_nothing(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms, shuffle: Random
) -> None:
    decided = decide_batch(leads, candidates, terms, seed=7)
    shuffle.shuffle(candidates)
    assert decide_batch(leads, candidates, terms, seed=7) == decided


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, terms=terms_of_any_kind)
def test_leads_that_are_left_out_of_the_record_change_nothing(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms
) -> None:
    """Leads that go on waiting are not recorded again: the others must come out the same."""
    served = [
        (lead, choice)
        for lead, choice in zip(leads, decide_batch(leads, candidates, terms, seed=3), strict=True)
        if choice.manager_id is not None
    ]
    again = decide_batch([lead for lead, _ in served], candidates, terms, seed=3)
    assert again == [choice for _, choice in served]


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, terms=terms_of_any_kind)
def test_a_queue_can_be_served_if_any_single_lead_of_it_can(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms
) -> None:
    singles = [decide_batch([lead], candidates, terms, seed=0)[0] for lead in leads]
    expected = any(choice.manager_id is not None for choice in singles)
    assert can_be_served(leads, candidates, terms) == expected


def owner(lead: Waiting, *candidates: Candidate, terms: Terms = PLAIN, seed: int = 0) -> int:
    manager_id = decide_batch([lead], candidates, terms, seed=seed)[0].manager_id
    return manager_id.int if manager_id is not None else 0


def test_relative_load_counts_not_the_number_of_leads() -> None:
    big = candidate(1, capacity_milli=20_000, reserved_milli=4000)
    small = candidate(2, capacity_milli=5000, reserved_milli=2000)
    assert owner(waiting(9), small, big) == 1


def test_equal_ones_take_turns_by_their_wait_and_then_by_a_draw() -> None:
    assert owner(waiting(9), candidate(1, turn=1), candidate(2, turn=0)) == 2
    three = [candidate(number) for number in (1, 2, 3)]
    owners = Counter(owner(waiting(9), *three, seed=seed) for seed in range(300))
    assert set(owners) == {1, 2, 3}
    assert min(owners.values()) > 60


def test_a_batch_is_spread_evenly() -> None:
    desks = [candidate(number, capacity_milli=100_000) for number in range(1, 5)]
    choices = decide_batch([waiting(100 + number) for number in range(40)], desks, PLAIN, seed=5)
    assert Counter(choice.manager_id for choice in choices) == {
        uid(number): 10 for number in range(1, 5)
    }


def test_a_customer_stays_with_their_manager_unless_the_load_is_too_far_above() -> None:
    lead = waiting(9, sticky=(uid(3), uid(2)))
    idle, busy = candidate(1), candidate(2, reserved_milli=4000)
    assert owner(lead, idle, busy) == 2
    assert owner(lead, idle, busy, candidate(3, reserved_milli=1000)) == 3
    assert owner(lead, idle, candidate(2, reserved_milli=7000)) == 1
    assert owner(lead, idle, busy, terms=Terms(sticky_above=None)) == 1
    assert owner(lead, idle, candidate(2, tier=1)) == 1


def test_the_next_tier_is_asked_only_when_the_lead_may_reach_it_and_nobody_else_can() -> None:
    full, on_call = candidate(1, reserved_milli=10_000), candidate(2, tier=1)
    supervisor = candidate(3, tier=2)
    assert owner(waiting(9), full, on_call, supervisor) == 0
    assert owner(waiting(9, reach=1), full, on_call, supervisor) == 2
    assert owner(waiting(9, reach=2), full, supervisor) == 3
    assert owner(waiting(9, reach=2), candidate(1), on_call, supervisor) == 1
    declined = waiting(9, reach=1, passed_over=frozenset({uid(1)}))
    assert owner(declined, candidate(1), on_call) == 2


def test_a_plan_moves_a_score_by_no_more_than_its_limit() -> None:
    terms = Terms(score=ScoreWeights(plan=50.0))
    behind = candidate(1, attainment_milli=0, reserved_milli=3900)
    assert owner(waiting(9), behind, candidate(2, attainment_milli=9999), terms=terms) == 1
    further = behind._replace(reserved_milli=4100)
    assert owner(waiting(9), further, candidate(2, attainment_milli=9999), terms=terms) == 2


def test_reasons_for_waiting() -> None:
    lead = waiting(9, skills={"en": 2.0})
    away, unskilled = candidate(1, tier=None), candidate(2, skills={"en": 1.0})
    limited = candidate(3, skills={"en": 3.0}, allowance=0)
    full = candidate(4, skills={"en": 3.0}, reserved_milli=10_000)

    def reason(*candidates: Candidate) -> str:
        return decide_batch([lead], candidates, PLAIN, seed=0)[0].reason

    assert reason() == Parked.NO_MEMBERS
    assert reason(away) == reason(away, candidate(5, tier=1)) == Parked.NOBODY_ON_DUTY
    assert reason(away, unskilled) == Parked.NOBODY_SKILLED
    assert reason(away, unskilled, limited) == Parked.LIMIT_REACHED
    assert reason(away, unskilled, limited, full) == Parked.NO_ROOM


def test_when_everybody_had_it_the_next_round_begins() -> None:
    both = frozenset({uid(1), uid(2)})
    desks = [candidate(1, reserved_milli=5000), candidate(2)]
    choice = decide_batch([waiting(9, passed_over=both)], desks, PLAIN, seed=0)[0]
    assert (choice.round, choice.manager_id) == (2, uid(2))


def test_whoever_has_not_had_it_is_waited_for() -> None:
    desks = [candidate(1), candidate(2, reserved_milli=10_000)]
    lead = waiting(9, passed_over=frozenset({uid(1)}))
    choice = decide_batch([lead], desks, PLAIN, seed=0)[0]
    assert (choice.round, choice.manager_id, choice.reason) == (1, None, Parked.NO_ROOM)


def test_nobody_is_chosen_who_is_unknown() -> None:
    lead = waiting(9, sticky=(UUID(int=77),), passed_over=frozenset({UUID(int=78)}))
    assert owner(lead, candidate(1)) == 1
