"""Fields that schemas of pay share: months, and numbers as they are shown."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from shared.text import require_storable

MONTH_PATTERN: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
Month = Annotated[
    str,
    StringConstraints(pattern=MONTH_PATTERN),
    Field(description="as in 2026-03", examples=["2026-03"]),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(require_storable),
]
Key = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(require_storable),
]
_SHOWN: Final = Decimal("0.000001")


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def shown(number: Fraction | None) -> Decimal | None:
    """To six digits; what is shown is computed with all of them."""
    if number is None:
        return None
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(_SHOWN)
