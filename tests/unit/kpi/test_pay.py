"""Pay schemes: payouts grow with sales, lines explain them, and claw-backs return what was paid."""

import ast
import operator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.motivation.checks import faults_of
from services.kpi.domain.motivation.codec import (
    line_json,
    line_of,
    terms_json,
    terms_of,
)
from services.kpi.domain.motivation.corrections import (
    CLAW_BACK,
    LATE_SALES,
    CountedSale,
    correction_of,
    parted,
)
from services.kpi.domain.motivation.explained import parts_of
from services.kpi.domain.motivation.statements import (
    NO_COMPANY_TARGET,
    NO_TARGET,
    SoldSale,
    attainment_of,
    payout_of,
    statement_of,
)
from services.kpi.domain.motivation.terms import (
    PERSONAL_BANDS,
    GroupBonus,
    Terms,
)
from tests.unit.kpi.paying import (
    JANUARY,
    USUAL,
    amounts,
    facts,
    results,
    sale,
    sales_lists,
    schemes,
    sold,
    targets,
)


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


def test_halves_of_kopecks_are_not_lost_line_by_line() -> None:
    half = GroupBonus("kitchens", rate=Decimal("0.005"))
    terms = replace(USUAL, base=Decimal(0), personal=None, company=None, bonuses=(half, half, half))
    statement = statement_of(terms, facts([sale(1, 1, "кухня")]))
    assert statement.payout == Decimal("0.02"), "0.015, half-even"
    assert sorted(line.amount for line in statement.lines) == [
        0,
        0,
        Decimal("0.01"),
        Decimal("0.01"),
    ]


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


def test_what_took_away_and_what_added_are_told_apart() -> None:
    def change(number: int, quantity: int, amount: int, product: str = "") -> CountedSale:
        return CountedSale(UUID(int=number), None, product, quantity, Decimal(amount))

    cancelled, late = change(1, -1, -100), change(2, 1, 300)
    cheaper, dearer = change(3, 0, -5), change(4, 0, 5)
    moved = [change(5, -1, -70, "кухня"), change(5, 1, 70, "стол")]
    everything = [cancelled, late, cheaper, dearer, *moved]
    assert parted(everything) == [[cancelled, cheaper, *moved], [late, dearer]]
    assert parted([late]) == [[late]]
    assert parted([]) == []


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


@given(terms=schemes(), sales=sales_lists, target=targets, company=results)
def test_json_keeps_everything(
    terms: Terms, sales: list[SoldSale], target: Decimal | None, company: Fraction | None
) -> None:
    assert terms_of(terms_json(terms)) == terms
    for line in statement_of(terms, facts(sales, target, company)).lines:
        assert line_of(line_json(line)) == line
