"""Quotients are rounded as Python rounds fractions: to the nearest, of two as near to the even."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.sales.returns import money_of, ratio

NUMBERS = st.integers(-(10**30), 10**30) | st.integers(-99, 99)
WHOLES = NUMBERS.filter(bool) | st.sampled_from((2, 20, 200, -2, 20_000))


@given(NUMBERS, WHOLES, st.sampled_from((1, 3, 200)))
def test_shares_have_four_digits(part: int, whole: int, factor: int) -> None:
    exact = Fraction(part, factor) / whole
    found = ratio(Fraction(part, factor), whole, "nothing").value
    assert found == Decimal(round(exact * 10_000)) * Decimal("0.0001")


@given(NUMBERS, WHOLES, st.sampled_from((("RUB", 2), ("JPY", 0), ("KWD", 3))))
def test_money_has_the_digits_of_its_currency(
    part: int, whole: int, currency: tuple[str, int]
) -> None:
    name, digits = currency
    found = money_of(Fraction(part, whole), name)
    unit = Decimal(1).scaleb(-digits)
    assert found == Decimal(round(Fraction(part, whole) * 10**digits)) * unit
