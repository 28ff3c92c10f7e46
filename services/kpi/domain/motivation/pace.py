"""How far a plan is fulfilled, by what should have been reached by now."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

UNIT: Final = Decimal("0.001")
ON_PACE: Final = Decimal("1.000")


def pace_of(result: Fraction, target: Decimal, elapsed: Fraction) -> Decimal:
    """The result by the part of the target that falls to the working time that has passed.

    While nothing is expected yet, everybody is on pace. `elapsed` is from 0 to 1.
    """
    expected = Fraction(target) * elapsed
    if not expected:
        return ON_PACE
    thousandths = round(max(result, Fraction(0)) / expected * 1000)
    return Decimal(thousandths).scaleb(-3)
