"""What potentials cover: a node by its own, by all its products, by all territories in it."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.territories.ceilings import Place
from services.kpi.domain.territories.coverage import Ground, holding
from services.kpi.domain.territories.covers import Cover, Gap
from services.kpi.domain.territories.potential import Allowance
from services.kpi.domain.territories.sold import Sales, Share, Sold, SoldSum, SoldYear
from services.kpi.domain.territories.tree import Territory

RUSSIA, TVER, PSKOV, TOWN = (UUID(int=number) for number in range(1, 5))
TREE = {
    item.territory_id: item
    for item in (
        Territory(RUSSIA, "Россия", None, None),
        Territory(TVER, "Тверь", RUSSIA, "Тверь"),
        Territory(PSKOV, "Псков", RUSSIA, "Псков"),
    )
}
FIRST, END = date(2026, 1, 1), date(2027, 1, 1)
COMPANY = Place("company", None)


def of(territory_id: UUID, product: str, sales: int) -> Allowance:
    return Allowance(territory_id, product, Measure.REVENUE, "RUB", FIRST, END, Decimal(sales))


class Line(NamedTuple):
    region: str | None
    product: str | None
    amount: Decimal = Decimal(1)


def sales_of(lines: list[Line], currency: str | None = "RUB") -> Sales:
    """Of places, and of the sums of these."""
    sums = [
        SoldSum(region, product, "RUB", Decimal(1), line.amount)
        for line in lines
        for region in ("", line.region)
        for product in ("", line.product)
    ]
    return Sales(SoldYear([Sold(*line[:2]) for line in lines], sums), currency)


def ground_of(tree: dict[UUID, Territory], parts: list[Allowance], lines: list[Line]) -> Ground:
    return Ground(tree, parts, sales_of(lines))


def test_the_least_of_what_covers_it_counts() -> None:
    sold = [Line("Тверь", "a"), Line("Псков", "a")]
    parts = [of(TVER, "a", 10), of(PSKOV, "", 5), of(RUSSIA, "a", 12), of(TVER, "a", 9)]
    ground = ground_of(TREE, parts, sold)
    assert ground.of(Place("region", "Тверь")).sales == 9
    assert ground.of(COMPANY).sales == 12, "of all products sold, and less than all territories"
    assert ground_of(TREE, [*parts, of(RUSSIA, "", 20)], sold).of(COMPANY).sales == 12
    assert ground_of(TREE, [of(RUSSIA, "", 20)], sold).of(COMPANY).sales == 20
    assert ground.of(Place("product", "a")).sales == 12
    assert ground.of(Place("product", "b")).sales is None


def test_a_product_without_potential_leaves_it_open() -> None:
    sold = [Line("Тверь", "a"), Line("Тверь", "b"), Line("Тверь", None)]
    cover = ground_of(TREE, [of(TVER, "a", 10)], sold).of(Place("region", "Тверь"))
    assert cover.sales is None
    assert list(cover.gaps) == [Gap("no_potential", TVER, None, "b")]


def test_towns_without_regions_make_up_the_region_around_them() -> None:
    tree = {**TREE, TOWN: Territory(TOWN, "Торжок", TVER, None)}
    ground = ground_of(tree, [of(TOWN, "", 7), of(PSKOV, "", 1)], [Line("Тверь", "a")])
    assert ground.of(Place("region", "Тверь")).sales == 7
    assert ground.of(COMPANY).sales == 8
    marked = {**tree, TOWN: Territory(TOWN, "Торжок", TVER, "Торжок")}
    cover = ground_of(marked, [of(TOWN, "", 7)], [Line("Тверь", "a")]).of(Place("region", "Тверь"))
    assert list(cover.gaps) == [Gap("no_territory", TVER, "Тверь")]


def test_sales_that_nobody_can_place_leave_no_sum_open() -> None:
    parts = [of(TVER, "", 30), of(PSKOV, "", 10)]
    placed = [Line("Тверь", "a", Decimal(300)), Line("Псков", "a", Decimal(500))]
    assert ground_of(TREE, parts, placed).of(COMPANY) == Cover(Decimal(40))
    loose = [*placed, Line(None, "a", Decimal(200)), Line("Псков", "a", Decimal(-1))]
    cover = ground_of(TREE, parts, loose).of(COMPANY)
    assert cover == Cover(Decimal(50), (), Decimal(10)), "a fourth as much more"
    assert ground_of(TREE, parts, loose).of(Place("region", "Псков")).sales == 10
    free = [*placed, Line(None, "a", Decimal(0))]
    assert ground_of(TREE, parts, free).of(COMPANY) == Cover(Decimal(40)), "it brought nothing"
    alone = ground_of(TREE, parts, [Line(None, "a", Decimal(200))]).of(COMPANY)
    assert alone == Cover(None, [Gap("no_region", RUSSIA)])


def test_what_others_paid_in_is_no_amount() -> None:
    lines = [Line("Тверь", "a", Decimal(30)), Line("Тверь", None, Decimal(10))]
    shares = [
        sales_of(lines, currency).with_product(["тверь"], ["a", None])
        for currency in ("RUB", "EUR", None)
    ]
    assert shares == [Share(Decimal(30), Decimal(10)), Share(), Share(Decimal(1), Decimal(1))]


def test_sales_of_no_product_within_regions_add_up() -> None:
    sold = [
        Line("Тверь", "a", Decimal(2)),
        Line("Тверь", None, Decimal(1)),
        Line("Псков", "a", Decimal(2)),
        Line(None, None, Decimal(1)),
    ]
    parts = [of(TVER, "a", 10), of(PSKOV, "a", 5)]
    ground = ground_of(TREE, parts, sold)
    assert ground.of(Place("region", "Тверь")) == Cover(Decimal(15), (), Decimal(5))
    assert ground.of(COMPANY) == Cover(Decimal("22.50"), (), Decimal("7.50"))
    nothing = ground_of(TREE, parts, [Line("Тверь", None)]).of(Place("region", "Тверь"))
    assert list(nothing.gaps) == [Gap("no_product", TVER)]


def test_spellings_of_one_label_are_one_place() -> None:
    parts = [of(TVER, "Ёлки", 30), of(PSKOV, "", 10)]
    sold = [Line("ТВЕРЬ ", "елки"), Line("Тверь", "ЁЛКИ"), Line("псков", None)]
    ground = ground_of(TREE, parts, sold)
    assert ground.of(COMPANY) == Cover(Decimal(40))
    assert ground.of(Place("region", "тверь")) == Cover(Decimal(30))
    assert ground.of(Place("product", "Елки")).gaps[0].product == "елки", "as first written"
    other = ground_of(TREE, parts, [*sold, Line("Омск", "Ели")]).of(COMPANY)
    assert list(other.gaps) == [Gap("no_territory", RUSSIA, "Омск")]


def test_several_that_lie_in_no_other_are_all_there_is() -> None:
    tree = {key: Territory(key, one.name, None, one.region) for key, one in TREE.items()}
    del tree[RUSSIA]
    ground = ground_of(tree, [of(TVER, "", 3), of(PSKOV, "", 4)], [Line("Псков", "a")])
    assert ground.of(COMPANY).sales == 7
    beyond = ground_of(tree, [of(TVER, "", 3), of(PSKOV, "", 4)], [Line("Омск", "a")])
    assert list(beyond.of(COMPANY).gaps) == [Gap("no_territory", None, "Омск")]


def test_only_what_holds_all_of_the_days_counts() -> None:
    item = of(TVER, "", 1)
    assert holding([item], FIRST, END) == [item]
    assert holding([item], FIRST, date(2027, 1, 2)) == []
    assert holding([item], date(2025, 12, 31), END) == []


PARTS = st.lists(
    st.builds(
        of,
        st.sampled_from([RUSSIA, TVER, PSKOV]),
        st.sampled_from(["", "a", "b"]),
        st.integers(0, 100),
    ),
    max_size=8,
)
SOLD = st.lists(
    st.builds(
        Line,
        st.sampled_from(["Тверь", "Псков", "Омск", None]),
        st.sampled_from(["a", "b", None]),
        st.decimals(0, 1000, places=2),
    ),
    max_size=6,
)
PLACES = st.sampled_from(
    [COMPANY, Place("region", "Тверь"), Place("product", "a"), Place("region", "Омск")]
)


@given(PARTS, SOLD, PLACES, st.integers(0, 100), st.sampled_from([RUSSIA, TVER, PSKOV]))
def test_one_more_of_something_known_never_allows_more(
    parts: list[Allowance], sold: list[Line], place: Place, sales: int, territory_id: UUID
) -> None:
    cover = ground_of(TREE, parts, sold).of(place)
    assert (cover.sales is None) == bool(cover.gaps)
    more = ground_of(TREE, [*parts, of(territory_id, "", sales)], sold).of(place)
    if cover.sales is not None:
        assert more.sales is not None
        assert more.sales <= cover.sales


@given(PARTS, SOLD, PLACES, st.decimals(0, 1000, places=2))
def test_a_sale_that_nobody_can_place_never_allows_less(
    parts: list[Allowance], sold: list[Line], place: Place, amount: Decimal
) -> None:
    known = [*sold, Line("Тверь", "a", Decimal(1)), Line("Псков", "a", Decimal(1))]
    before = ground_of(TREE, parts, known).of(place)
    after = ground_of(TREE, parts, [*known, Line(None, None, amount)]).of(place)
    assert (before.sales is None) == (after.sales is None)
    if before.sales is not None and after.sales is not None:
        assert after.sales >= before.sales
        assert after.sales >= after.unplaced
