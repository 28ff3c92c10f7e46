"""A plan from a forecast: months come to what is foretold, and lines keep their proportions."""

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.plan.building import Cube, Sold, cube_of
from services.kpi.domain.plan.foretold import as_foretold
from services.kpi.domain.plan.nodes import Measure, Node

MONTHS = 3
NAMES = st.sampled_from(["", "Тула", "Омск"])
SALES = st.lists(
    st.builds(
        Sold, NAMES, NAMES, NAMES, NAMES, st.integers(0, MONTHS - 1), st.integers(0, 1),
        st.integers(0, 10**9), st.integers(0, 50),
    ),
    min_size=1, max_size=12,
)  # fmt: skip
AIMS = st.lists(st.integers(0, 10**9), min_size=MONTHS, max_size=MONTHS)


def by_month(cube: Cube, measure: Measure) -> list[int]:
    return [
        sum(block.amount(Node(month=month)) for block in cube.blocks[measure])
        for month in range(MONTHS)
    ]


@given(SALES, AIMS)
def test_each_month_comes_to_what_is_foretold(sales: list[Sold], aims: list[int]) -> None:
    cube = cube_of(sales, MONTHS, years=1, growth_percent=0)
    made = as_foretold(cube, "revenue", aims)
    assert by_month(made, "revenue") == aims
    for own, aim, was, quantity in zip(
        by_month(cube, "quantity"), aims, by_month(cube, "revenue"), by_month(made, "quantity"),
        strict=True,
    ):  # fmt: skip
        assert quantity == (round(own * aim / was) if was else own)
    assert made.values == cube.values


def test_lines_keep_their_proportions_and_a_month_without_a_past_has_those_of_all() -> None:
    sales = [
        Sold("Тула", "чай", "", "", 0, 0, 300, 3),
        Sold("Омск", "чай", "", "", 0, 0, 100, 1),
        Sold("Омск", "чай", "", "", 1, 0, 200, 2),
    ]
    cube = cube_of(sales, MONTHS, years=1, growth_percent=0)
    made = as_foretold(cube, "revenue", [800, 50, 100])
    amounts = {
        block.region: [block.amount(Node(month=month)) for month in range(MONTHS)]
        for block in made.blocks["revenue"]
    }
    assert made.values["region"] == ["Омск", "Тула"]
    # Of the third month nothing is known: 300 and 300 of all months make halves.
    assert amounts == {0: [200, 50, 50], 1: [600, 0, 50]}
    assert by_month(made, "quantity") == [8, 0, 0]  # 2 · 50/200 is a half, to the even number
