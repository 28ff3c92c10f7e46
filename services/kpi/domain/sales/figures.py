"""What the sales of a group come to: their number, customers and amounts, and the average check."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class SalesMoney:
    """Amounts in one currency; `priced` are the sales that have one."""

    priced: int
    amount: Decimal
    new_amount: Decimal
    returning_amount: Decimal
    cancelled_amount: Decimal


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """`new` are people's first sales, `returning` all later ones; a customer with one of these is a
    returning one. `gap_p50`, `gap_p90`: seconds since the person's sale before.
    """

    sales: int = 0
    new: int = 0
    returning: int = 0
    cancelled: int = 0
    joined: int = 0
    customers: int = 0
    returning_customers: int = 0
    gap_p50: float | None = None
    gap_p90: float | None = None
    money: dict[str, SalesMoney] = field(default_factory=dict)

    @property
    def average_checks(self) -> dict[str, Fraction]:
        """By currency what a sale came to, of those that have an amount."""
        return {
            currency: Fraction(money.amount) / money.priced
            for currency, money in self.money.items()
            if money.priced
        }
