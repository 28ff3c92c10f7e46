"""Why the revenue differs from the plan: by steps from one to the other, each changing one cause.

Chain substitution, as in the usual analysis of sales variances (Horngren, Cost Accounting, ch. 14):
the order of the steps is fixed, and together they are the difference exactly.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

Amounts = Mapping[str, Sequence[int]]


class Leads(NamedTuple):
    """Leads of the period, and what came a year before: leads, and sales."""

    now: int
    before: int
    sales_before: int

    @property
    def usual(self) -> Fraction | None:
        """Sales per lead a year before; None where that tells nothing."""
        if not self.before or not self.sales_before:
            return None
        return Fraction(self.sales_before, self.before)


class Bridge(NamedTuple):
    """In the smallest unit. Volume: more or fewer leads than the planned sales need at the usual
    conversion. Conversion: more or fewer sales per lead; None where leads tell nothing, and the
    volume is that of sales. Timing: other months. Mix: other values of the axis. Check: other
    amounts per sale.
    """

    plan: int
    fact: int
    volume: int
    conversion: int | None
    timing: int
    mix: int
    check: int

    @property
    def difference(self) -> int:
        return self.fact - self.plan


class Side(NamedTuple):
    """Revenue and quantity by value of the axis and month."""

    revenue: Amounts
    quantity: Amounts


def bridge(plan: Side, fact: Side, leads: Leads | None) -> Bridge:
    """The steps from the plan to the fact. Without planned sales all of the difference is check."""
    revenue, sold = _total(plan.revenue), _total(fact.revenue)
    quantity, count = _total(plan.quantity), _total(fact.quantity)
    if not quantity:
        return Bridge(revenue, sold, 0, None, 0, 0, sold - revenue)
    mean = Fraction(revenue, quantity)
    of_month = _checks(_by_month(plan.revenue), _by_month(plan.quantity), mean)
    at_months = _valued(_by_month(fact.quantity), of_month)
    worth = (
        _valued(counts, _checks_of(plan, value, of_month))
        for value, counts in fact.quantity.items()
    )
    at_values = sum(worth, Fraction(0))
    volume, conversion = _volume(quantity, count, mean, leads)
    timing, mix = round(at_months - count * mean), round(at_values - at_months)
    check = sold - revenue - volume - (conversion or 0) - timing - mix
    return Bridge(revenue, sold, volume, conversion, timing, mix, check)


def _volume(
    quantity: int, count: int, mean: Fraction, leads: Leads | None
) -> tuple[int, int | None]:
    """What more or fewer sales are worth at the planned check, by leads and by conversion."""
    worth = (count - quantity) * mean
    if leads is None or leads.usual is None or not leads.now:
        return round(worth), None
    volume = round((leads.now * leads.usual - quantity) * mean)
    return volume, round(worth) - volume


def _total(amounts: Amounts) -> int:
    return sum(map(sum, amounts.values()))


def _by_month(amounts: Amounts) -> list[int]:
    return [sum(month) for month in zip(*amounts.values(), strict=True)]


def _checks_of(plan: Side, value: str, of_month: Sequence[Fraction]) -> list[Fraction]:
    """The planned check of a value in each month; of the month where the value has none."""
    counts = plan.quantity.get(value, ())
    amounts = plan.revenue.get(value, [0] * len(counts))
    if not counts:
        return list(of_month)
    return [
        Fraction(amount, count) if count else usual
        for amount, count, usual in zip(amounts, counts, of_month, strict=True)
    ]


def _checks(amounts: Sequence[int], counts: Sequence[int], mean: Fraction) -> list[Fraction]:
    """The planned check of each month; the mean where nothing is planned."""
    return [
        Fraction(amount, count) if count else mean
        for amount, count in zip(amounts or [0] * len(counts), counts, strict=True)
    ]


def _valued(counts: Sequence[int], checks: Sequence[Fraction]) -> Fraction:
    """One fraction is made at the end: of each step it would be reduced anew."""
    upper, lower = 0, 1
    for count, check in zip(counts, checks, strict=False):
        if count:
            upper = upper * check.denominator + count * check.numerator * lower
            lower *= check.denominator
    return Fraction(upper, lower)
