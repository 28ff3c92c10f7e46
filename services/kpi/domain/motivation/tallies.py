"""Sales as the terms of a scheme look at them: sums of all, and of each group of products.

More than these no statement rests on, so a month that was paid is counted anew from the sums that
its lines name and what has changed since.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Final, NamedTuple

from services.kpi.domain.motivation.terms import REVENUE, Measure, Terms

EXACT: Final = Context(prec=1000)  # far more digits than sums and products of amounts have


class Cell(NamedTuple):
    """The sales of one product: how many, and what they come to."""

    product: str
    sales: int
    amount: Decimal


class Sum(NamedTuple):
    """How many sales, and what they come to."""

    sales: int
    amount: Decimal

    def by(self, measure: Measure) -> Decimal:
        return self.amount if measure == REVENUE else Decimal(self.sales)


NO_SALES: Final = Sum(0, Decimal(0))


@dataclass(frozen=True, slots=True)
class Tally:
    """All sales, and those of each group of products."""

    total: Sum = NO_SALES
    groups: Mapping[str, Sum] = field(default_factory=dict)

    def of(self, group: str) -> Sum:
        return self.groups.get(group, NO_SALES)


NOTHING_SOLD: Final = Tally()


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """To the last digit, however many there are."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def add_up(sums: Iterable[Sum]) -> Sum:
    sales, total = NO_SALES
    for one in sums:
        sales += one.sales
        total = EXACT.add(total, one.amount)
    return Sum(sales, total)


def tally_of(terms: Terms, cells: Iterable[Cell], before: Tally = NOTHING_SOLD) -> Tally:
    """These sales and those before, as far as the terms look at them."""
    (count, total), groups, add = before.total, dict(before.groups), EXACT.add
    for product, sales, amount in cells:
        count += sales
        total = add(total, amount)
        group = terms.group_of(product)
        if group is not None:
            others, sold = groups.get(group, NO_SALES)
            groups[group] = Sum(others + sales, add(sold, amount))
    return Tally(Sum(count, total), groups)


def alike_products(schemes: Collection[Terms]) -> dict[str, str]:
    """Products that the terms name, by one of those that are of the same groups in all of them."""
    names = {name for terms in schemes for group in terms.groups for name in group.products}
    first: dict[tuple[str | None, ...], str] = {}
    return {
        name: first.setdefault(tuple(terms.group_of(name) for terms in schemes), name)
        for name in sorted(names)
    }
