"""What a manager, or the company, shall reach in a month."""

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.attribution import digits_of
from services.kpi.domain.motivation.checks import money_fault
from services.kpi.domain.motivation.terms import REVENUE, Measure
from shared.ids import derived_id

COMPANY: Final = "company"
MOST_SALES: Final = 10**9


class Target(NamedTuple):
    """`subject` is a manager's id or `company`; a number of sales has no currency."""

    month: date
    subject: str
    measure: Measure
    value: Decimal
    currency: str

    @property
    def target_id(self) -> UUID:
        """The same for whatever is planned for the same month, subject and measure."""
        return derived_id("motivation_target", self.month, self.subject, self.measure)


def subject_of(text: str) -> str:
    """A subject in one spelling. Raises ValueError."""
    name = text.strip().lower()
    if name == COMPANY:
        return COMPANY
    try:
        return str(UUID(name))
    except ValueError:
        raise ValueError("is neither the id of a manager nor `company`") from None


def fault_of(target: Target) -> tuple[str, str] | None:
    """The member that is wrong, and what is wrong with it; None if nothing is."""
    if (target.measure == REVENUE) != bool(target.currency):
        return "currency", "belongs to revenue, and to nothing else"
    if not target.value.is_finite() or target.value <= 0:
        return "value", "is not above 0"
    if target.measure == REVENUE:
        detail = money_fault(target.value, digits_of(target.currency))
        return ("value", detail) if detail else None
    if target.value != target.value.to_integral_value() or target.value > MOST_SALES:
        return "value", f"is no number of sales up to {MOST_SALES}"
    return None
