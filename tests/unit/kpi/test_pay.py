"""Pay schemes: payouts grow with sales, lines explain them, and claw-backs return what was paid."""

import ast
import operator
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.motivation.checks import faults_of
from services.kpi.domain.motivation.codec import (
    differences,
    line_json,
    line_of,
    terms_json,
    terms_of,
)
from services.kpi.domain.motivation.corrections import CLAW_BACK, LATE_SALES, correction_of
from services.kpi.domain.motivation.explained import parts_of
from services.kpi.domain.motivation.nearest import next_band
from services.kpi.domain.motivation.pace import ON_PACE, pace_of
from services.kpi.domain.motivation.statements import (
    NO_COMPANY_TARGET,
    NO_TARGET,
    Facts,
    SoldSale,
    Statement,
    attainment_of,
    cells_of,
    payout_of,
    statement_of,
)
from services.kpi.domain.motivation.terms import (
    COMPANY_BANDS,
    MEASURES,
    PERSONAL_BANDS,
    Band,
    Company,
    GroupBonus,
    Measure,
    Personal,
    ProductGroup,
    Terms,
)
from services.kpi.domain.motivation.wording import hint_of, label_of

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
    return Facts(cells_of(sales), target, company)


def sale(number: int, amount: object, product: str = "") -> SoldSale:
    return SoldSale(UUID(int=number), UUID(int=100 + number), product, Decimal(str(amount)))


def amounts(statement: Statement) -> dict[str, Decimal]:
    return {line.kind: line.amount for line in statement.lines}


def test_a_month_by_hand() -> None:
    sales = [sale(1, 400_000, "КУХНЯ"), sale(2, 710_000), sale(3, "0.10", "лампа")]
    statement = statement_of(USUAL, facts(sales, Decimal(1_000_000), Fraction(11, 10)))
    # Attainment 1.1100001: 1 + 2 * 0.0600001; the company's 110 % multiplies by 1.1.
    assert amounts(statement) == {
        "base": Decimal("40000.00"),
        "personal": Decimal("33600.01"),
        "company": Decimal("3360.00"),
        "group": Decimal("150.50"),
    }
    assert [line.amount for line in statement.lines if line.group == "kitchens"] == [6000]
    assert statement.payout == Decimal("83110.51")


@pytest.mark.parametrize(
    ("percent", "payout"),
    [(0, "0"), (89, "0"), (90, "1"), (104, "1"), (105, "1"), (110, "1.1"), (120, "1.3"),
     (400, "1.3")],
)  # fmt: skip
def test_the_usual_bands(percent: int, payout: str) -> None:
    assert payout_of(PERSONAL_BANDS, Fraction(percent, 100)) == Fraction(payout)


@given(terms=schemes(), sales=sales_lists, more=sold, target=targets, company=results)
def test_a_further_sale_never_pays_less(
    terms: Terms,
    sales: list[SoldSale],
    more: SoldSale,
    target: Decimal | None,
    company: Fraction | None,
) -> None:
    assert not faults_of(replace(terms, currency="KWD"))
    before = statement_of(terms, facts(sales, target, company)).payout
    assert statement_of(terms, facts([*sales, more], target, company)).payout >= before
    better = (company or Fraction(0)) + 1
    if company is not None:
        assert statement_of(terms, facts(sales, target, better)).payout >= before


@given(terms=schemes(), sales=sales_lists, target=targets, company=results)
def test_lines_and_their_sales_add_up_to_the_payout(
    terms: Terms, sales: list[SoldSale], target: Decimal | None, company: Fraction | None
) -> None:
    statement = statement_of(terms, facts(sales, target, company))
    exact = [computed(line.formula, line.inputs) for line in statement.lines]
    unit = Fraction(1, 10 ** {"RUB": 2, "JPY": 0, "KWD": 3}[terms.currency])
    assert sum(line.amount for line in statement.lines) == statement.payout
    assert Fraction(statement.payout) == round(sum(exact, Fraction(0)) / unit) * unit
    for line, amount in zip(statement.lines, exact, strict=True):
        assert abs(Fraction(line.amount) - amount) < unit, "a line is off by less than a unit"
        parts = parts_of(line, sales, terms)
        assert sum(part.amount for part in parts) == (line.amount if parts else 0)
        is_earned = bool(sales) and line.kind in {"personal", "company"}
        assert not is_earned or parts, "what sales have earned is told of sales"


@given(terms=schemes(), sales=sales_lists, target=targets, chance=st.randoms())
def test_the_order_of_sales_does_not_matter(
    terms: Terms, sales: list[SoldSale], target: Decimal | None, chance: Random
) -> None:
    mixed = sorted(sales, key=lambda _: chance.random())
    statement = statement_of(terms, facts(sales, target))
    assert statement_of(terms, facts(mixed, target)) == statement
    for line in statement.lines:
        assert parts_of(line, mixed, terms) == parts_of(line, sales, terms)


