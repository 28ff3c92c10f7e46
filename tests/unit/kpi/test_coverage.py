"""What potentials cover: a node by its own, by all its products, by all territories in it."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.territories.ceilings import Place
from services.kpi.domain.territories.coverage import Cover, Gap, Ground, Sold, holding
from services.kpi.domain.territories.potential import Bounds, Potential
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


def of(territory_id: UUID, product: str, sales: int) -> Potential:
    return Potential(
        territory_id=territory_id,
        product=product,
        measure=Measure.REVENUE,
        currency="RUB",
        first=FIRST,
        end=END,
        formula=None,
        bounds=Bounds(Decimal(10**9), Decimal(sales)),
        assumption="",
    )


def test_the_least_of_what_covers_it_counts() -> None:
    sold = [Sold("Тверь", "a"), Sold("Псков", "a")]
    parts = [of(TVER, "a", 10), of(PSKOV, "", 5), of(RUSSIA, "a", 12), of(TVER, "a", 9)]
    ground = Ground(TREE, parts, sold)
    assert ground.of(Place("region", "Тверь")).sales == 9
    assert ground.of(COMPANY).sales == 12, "of all products sold, and less than all territories"
    assert Ground(TREE, [*parts, of(RUSSIA, "", 20)], sold).of(COMPANY).sales == 12
    assert Ground(TREE, [of(RUSSIA, "", 20)], sold).of(COMPANY).sales == 20
    assert ground.of(Place("product", "a")).sales == 12
    assert ground.of(Place("product", "b")).sales is None


def test_a_product_without_potential_leaves_it_open() -> None:
    sold = [Sold("Тверь", "a"), Sold("Тверь", "b"), Sold("Тверь", None)]
    cover = Ground(TREE, [of(TVER, "a", 10)], sold).of(Place("region", "Тверь"))
    assert cover.sales is None
    assert list(cover.gaps) == [Gap("no_potential", TVER, None, "b")]


def test_towns_without_regions_make_up_the_region_around_them() -> None:
    tree = {**TREE, TOWN: Territory(TOWN, "Торжок", TVER, None)}
    ground = Ground(tree, [of(TOWN, "", 7), of(PSKOV, "", 1)], [Sold("Тверь", "a")])
    assert ground.of(Place("region", "Тверь")).sales == 7
    assert ground.of(COMPANY).sales == 8
    marked = {**tree, TOWN: Territory(TOWN, "Торжок", TVER, "Торжок")}
    cover = Ground(marked, [of(TOWN, "", 7)], [Sold("Тверь", "a")]).of(Place("region", "Тверь"))
    assert list(cover.gaps) == [Gap("no_territory", TVER, "Тверь")]


def test_sales_that_nobody_can_place_leave_no_sum_open() -> None:
    parts = [of(TVER, "", 30), of(PSKOV, "", 10)]
    placed = [Sold("Тверь", "a", Decimal(300)), Sold("Псков", "a", Decimal(500))]
    assert Ground(TREE, parts, placed).of(COMPANY) == Cover(Decimal(40))
    loose = [*placed, Sold(None, "a", Decimal(200)), Sold("Псков", "a", Decimal(-1))]
    cover = Ground(TREE, parts, loose).of(COMPANY)
    assert cover == Cover(Decimal(50), (), Decimal(10)), "a fourth as much more"
    assert Ground(TREE, parts, loose).of(Place("region", "Псков")).sales == 10
    free = [*placed, Sold(None, "a", Decimal(0))]
    assert Ground(TREE, parts, free).of(COMPANY) == Cover(Decimal(40)), "it brought nothing"
    alone = Ground(TREE, parts, [Sold(None, "a", Decimal(200))]).of(COMPANY)
    assert alone == Cover(None, [Gap("no_region", RUSSIA)])


def test_sales_of_no_product_within_regions_add_up() -> None:
    sold = [
        Sold("Тверь", "a", Decimal(2)),
        Sold("Тверь", None, Decimal(1)),
        Sold("Псков", "a", Decimal(2)),
        Sold(None, None, Decimal(1)),
    ]
    parts = [of(TVER, "a", 10), of(PSKOV, "a", 5)]
    ground = Ground(TREE, parts, sold)
    assert ground.of(Place("region", "Тверь")) == Cover(Decimal(15), (), Decimal(5))
    assert ground.of(COMPANY) == Cover(Decimal("22.50"), (), Decimal("7.50"))
    nothing = Ground(TREE, parts, [Sold("Тверь", None)]).of(Place("region", "Тверь"))
    assert list(nothing.gaps) == [Gap("no_product", TVER)]


def test_spellings_of_one_label_are_one_place() -> None:
    parts = [of(TVER, "Ёлки", 30), of(PSKOV, "", 10)]
    sold = [Sold("ТВЕРЬ ", "елки"), Sold("Тверь", "ЁЛКИ"), Sold("псков", None)]
    ground = Ground(TREE, parts, sold)
    assert ground.of(COMPANY) == Cover(Decimal(40))
    assert ground.of(Place("region", "тверь")) == Cover(Decimal(30))
    assert ground.of(Place("product", "Елки")).gaps[0].product == "елки", "as first written"
    other = Ground(TREE, parts, [*sold, Sold("Омск", "Ели")]).of(COMPANY)
    assert list(other.gaps) == [Gap("no_territory", RUSSIA, "Омск")]


def test_several_that_lie_in_no_other_are_all_there_is() -> None:
    tree = {key: Territory(key, one.name, None, one.region) for key, one in TREE.items()}
    del tree[RUSSIA]
    ground = Ground(tree, [of(TVER, "", 3), of(PSKOV, "", 4)], [Sold("Псков", "a")])
    assert ground.of(COMPANY).sales == 7
    beyond = Ground(tree, [of(TVER, "", 3), of(PSKOV, "", 4)], [Sold("Омск", "a")])
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
        Sold,
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
    parts: list[Potential], sold: list[Sold], place: Place, sales: int, territory_id: UUID
) -> None:
    cover = Ground(TREE, parts, sold).of(place)
    assert (cover.sales is None) == bool(cover.gaps)
    more = Ground(TREE, [*parts, of(territory_id, "", sales)], sold).of(place)
    if cover.sales is not None:
        assert more.sales is not None
        assert more.sales <= cover.sales


@given(PARTS, SOLD, PLACES, st.decimals(0, 1000, places=2))
def test_a_sale_that_nobody_can_place_never_allows_less(
    parts: list[Potential], sold: list[Sold], place: Place, amount: Decimal
) -> None:
    known = [*sold, Sold("Тверь", "a", Decimal(1)), Sold("Псков", "a", Decimal(1))]
    before = Ground(TREE, parts, known).of(place)
    after = Ground(TREE, parts, [*known, Sold(None, None, amount)]).of(place)
    assert (before.sales is None) == (after.sales is None)
    if before.sales is not None and after.sales is not None:
        assert after.sales >= before.sales
        assert after.sales >= after.unplaced
