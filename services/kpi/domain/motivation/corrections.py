"""What a month that was paid already takes back, or still owes, when its sales change."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from services.kpi.domain.motivation.statements import Line

CLAW_BACK: Final = "claw_back"
LATE_SALES: Final = "late_sales"
CORRECTIONS: Final = frozenset({CLAW_BACK, LATE_SALES})


def correction_of(month: date, *, payout: Decimal, carried: Decimal, restated: Decimal) -> Line:
    """What the month would have paid had its sales been known as they are now, less what it paid
    and what later months corrected: negative where sales were cancelled or returned.
    """
    amount = restated - payout - carried
    return Line(
        kind=CLAW_BACK if amount <= 0 else LATE_SALES,
        amount=amount,
        formula="restated - paid - carried",
        inputs={
            "restated": Fraction(restated),
            "paid": Fraction(payout),
            "carried": Fraction(carried),
        },
        month=month,
    )
