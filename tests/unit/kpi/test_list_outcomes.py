"""What became of a list's people, ids in order, and pairs of products: against plain counting."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.loyalty.association import LEAST_PEOPLE, Pair
from services.kpi.domain.loyalty.counting import count_asked_buyers, count_buyers
from services.kpi.domain.loyalty.returning import pairs_of
from services.kpi.domain.loyalty.trial import Outcome
from services.kpi.domain.sale_columns.coding import descending
from services.kpi.domain.sale_columns.stretches import Stretch, micros

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 48
BOUNDS = [BEGIN + timedelta(hours=12), BEGIN + timedelta(hours=36)]
# Many of them share a half.
people = st.builds(lambda high, low: UUID(int=high << 64 | low), *[st.integers(0, 3)] * 2)
members = st.lists(st.tuples(people, st.booleans()), max_size=20)
sales = st.lists(st.tuples(people, st.integers(0, HOURS)), max_size=20)


def stretch(sold: Sequence[tuple[UUID, int]]) -> Stretch:
    ats = [micros(BEGIN + timedelta(hours=hour)) for _, hour in sold]
    return Stretch(
        people=b"".join(person.bytes for person, _ in sold), ats=np.array(ats, ">i8").tobytes()
    )


def listed(those: Sequence[tuple[UUID, bool]]) -> bytes:
    return b"".join(person.bytes + bytes([is_held_back]) for person, is_held_back in those)


@given(those=members, sold=sales, came=st.lists(people, max_size=10))
def test_people_of_a_list_are_told_as_one_counts_them(
    those: list[tuple[UUID, bool]], sold: list[tuple[UUID, int]], came: list[UUID]
) -> None:
    asked = {person for person, is_held_back in those if not is_held_back}
    held_back = {person for person, is_held_back in those if is_held_back}
    bought = {person for person, hour in sold if 12 <= hour < 36}
    both = [asked - held_back, held_back - asked]
    stretches = [stretch(sold[:5]), stretch(sold[5:])]
    assert count_buyers(stretches, listed(those), BOUNDS) == tuple(
        Outcome(len(group), len(group & bought)) for group in both
    )
    reached = both[0] & set(came)
    visitors = b"".join(person.bytes for person in came)
    assert count_asked_buyers(stretches, listed(those), visitors, BOUNDS) == Outcome(
        len(reached), len(reached & bought)
    )


def test_of_whoever_was_asked_and_held_back_nothing_is_said() -> None:
    one, other = UUID(int=1), UUID(int=2)
    those = [(one, False), (one, True), (other, True)]
    sold = [stretch([(one, 20), (other, 20)])]
    assert count_buyers(sold, listed(those), BOUNDS) == (Outcome(0, 0), Outcome(1, 1))


@given(st.lists(people, unique=True, max_size=30))
def test_ids_descend_also_where_halves_are_the_same(ids: list[UUID]) -> None:
    halves = np.array([divmod(each.int, 1 << 64) for each in ids], np.uint64).reshape(-1, 2)
    assert [ids[place] for place in descending(halves)] == sorted(ids, reverse=True)


@given(st.lists(st.sets(st.integers(0, 99)), max_size=6))
def test_pairs_have_the_people_who_bought_both(buyers: list[set[int]]) -> None:
    by_name = {f"product {place}": each for place, each in enumerate(buyers)}
    arrays = {name: np.array(sorted(each), np.int64) for name, each in by_name.items()}
    assert pairs_of(arrays, 100) == [
        Pair(one, other, len(by_name[one] & by_name[other]))
        for one, other in combinations(by_name, 2)
        if len(by_name[one] & by_name[other]) >= LEAST_PEOPLE
    ]
