"""Which groups are shown where there are many."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.largest import in_order, largest

KEYS = st.tuples(st.none() | st.text(max_size=2), st.none() | st.uuids())


@given(st.dictionaries(KEYS, st.integers(0, 5)), st.none() | st.integers(1, 8))
def test_the_largest_are_shown_in_order(
    sizes: dict[tuple[object, ...], int], most: int | None
) -> None:
    keys = largest(sizes, most)
    by_size = sorted(in_order(sizes), key=lambda key: -sizes[key])
    assert keys == in_order(by_size[:most])


def test_groups_of_no_value_come_last() -> None:
    first, last = UUID(int=1), UUID(int=2**127)
    assert in_order([(None,), (last,), (first,)]) == [(first,), (last,), (None,)]
