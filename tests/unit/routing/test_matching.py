"""A backlog is solved as one: nobody earlier loses by it, and nothing cheaper is possible."""

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.domain.deciding import backlog, batch
from services.routing.domain.deciding.backlog import match_backlog, rank_of, solve_backlog
from services.routing.domain.deciding.batch import decide_batch
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Choice, Chosen, Parked, Waiting
from tests.unit.routing.deciding import (
    PlainBoard,
    candidate,
    candidates_of_any_kind,
    has_needed,
    leads_of_any_kind,
    terms_of_any_kind,
    uid,
    waiting,
)

alike = leads_of_any_kind.map(lambda leads: [lead._replace(units_milli=1000) for lead in leads])
Solved = tuple[list[bool], int, int, float]


def places(
    lead: Waiting, candidates: Sequence[Candidate], terms: Terms
) -> Iterator[Candidate | None]:
    """Nobody, and whoever the lead may go to as long as there is room."""
    able = [
        item
        for item in candidates
        if item.tier is not None and item.tier <= lead.reach and has_needed(item, lead, terms)
    ]
    fresh = [item for item in able if item.manager_id not in lead.passed_over]
    yield None
    yield from fresh or able


def cost(
    leads: Sequence[Waiting],
    owners: Sequence[Candidate | None],
    candidates: Sequence[Candidate],
    terms: Terms,
) -> Solved | None:
    """What must be least: who waits, tiers, customers without their own manager, scores; None
    where a capacity or a limit is exceeded.
    """
    board = PlainBoard(candidates, terms, seed=0)
    total, tiers, strangers = 0.0, 0, 0
    for lead, owner in zip(leads, owners, strict=True):
        if owner is None:
            continue
        item = board.by_id[owner.manager_id]
        if item.allowance == 0 or item.reserved_milli + lead.units_milli > item.capacity_milli:
            return None
        total += board.score(item, lead)
        tiers += item.tier or 0
        board.take(owner.manager_id, lead.units_milli)
    return ([owner is None for owner in owners], tiers, strangers, total)


@settings(max_examples=60)
@given(
    leads=alike.map(lambda leads: [lead._replace(sticky=()) for lead in leads[:4]]),
    candidates=candidates_of_any_kind.map(lambda items: items[:4]),
    terms=terms_of_any_kind,
)
def test_a_small_matching_is_the_best_of_all(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms
) -> None:
    by_id = {item.manager_id: item for item in candidates}
    solved = match_backlog(leads, candidates, terms, seed=1)
    owners = [by_id[choice.manager_id] if choice.manager_id else None for choice in solved]
    found = cost(leads, owners, candidates, terms)
    assert found is not None
    ways = product(*(list(places(lead, candidates, terms)) for lead in leads))
    best = min(one for way in ways if (one := cost(leads, way, candidates, terms)) is not None)
    assert found[:3] == best[:3]
    assert abs(found[3] - best[3]) < 1e-6


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, terms=terms_of_any_kind)
def test_no_backlog_is_served_worse_than_one_by_one(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms
) -> None:
    """Whatever the leads weigh: needs, capacities and limits are kept, and it pays."""
    solution = solve_backlog(leads, candidates, terms, seed=1)
    single = decide_batch(leads, candidates, terms, seed=1)
    assert rank(solution.choices, leads, candidates, terms) <= rank(
        single, leads, candidates, terms
    )
    board = PlainBoard(candidates, terms, seed=1)
    for lead, choice in zip(leads, solution.choices, strict=True):
        if choice.manager_id is not None:
            item = board.by_id[choice.manager_id]
            assert item in list(places(lead, list(board.by_id.values()), terms))
            assert item.allowance != 0
            assert item.reserved_milli + lead.units_milli <= item.capacity_milli
            board.take(choice.manager_id, lead.units_milli)
    for lead, choice in zip(leads, solution.choices, strict=True):
        assert choice.manager_id is not None or board.choose(lead._replace(sticky=()))[1] is None


def rank(
    choices: Sequence[Choice],
    leads: Sequence[Waiting],
    candidates: Sequence[Candidate],
    terms: Terms,
) -> tuple[list[bool], int]:
    return rank_of(choices, leads, candidates, terms, seed=1)


@given(
    leads=leads_of_any_kind,
    candidates=candidates_of_any_kind,
    terms=terms_of_any_kind,
    shuffle=st.randoms(),
)
def test_a_solution_is_computed_again_from_those_it_served(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms, shuffle: Random
) -> None:
    algorithm, choices = solve_backlog(leads, candidates, terms, seed=2)
    pairs = [pair for pair in zip(leads, choices, strict=True) if pair[1].manager_id is not None]
    decide = {batch.ALGORITHM: decide_batch, backlog.ALGORITHM: match_backlog}[algorithm]
    shuffle.shuffle(candidates)
    again = decide([lead for lead, _ in pairs], candidates, terms, seed=2)
    assert again == [choice for _, choice in pairs]


def owners(choices: Sequence[Choice]) -> list[int | None]:
    return [choice.manager_id.int if choice.manager_id else None for choice in choices]


def test_an_early_lead_makes_way_for_one_that_has_no_other_manager() -> None:
    everybody, german = waiting(101), waiting(102, skills={"de": 1.0})
    only = candidate(1, capacity_milli=1000, skills={"de": 2.0})
    other = candidate(2, capacity_milli=1000, turn=1)
    assert owners(decide_batch([everybody, german], [only, other], Terms(), seed=0)) == [1, None]
    solution = solve_backlog([everybody, german], [only, other], Terms(), seed=0)
    assert solution.algorithm == backlog.ALGORITHM
    assert owners(solution.choices) == [2, 1]
    assert {choice.reason for choice in solution.choices} == {Chosen.MATCHED}


def test_a_later_lead_never_takes_the_only_place_of_an_earlier_one() -> None:
    only = candidate(1, capacity_milli=1000, skills={"de": 2.0})
    german = waiting(101, skills={"de": 1.0})
    later = [waiting(number) for number in (102, 103)]
    choices = match_backlog([german, *later], [only], Terms(), seed=0)
    assert owners(choices) == [1, None, None]
    assert [choice.reason for choice in choices[1:]] == [Parked.NO_ROOM, Parked.NO_ROOM]


def test_a_heavy_lead_is_not_lost_to_light_ones_that_fit_elsewhere() -> None:
    light, heavy = waiting(101), waiting(102, units_milli=3000)
    large = candidate(1, capacity_milli=3000)
    small = candidate(2, capacity_milli=1000, turn=1)
    solution = solve_backlog([light, heavy], [large, small], Terms(), seed=0)
    assert owners(solution.choices) == [2, 1]


def test_customers_stay_with_their_managers_and_shifts_come_before_calls() -> None:
    leads = [waiting(101), waiting(102, sticky=(uid(2),)), waiting(103, reach=1)]
    desks = [candidate(1, capacity_milli=1000), candidate(2, reserved_milli=2000)]
    choices = match_backlog(leads, [*desks, candidate(3, tier=1)], Terms(), seed=0)
    assert owners(choices) == [1, 2, 2]
    assert choices[1].reason == Chosen.STICKY
