"""What a market can take, and what of it the company can sell, at most."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.forecast.outcome import Foretold
from services.kpi.domain.forecast.past import Measure

LONGEST_POTENTIAL_DAYS: Final = 1830
LARGEST_POTENTIAL: Final = Decimal(10) ** 15
KOPECK: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """Buyers, how often each buys in the period, how many at a time, for how much (None for what is
    no money), and the share of the market that the company can have.
    """

    buyers: Decimal
    frequency: Decimal
    quantity: Decimal
    price: Decimal | None
    share: Decimal


class Bounds(NamedTuple):
    """The market potential and the sales potential."""

    market: Decimal
    sales: Decimal


def bounds_of(formula: Formula) -> Bounds:
    """Market: buyers x frequency x quantity x price, the chain ratio; sales: the share of it. P.
    Kotler, K. L. Keller: Marketing Management, 15th ed. (2016), chapter 3. Rounded at the end.
    """
    price = Decimal(1) if formula.price is None else formula.price
    market = formula.buyers * formula.frequency * formula.quantity * price
    return Bounds(_rounded(market), _rounded(market * formula.share))


def _rounded(value: Decimal) -> Decimal:
    # More digits than the context has are no potential: it is refused as too large.
    return value.quantize(KOPECK, ROUND_HALF_EVEN) if value <= LARGEST_POTENTIAL else value


class Allowance(NamedTuple):
    """What a potential allows to sell, of what and when: all that limits goals and forecasts."""

    territory_id: UUID
    product: str
    measure: str
    currency: str | None
    first: date
    end: date
    sales: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Potential:
    """Of a territory and a product (empty: all of them) over the days from `first` to before `end`.
    `formula` is None where both bounds are estimated as they stand.
    """

    territory_id: UUID
    product: str
    measure: Measure
    currency: str | None
    first: date
    end: date
    formula: Formula | None
    bounds: Bounds
    assumption: str

    @property
    def allowance(self) -> Allowance:
        what = (self.territory_id, self.product, self.measure, self.currency)
        return Allowance(*what, self.first, self.end, self.bounds.sales)

    @property
    def sales_field(self) -> str:
        """The field that the sales potential is said by."""
        return "estimate/sales" if self.formula is None else "formula"


def potential_faults(item: Potential) -> Iterator[tuple[str, str]]:
    """What keeps it from being a potential: the field and why."""
    is_money = item.measure == Measure.REVENUE
    if is_money != (item.currency is not None):
        yield "currency", "is of money, which is always in one"
    if item.end <= item.first:
        yield "to", "lies after `from`, and is itself not included"
    elif (item.end - item.first).days > LONGEST_POTENTIAL_DAYS:
        yield "to", f"at most {LONGEST_POTENTIAL_DAYS} days after `from`"
    if item.formula is not None and is_money != (item.formula.price is not None):
        yield "formula/price", "is of money, which is never without"
    if item.bounds.market > LARGEST_POTENTIAL:
        yield (
            "estimate/market" if item.formula is None else "formula",
            f"the market potential is at most {LARGEST_POTENTIAL:f}",
        )
    if item.bounds.sales > item.bounds.market:
        yield item.sales_field, f"above the market potential of {item.bounds.market}"


def foretold_within(steps: Iterable[Foretold], next_day: date, first: date, end: date) -> Decimal:
    """The likeliest values of the steps that lie whole from `first` to before `end`; `next_day` is
    the one after the last step.
    """
    ordered = list(steps)
    ends = [*(step.day for step in ordered[1:]), next_day]
    return sum(
        (
            step.p50
            for step, until in zip(ordered, ends, strict=True)
            if first <= step.day and until <= end
        ),
        Decimal(0),
    )
