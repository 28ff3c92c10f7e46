"""The single cuts of a plan: each once, the largest error first, on pages of any size."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.plan.cuts import Cut, largest_errors, place_of
from services.kpi.schemas.fields import ratio_number, share_number

MONTHS = [3, 4, 5]
OVER = [True, True, False]
AMOUNTS = st.dictionaries(
    st.sampled_from(["", "Москва", "Омск", "Тула", "ёж"]),
    st.lists(st.integers(0, 30), min_size=3, max_size=3),
)


def test_errors_of_both_signs_are_ordered_together() -> None:
    plan = {"Омск": [100, 0, 7], "Тула": [10, 10, 10]}
    fact = {"Омск": [70, 0, 0], "Пенза": [40, 30, 9]}
    items = largest_errors(plan, fact, MONTHS, OVER, after=None, limit=10)

    assert items == [
        Cut("Пенза", 3, 0, 40, is_planned=False),
        Cut("Омск", 3, 100, 70, is_planned=True),
        Cut("Пенза", 4, 0, 30, is_planned=False),
        Cut("Тула", 3, 10, 0, is_planned=True),
        Cut("Тула", 4, 10, 0, is_planned=True),
    ]
    assert [item.difference for item in items] == [40, -30, 30, -10, -10]


@given(AMOUNTS, AMOUNTS, st.integers(1, 4))
def test_pages_hold_each_cut_once(
    plan: dict[str, list[int]], fact: dict[str, list[int]], limit: int
) -> None:
    walk: list[Cut] = []
    while True:
        after = place_of(walk[-1]) if walk else None
        items = largest_errors(plan, fact, MONTHS, OVER, after=after, limit=limit)
        walk += items
        if len(items) < limit:
            break
    nothing = [0, 0, 0]
    every = [
        Cut(value, MONTHS[place], planned, sold, value in plan)
        for value in {*plan, *fact}
        for place in (0, 1)
        if (planned := plan.get(value, nothing)[place]) + (sold := fact.get(value, nothing)[place])
    ]
    assert walk == sorted(every, key=lambda cut: (-abs(cut.plan - cut.fact), cut.month, cut.value))


@given(st.integers(), st.integers())
def test_an_error_is_shown_as_the_fraction_it_is(miss: int, said: int) -> None:
    """To four digits; what nothing was said of has none."""
    expected = Decimal(round(Fraction(miss, said) * 10_000)) / 10_000 if said else None
    assert ratio_number(miss, said) == expected
    assert expected is None or share_number(Fraction(miss, said)) == expected
