"""Which sales a line's amount comes of: parts that add up to it, to the smallest unit.

A plan's bonus is earned by all sales together, so each has a part by its share of the result.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from services.kpi.domain.attribution import digits_of, split
from services.kpi.domain.motivation.statements import Line, SoldSale
from services.kpi.domain.motivation.terms import REVENUE, Terms, name_of

Weigh = Callable[[SoldSale], Fraction]


class Part(NamedTuple):
    """What of a line comes of one sale."""

    sale: SoldSale
    amount: Decimal


def parts_of(line: Line, sales: Sequence[SoldSale], terms: Terms) -> list[Part]:
    """The parts of a line, by the order of the sales' ids; none where it comes of no sale."""
    weigh = _weigh(line, terms)
    if weigh is None:
        return []
    places = terms.places() if line.group else {}
    counting = [
        sale for sale in sorted(sales) if line.group in {None, places.get(name_of(sale.product))}
    ]
    return divided(line.amount, counting, weigh, digits_of(terms.currency))


def divided(amount: Decimal, sales: Sequence[SoldSale], weigh: Weigh, digits: int) -> list[Part]:
    """An amount by the weights of sales; by their number where nothing weighs anything."""
    if not sales:
        return []
    weights = [abs(weigh(sale)) for sale in sales]
    total = sum(weights, Fraction(0))
    shares = (
        [weight / total for weight in weights] if total else [Fraction(1, len(sales))] * len(sales)
    )
    amounts = split(amount, shares, Decimal(1).scaleb(-digits))
    return [Part(sale, part) for sale, part in zip(sales, amounts, strict=True)]


def by_amount(sale: SoldSale) -> Fraction:
    return Fraction(sale.amount)


def by_number(_sale: SoldSale) -> Fraction:
    return Fraction(1)


def _weigh(line: Line, terms: Terms) -> Weigh | None:
    if line.kind in {"personal", "company"} and terms.personal is not None:
        return by_amount if terms.personal.measure == REVENUE else by_number
    if line.kind == "group":
        return by_amount if "rate" in line.inputs else by_number
    return None
