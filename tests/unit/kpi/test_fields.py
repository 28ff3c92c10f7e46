"""A time of the day: how it is written, and what is said of anything else; and shares in digits."""

from datetime import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.kpi.schemas.fields import Clock, share_number

CLOCK: TypeAdapter[time] = TypeAdapter(Clock)


@pytest.mark.parametrize("written", ["22:00", "22:00:30", time(22)])
def test_a_time_of_the_day_is_of_whole_minutes(written: Any) -> None:
    assert CLOCK.validate_python(written) == time(22)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (22, 'a time of the day, as in "22:00"'),
        (9.5, 'a time of the day, as in "22:00"'),
        (True, 'a time of the day, as in "22:00"'),
        (None, 'a time of the day, as in "22:00"'),
        ("22", 'a time of the day, as in "22:00"'),
        ("9:00", 'a time of the day, as in "22:00"'),
        ("22:00+03:00", "without an offset"),
        ("24:00", "hour"),
    ],
)
def test_anything_else_is_refused_in_words_that_fit(written: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CLOCK.validate_python(written)


@given(st.fractions() | st.integers().map(lambda number: Fraction(number, 20_000)))
def test_a_share_is_rounded_to_four_digits(share: Fraction) -> None:
    assert share_number(share) == round(share * 10_000) / Decimal(10_000)
