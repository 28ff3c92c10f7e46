"""What a group of inquiries has cost and brought: quotients, where they mean something.

A quotient that means nothing has no value and says why. Amounts of different currencies are never
added or divided by one another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from services.kpi.domain.attribution import digits_of

Money = Mapping[str, Decimal]
NO_SPEND: Final = "no_spend"
SEVERAL_CURRENCIES: Final = "several_currencies"
NO_INQUIRIES: Final = "no_inquiries"
NO_TARGET: Final = "no_target_inquiries"
NO_LEADS: Final = "no_leads"
NO_SALES: Final = "no_sales"
NO_AMOUNTS: Final = "no_amounts"
NOT_TOLD: Final = "spend_is_not_told_by_this"
_SHARE_UNIT: Final = Decimal("0.0001")


class Quotient(NamedTuple):
    """`missing` says why there is no value; `currency` is set for an amount of money."""

    value: Decimal | None
    missing: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a group came to: inquiries, sales as they are credited, and spend; None where spend is
    not told by what groups are told apart by.
    """

    inquiries: int = 0
    contacts: int = 0
    target: int = 0
    leads: int = 0
    sales: Fraction = Fraction(0)
    amounts: Money = field(default_factory=dict)
    spend: Money | None = field(default_factory=dict)


def target_share(figures: Figures) -> Quotient:
    return ratio(figures.target, figures.inquiries, NO_INQUIRIES)


def ratio(part: int | Fraction, whole: int | Fraction, missing: str) -> Quotient:
    """A share of four digits; without a whole none."""
    if not whole:
        return Quotient(None, missing)
    share = part.numerator * whole.denominator, part.denominator * whole.numerator
    return Quotient(_rounded(*share, _SHARE_UNIT))


def cost_per(figures: Figures, count: int | Fraction, missing: str) -> Quotient:
    """What one of the counted things has cost, to the currency's smallest unit."""
    cost = _cost(figures)
    if cost.value is None or cost.currency is None:
        return cost
    if not count:
        return Quotient(None, missing, cost.currency)
    share = Fraction(cost.value) / Fraction(count)
    return cost._replace(value=money_of(share, cost.currency))


def return_on(figures: Figures) -> Quotient:
    """ROMI: what was earned beyond what was spent, by what was spent; 0 is break-even.

    Sales without an amount earn nothing here; if none has one, there is no return to speak of.
    """
    cost = _cost(figures)
    if cost.value is None or cost.currency is None:
        return cost._replace(currency=None)
    if figures.amounts.keys() - {cost.currency}:
        return Quotient(None, SEVERAL_CURRENCIES)
    if figures.sales and not figures.amounts:
        return Quotient(None, NO_AMOUNTS)
    earned = figures.amounts.get(cost.currency, Decimal(0))
    return ratio(Fraction(earned) - Fraction(cost.value), Fraction(cost.value), NO_SPEND)


def _cost(figures: Figures) -> Quotient:
    """The spend, where it is in one currency and more than nothing."""
    if figures.spend is None:
        return Quotient(None, NOT_TOLD)
    if len(figures.spend) > 1:
        return Quotient(None, SEVERAL_CURRENCIES)
    for currency, amount in figures.spend.items():
        if amount:
            return Quotient(amount, currency=currency)
    return Quotient(None, NO_SPEND)


def money_of(value: Fraction, currency: str) -> Decimal:
    """An amount to the currency's smallest unit."""
    return quotient_of(value.numerator, value.denominator, currency)


def quotient_of(dividend: int, divisor: int, currency: str) -> Decimal:
    """The same of a quotient."""
    return _rounded(dividend, divisor, Decimal(1).scaleb(-digits_of(currency)))


def _rounded(part: int, whole: int, unit: Decimal) -> Decimal:
    """The multiple of the unit that is nearest to the quotient, of two equally near ones the even.

    It is what `round` makes of a `Fraction`, which looks for a common divisor first.
    """
    one, units = unit.as_integer_ratio()
    if whole < 0:
        part, whole = -part, -whole
    number, rest = divmod(part * units, whole * one)
    beyond = 2 * rest - whole * one
    if beyond > 0 or (beyond == 0 and number % 2):
        number += 1
    return Decimal(number) * unit
