"""Which groups are shown where there are many."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.largest import Key, in_order, largest, select_groups

KEYS = st.tuples(st.none() | st.text(max_size=2), st.none() | st.uuids())


@given(st.dictionaries(KEYS, st.integers(0, 5)), st.none() | st.integers(1, 8))
def test_the_largest_are_shown_in_order(
    sizes: dict[tuple[object, ...], int], most: int | None
) -> None:
    keys = largest(sizes, most)
    by_size = sorted(in_order(sizes), key=lambda key: -sizes[key])
    assert keys == in_order(by_size[:most])


@given(
    st.dictionaries(KEYS, st.integers(1, 5)),
    st.sets(KEYS, max_size=8),
    st.none() | st.integers(1, 8),
)
def test_groups_that_are_only_in_the_period_before_come_after_the_others(
    sizes: dict[Key, int], before: set[Key], most: int | None
) -> None:
    choice = select_groups(sizes, before, most)
    beside = {key for key in choice.before if key not in sizes}
    assert choice.keys == largest(sizes, most)
    assert set(choice.keys) & before == set(choice.before) & sizes.keys()
    assert len({*choice.keys, *choice.before}) + choice.more == len(sizes.keys() | before)
    if beside:
        assert len(choice.keys) == len(sizes)
        assert choice.before[-len(beside) :] == in_order(beside)


def test_a_part_of_the_period_stands_beside_its_twin_alone() -> None:
    sizes: dict[Key, int] = {("a", 2): 5, ("b", 2): 1, ("a", 3): 4}
    before: list[Key] = [("a", 1), ("b", 1), ("c", 1), ("a", 9)]
    twins = {2: 1}
    choice = select_groups(sizes, before, 2, lambda key: (key[0], twins.get(key[1])))
    assert choice == ([("a", 2), ("a", 3)], [("a", 1)], 1)


def test_groups_of_no_value_come_last() -> None:
    first, last = UUID(int=1), UUID(int=2**127)
    assert in_order([(None,), (last,), (first,)]) == [(first,), (last,), (None,)]
