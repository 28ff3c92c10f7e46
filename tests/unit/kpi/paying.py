"""Usual terms, and any terms, sales and results for the tests of pay schemes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import strategies as st

from services.kpi.domain.motivation.statements import (
    Facts,
    SoldSale,
    Statement,
)
from services.kpi.domain.motivation.tallies import Cell, tally_of
from services.kpi.domain.motivation.terms import (
    MEASURES,
    Band,
    Company,
    GroupBonus,
    Measure,
    Personal,
    ProductGroup,
    Terms,
)

JANUARY = date(2026, 1, 1)
PRODUCTS = ("Кухня", "шкаф", "Лампа", "")
USUAL = Terms(
    currency="RUB",
    base=Decimal(40000),
    personal=Personal(Decimal(30000)),
    company=Company(),
    groups=(ProductGroup("kitchens", ("кухня ",)), ProductGroup("lamps", ("Лампа",))),
    bonuses=(
        GroupBonus("kitchens", rate=Decimal("0.015")),
        GroupBonus("lamps", per_sale=Decimal("150.50")),
    ),
)
cents = st.integers(0, 10**8).map(lambda number: Decimal(number).scaleb(-2))
steps = st.integers(0, 200).map(lambda number: Decimal(number).scaleb(-2))


@st.composite
def curves(draw: st.DrawFn) -> tuple[Band, ...]:
    begins, least = Decimal(0), Decimal(0)
    bands = []
    for number in range(count := draw(st.integers(1, 5))):
        is_last = number == count - 1
        ends = None if is_last else begins + draw(steps) + Decimal("0.01")
        band = Band(begins, ends, least + draw(steps), draw(steps))
        bands.append(band)
        if ends is not None:
            least = band.pays + band.accelerator * (ends - begins)
            begins = ends
    return tuple(bands)


@st.composite
def schemes(draw: st.DrawFn) -> Terms:
    measure: st.SearchStrategy[Measure] = st.sampled_from(MEASURES)
    floor = draw(st.none() | cents)
    bonuses = st.builds(GroupBonus, st.just("kitchens"), steps.map(lambda one: one / 2), st.none())
    per_sale = st.builds(GroupBonus, st.just("lamps"), st.none(), cents)
    terms = Terms(
        currency=draw(st.sampled_from(["RUB", "JPY", "KWD"])),
        base=draw(cents).quantize(Decimal(1)),
        personal=Personal(draw(cents).quantize(Decimal(1)), draw(measure), draw(curves())),
        company=draw(st.none() | st.builds(Company, measure, curves())),
        groups=USUAL.groups,
        bonuses=tuple(draw(st.lists(bonuses | per_sale, max_size=3))),
        floor=None if floor is None else floor.quantize(Decimal(1)),
    )
    room = draw(st.none() | cents)
    if room is None:
        return terms
    return replace(terms, cap=(terms.floor or Decimal(0)) + room.quantize(Decimal(1)))


sold = st.builds(
    SoldSale,
    sale_id=st.uuids(version=4),
    lead_id=st.none() | st.uuids(version=4),
    product=st.sampled_from(PRODUCTS),
    amount=cents,
)
sales_lists = st.lists(sold, max_size=12, unique_by=lambda sale: sale.sale_id)
targets = st.none() | cents.filter(bool)
results = st.none() | st.fractions(0, 3)


def facts(
    sales: Sequence[SoldSale], target: Decimal | None = None, company: Fraction | None = None
) -> Facts:
    return Facts(tally_of(USUAL, cells_of(sales)), target, company)


def cells_of(sales: Sequence[SoldSale]) -> list[Cell]:
    return [Cell(one.product, 1, one.amount) for one in sales]


def sale(number: int, amount: object, product: str = "") -> SoldSale:
    return SoldSale(UUID(int=number), UUID(int=100 + number), product, Decimal(str(amount)))


def amounts(statement: Statement) -> dict[str, Decimal]:
    return {line.kind: line.amount for line in statement.lines}
