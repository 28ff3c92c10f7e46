"""Whom a sale is credited to: shares add up to one, and amounts to the sale."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.attribution import MODELS, SINGLE, Model, shares, split, unit_of

PATHS = st.lists(st.booleans(), min_size=1, max_size=40)


def parts(*texts: str) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, texts))


@pytest.mark.parametrize(
    ("model", "is_direct", "expected"),
    [
        ("first", [True, False, False], parts("1", "0", "0")),
        ("last", [False, False, True], parts("0", "0", "1")),
        ("last_non_direct", [False, False, True], parts("0", "1", "0")),
        ("last_non_direct", [True, True], parts("0", "1")),
        ("linear", [True, False, False], parts("1/3", "1/3", "1/3")),
        ("position", [False], parts("1")),
        ("position", [False, False], parts("1/2", "1/2")),
        ("position", [False] * 4, parts("0.4", "0.1", "0.1", "0.4")),
        ("linear", [], ()),
    ],
)
def test_what_each_model_gives(
    model: Model, is_direct: list[bool], expected: tuple[Fraction, ...]
) -> None:
    assert shares(model, is_direct) == expected


@given(model=st.sampled_from(MODELS), is_direct=PATHS)
def test_shares_add_up_to_one(model: Model, is_direct: list[bool]) -> None:
    found = shares(model, is_direct)
    assert sum(found) == 1
    assert min(found) >= 0
    assert len(found) == len(is_direct)
    if model in SINGLE:
        assert max(found) == 1


AMOUNTS = st.decimals(-(10**12), 10**12, places=2) | st.decimals(0, 10**6, places=4)


@given(
    amount=AMOUNTS,
    currency=st.sampled_from(["RUB", "JPY", "KWD", "???", None]),
    model=st.sampled_from(MODELS),
    is_direct=PATHS,
)
def test_credits_add_up_to_the_sale_to_its_smallest_unit(
    amount: Decimal, currency: str | None, model: Model, is_direct: list[bool]
) -> None:
    unit = unit_of(amount, currency)
    exact = shares(model, is_direct)
    amounts = split(amount, exact, unit)
    assert sum(amounts) == amount
    for credit, share in zip(amounts, exact, strict=True):
        assert credit % unit == 0
        assert abs(Fraction(credit) - share * Fraction(amount)) < Fraction(unit)


def test_the_largest_remainders_have_what_is_left() -> None:
    thirds = parts("1/3", "1/3", "1/3")
    assert split(Decimal(100), thirds, Decimal("0.01")) == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]
    uneven = parts("0.5", "0.3", "0.2")
    assert split(Decimal("0.05"), uneven, Decimal("0.01")) == [
        Decimal("0.03"),
        Decimal("0.01"),
        Decimal("0.01"),
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "unit"),
    [
        ("5", "RUB", "0.01"),
        ("5", "JPY", "1"),
        ("5.5", "JPY", "0.1"),
        ("5", "KWD", "0.001"),
        ("5.123", "RUB", "0.001"),
        ("5E+3", None, "0.01"),
    ],
)
def test_the_smallest_unit(amount: str, currency: str | None, unit: str) -> None:
    assert unit_of(Decimal(amount), currency) == Decimal(unit)
