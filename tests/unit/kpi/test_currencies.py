"""Codes of currencies that somebody may be paid in."""

import pytest

from services.kpi.domain.attribution import _DIGITS
from services.kpi.domain.lines.cells import currency_of
from services.kpi.domain.lines.currencies import CURRENCIES, currency_fault


@pytest.mark.parametrize("code", ["RUB", "KZT", "BYN", "EUR", "JPY", "XOF", "BGN"])
def test_what_is_paid_in_is_known(code: str) -> None:
    assert currency_fault(code) is None
    assert currency_of(f" {code.lower()} ") == code


@pytest.mark.parametrize("code", ["ABC", "RUR", "XTS", "XAU", "rub", "РУБ", "RUBL", ""])
def test_what_nobody_is_paid_in_is_refused(code: str) -> None:
    assert currency_fault(code)


def test_an_unknown_code_is_told() -> None:
    with pytest.raises(ValueError, match="ISO 4217 knows: ABC"):
        currency_of("abc")


def test_each_is_a_code_and_those_with_other_digits_are_among_them() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert _DIGITS.keys() <= CURRENCIES