@given(
    terms=schemes(),
    sales=sales_lists,
    first=st.integers(0, 12),
    second=st.integers(0, 12),
    target=targets,
    company=results,
)
def test_a_claw_back_returns_exactly_what_was_paid(  # noqa: PLR0917  hypothesis names them
    terms: Terms,
    sales: list[SoldSale],
    first: int,
    second: int,
    target: Decimal | None,
    company: Fraction | None,
) -> None:
    def pays(those: list[SoldSale]) -> Decimal:
        return statement_of(terms, facts(those, target, company)).payout

    paid = pays(sales)
    once = correction_of(JANUARY, payout=paid, carried=Decimal(0), restated=pays(sales[first:]))
    assert once.amount <= 0, "fewer sales never pay more"
    assert paid + once.amount == pays(sales[first:]), "as if they had never been"
    both = sales[max(first, second) :]
    again = correction_of(JANUARY, payout=paid, carried=once.amount, restated=pays(both))
    assert paid + once.amount + again.amount == pays(both)
    back = correction_of(JANUARY, payout=paid, carried=once.amount + again.amount, restated=paid)
    assert paid + once.amount + again.amount + back.amount == paid
    assert (once.kind, back.kind) == (CLAW_BACK, LATE_SALES if back.amount else CLAW_BACK)


OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def computed(formula: str, inputs: object) -> Fraction:
    """A formula's value, by an arithmetic of its own."""

    def value(node: ast.AST) -> Fraction:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))  # type: ignore[no-any-return]
        if isinstance(node, ast.Name):
            return inputs[node.id]  # type: ignore[index,no-any-return]
        assert isinstance(node, ast.Constant)
        return Fraction(node.value)  # type: ignore[arg-type]

    return value(ast.parse(formula, mode="eval").body)


def test_without_plans_it_says_so() -> None:
    lines = {line.kind: line for line in statement_of(USUAL, facts([sale(1, 5)])).lines}
    assert (str(lines["personal"].amount), lines["personal"].missing) == ("0.00", NO_TARGET)
    assert (str(lines["company"].amount), lines["company"].missing) == ("0.00", NO_COMPANY_TARGET)
    assert attainment_of(Fraction(5), None) is None


def test_a_floor_and_a_cap() -> None:
    terms = replace(USUAL, floor=Decimal(50000), cap=Decimal(60000))
    poor = statement_of(terms, facts([]))
    assert [amounts(poor)["floor"], poor.payout] == [10000, 50000]
    rich = statement_of(terms, facts([sale(1, 2_000_000)], Decimal(1_000_000), Fraction(1)))
    assert [amounts(rich)["cap"], rich.payout] == [-19000, 60000]


BANDS = (Band(Decimal(0), Decimal(1), Decimal(0)), Band(Decimal(1), None, Decimal(1)))


def banded(*bands: Band) -> Terms:
    return replace(USUAL, personal=Personal(Decimal(1), bands=bands))


WRONG: tuple[tuple[Terms, str, str], ...] = (
    (replace(USUAL, base=Decimal(-1)), "/base", "negative"),
    (replace(USUAL, base=Decimal("0.001")), "/base", "2 digits"),
    (replace(USUAL, base=Decimal("NaN")), "/base", "below"),
    (replace(USUAL, personal=Personal(Decimal(-5))), "/personal/bonus", "negative"),
    (replace(USUAL, personal=None), "/company", "none"),
    (replace(USUAL, floor=Decimal(2), cap=Decimal(1)), "/floor", "above the cap"),
    (
        replace(USUAL, bonuses=(GroupBonus("chairs", rate=Decimal(0)),)),
        "/bonuses/0/group",
        "no such group",
    ),
    (replace(USUAL, bonuses=(GroupBonus("lamps"),)), "/bonuses/0", "either"),
    (
        replace(USUAL, bonuses=(GroupBonus("lamps", rate=Decimal(2)),)),
        "/bonuses/0/rate",
        "between 0 and 1",
    ),
    (
        replace(USUAL, bonuses=(GroupBonus("lamps", per_sale=Decimal(-2)),)),
        "/bonuses/0/per_sale",
        "negative",
    ),
    (
        replace(USUAL, groups=(*USUAL.groups, ProductGroup("more", ("  ЛАМПА",)))),
        "/groups/2/products/0",
        "/groups/1/products/0",
    ),
    (replace(USUAL, groups=(*USUAL.groups, USUAL.groups[0])), "/groups/2/key", "above"),
    (banded(), "/personal/bands", "no band"),
    (
        banded(BANDS[0], BANDS[1]._replace(begins=Decimal("1.1"))),
        "/personal/bands/1/begins",
        "gap",
    ),
    (
        banded(BANDS[0], BANDS[1]._replace(begins=Decimal("0.9"))),
        "/personal/bands/1/begins",
        "overlaps",
    ),
    (banded(BANDS[1]), "/personal/bands/0/begins", "gap"),
    (banded(BANDS[0]), "/personal/bands/0/ends", "no end"),
    (
        banded(BANDS[0]._replace(pays=Decimal(2)), BANDS[1]),
        "/personal/bands/1/pays",
        "less than",
    ),
    (
        banded(BANDS[0]._replace(accelerator=Decimal(-1)), BANDS[1]),
        "/personal/bands/0/accelerator",
        "between 0",
    ),
    (
        replace(USUAL, company=Company(bands=(*COMPANY_BANDS[:2], COMPANY_BANDS[3]))),
        "/company/bands/2/begins",
        "gap",
    ),
)


