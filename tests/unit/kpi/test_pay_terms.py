"""Terms of pay are checked with the member named; the next band is told in sales."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from services.kpi.domain.motivation.checks import faults_of
from services.kpi.domain.motivation.codec import (
    differences,
    terms_json,
)
from services.kpi.domain.motivation.nearest import next_band
from services.kpi.domain.motivation.pace import ON_PACE, pace_of
from services.kpi.domain.motivation.statements import (
    SoldSale,
)
from services.kpi.domain.motivation.terms import (
    COMPANY_BANDS,
    Band,
    Company,
    GroupBonus,
    Personal,
    ProductGroup,
    Terms,
)
from services.kpi.domain.motivation.wording import hint_of, label_of
from tests.unit.kpi.paying import USUAL, cents, facts, sale, sales_lists

BANDS = (Band(Decimal(0), Decimal(1), Decimal(0)), Band(Decimal(1), None, Decimal(1)))


def banded(*bands: Band) -> Terms:
    return replace(USUAL, personal=Personal(Decimal(1), bands=bands))


WRONG: tuple[tuple[Terms, str, str], ...] = (
    (replace(USUAL, base=Decimal(-1)), "/base", "negative"),
    (replace(USUAL, base=Decimal("0.001")), "/base", "2 digits"),
    (replace(USUAL, base=Decimal("NaN")), "/base", "below"),
    (replace(USUAL, personal=Personal(Decimal(-5))), "/personal/bonus", "negative"),
    (replace(USUAL, personal=None), "/company_multiplier", "none"),
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
        "/company_multiplier/bands/2/begins",
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
    assert hint_of(item, "ru") == "Ещё 2 продажи до ступени от 90 %"
    assert hint_of(item, "en") == "2 more sales to the band from 90 %"
    unknown = next_band(USUAL, facts([], Decimal(1_000_000)), None)
    assert unknown is not None
    assert unknown.sales is None
    assert hint_of(unknown, "ru") == "Ещё 900 000 до ступени от 90 %"
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
    assert hint_of(item, "ru") == f"Ещё {number} {noun} до ступени от 100 %"


def test_lines_have_names() -> None:
    assert label_of("group", "ru", "kitchens") == "Группа товаров: kitchens"
    assert label_of("claw_back", "en") == "Claw-back of cancelled sales"


def test_pace_is_measured_by_what_should_be_reached_by_now() -> None:
    assert pace_of(Fraction(300), Decimal(1000), Fraction(1, 2)) == Decimal("0.600")
    assert pace_of(Fraction(300), Decimal(1000), Fraction(0)) == ON_PACE
    assert pace_of(Fraction(-1), Decimal(1000), Fraction(1)) == 0
