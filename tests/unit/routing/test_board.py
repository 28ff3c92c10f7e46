"""A board that is kept up to date decides like one that looks at everybody each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.deciding.board import Board
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.ranking import Ranking
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Waiting
from tests.unit.routing.deciding import (
    PlainBoard,
    candidate,
    candidates_of_any_kind,
    leads_of_any_kind,
    terms_of_any_kind,
    uid,
    waiting,
)

steps = st.lists(
    st.tuples(st.sampled_from(["choose", "choose", "release", "change"]), st.integers(0, 10**4)),
    max_size=40,
)


@given(
    candidates=candidates_of_any_kind.filter(bool),
    leads=leads_of_any_kind.filter(bool),
    others=candidates_of_any_kind,
    terms=terms_of_any_kind,
    steps=steps,
)
def test_whatever_happens_the_choice_is_the_plain_one(
    candidates: list[Candidate],
    leads: list[Waiting],
    others: list[Candidate],
    terms: Terms,
    steps: list[tuple[str, int]],
) -> None:
    board, plain = Board(candidates, terms, seed=4), PlainBoard(candidates, terms, seed=4)
    owned = []
    for step, number in steps:
        if step == "choose":
            lead = leads[number % len(leads)]
            choice = board.choose(lead)
            assert (choice.round, choice.manager_id) == plain.choose(lead)
            if choice.manager_id is not None:
                owned.append((choice.manager_id, lead.units_milli))
        elif step == "release" and owned:
            manager_id, units = owned.pop(number % len(owned))
            board.release(manager_id, units)
            item = plain.by_id[manager_id]
            plain.by_id[manager_id] = item._replace(reserved_milli=item.reserved_milli - units)
        elif step == "change" and others:
            item = candidates[number % len(candidates)]
            present = plain.by_id[item.manager_id]
            changed = others[number % len(others)]._replace(
                manager_id=item.manager_id,
                turn=present.turn,
                reserved_milli=present.reserved_milli,
            )
            board.change(changed)
            plain.by_id[item.manager_id] = changed
    assert board.desks.present() == sorted(plain.by_id.values(), key=lambda item: item.manager_id)


def test_somebody_unknown_is_refused() -> None:
    board = Board([candidate(1)], Terms(), seed=0)
    with pytest.raises(KeyError):
        board.release(uid(2), 1000)
    with pytest.raises(KeyError):
        board.change(candidate(2))


def test_many_needs_and_many_changes_leave_nothing_behind() -> None:
    desks = [candidate(number, capacity_milli=10**9, regions=["other"]) for number in range(1, 4)]
    board = Board(desks, Terms(match=("region",)), seed=0)
    for number in range(2000):
        region = f"region {number}" if number % 2 else None
        choice = board.choose(waiting(number, region=region))
        assert (choice.manager_id is None) == (region is not None)
        if choice.manager_id is not None:
            board.release(choice.manager_id, 1000)
    assert len(board._lines) <= 256
    assert board._ranking is not None
    assert sum(len(row) for rows in board._ranking._rows for row in rows) == len(desks)


@given(
    candidates=candidates_of_any_kind.filter(bool), leads=leads_of_any_kind, terms=terms_of_any_kind
)
def test_a_look_at_everybody_and_a_ranking_give_the_same_place(
    candidates: list[Candidate], leads: list[Waiting], terms: Terms
) -> None:
    board = Board(candidates, terms, seed=4)
    ranking = Ranking(board.desks, [board.line_of(lead) for lead in leads[::3]])
    for lead in leads:
        line, excluded = board.line_of(lead), board.desks.places_of(lead.passed_over)
        place = line.first(lead.units_milli, excluded, reach=lead.reach)
        assert ranking.first(line, lead.units_milli, excluded, reach=lead.reach) == place
        if place is not None:
            board.desks.take(place, lead.units_milli)
            ranking.change(place)