@pytest.mark.parametrize(("terms", "pointer", "words"), WRONG)
def test_what_is_wrong_is_named(terms: Terms, pointer: str, words: str) -> None:
    details = dict(faults_of(terms))
    assert pointer in details
    assert words in details[pointer]


def test_the_usual_terms_have_no_fault() -> None:
    assert faults_of(USUAL) == []
    assert faults_of(Terms(currency="RUB")) == []


@given(terms=schemes(), sales=sales_lists, target=targets, company=results)
def test_json_keeps_everything(
    terms: Terms, sales: list[SoldSale], target: Decimal | None, company: Fraction | None
) -> None:
    assert terms_of(terms_json(terms)) == terms
    for line in statement_of(terms, facts(sales, target, company)).lines:
        assert line_of(line_json(line)) == line


def test_versions_are_compared_member_by_member() -> None:
    later = replace(USUAL, base=Decimal(45000), bonuses=USUAL.bonuses[:1])
    pairs = list(differences(terms_json(USUAL), terms_json(later)))
    assert pairs == [
        ("/base", "40000", "45000"),
        ("/bonuses/1", {"group": "lamps", "rate": None, "per_sale": "150.50"}, None),
    ]


def test_how_many_sales_the_next_band_is_away() -> None:
    sales = [sale(1, 300_000), sale(2, 500_000)]
    item = next_band(USUAL, facts(sales, Decimal(1_000_000)), Fraction(60_000))
    assert item is not None
    assert [item.begins, item.short, item.sales] == [Decimal("0.9"), 100_000, 2]
    assert item.adds == 30000
    assert hint_of(item, "ru") == "Ещё 2 продажи до полосы от 90 %"
    assert hint_of(item, "en") == "2 more sales to the band from 90 %"
    unknown = next_band(USUAL, facts([], Decimal(1_000_000)), None)
    assert unknown is not None
    assert unknown.sales is None
    assert hint_of(unknown, "ru") == "Ещё 900 000 до полосы от 90 %"
    by_number = replace(USUAL, personal=Personal(Decimal(1), "sales"))
    counted = next_band(by_number, facts(sales, Decimal(10)), None)
    assert counted is not None
    assert counted.sales == 7
    assert next_band(USUAL, facts(sales), Fraction(1)) is None, "without a plan"
    assert next_band(USUAL, facts(sales, Decimal(1)), Fraction(1)) is None, "in the last band"


@given(sales=sales_lists, target=cents.filter(bool), check=cents.filter(bool))
def test_so_many_sales_do_reach_the_band(
    sales: list[SoldSale], target: Decimal, check: Decimal
) -> None:
    item = next_band(USUAL, facts(sales, target), Fraction(check))
    if item is None or item.sales is None:
        return
    result = sum((Fraction(one.amount) for one in sales), Fraction(0))
    reached = (result + item.sales * Fraction(check)) / Fraction(target)
    before = (result + (item.sales - 1) * Fraction(check)) / Fraction(target)
    assert reached >= item.begins > before


@pytest.mark.parametrize(
    ("number", "noun"),
    [(1, "продажа"), (4, "продажи"), (5, "продаж"), (11, "продаж"), (12, "продаж"),
     (21, "продажа"), (22, "продажи"), (112, "продаж")],
)  # fmt: skip
def test_russian_numbers(number: int, noun: str) -> None:
    by_number = replace(USUAL, personal=Personal(Decimal(1), "sales", BANDS))
    item = next_band(by_number, facts([], Decimal(number)), None)
    assert item is not None
    assert hint_of(item, "ru") == f"Ещё {number} {noun} до полосы от 100 %"


def test_lines_have_names() -> None:
    assert label_of("group", "ru", "kitchens") == "Группа товаров: kitchens"
    assert label_of("claw_back", "en") == "Claw-back of cancelled sales"


def test_pace_is_measured_by_what_should_be_reached_by_now() -> None:
    assert pace_of(Fraction(300), Decimal(1000), Fraction(1, 2)) == Decimal("0.600")
    assert pace_of(Fraction(300), Decimal(1000), Fraction(0)) == ON_PACE
    assert pace_of(Fraction(-1), Decimal(1000), Fraction(1)) == 0
