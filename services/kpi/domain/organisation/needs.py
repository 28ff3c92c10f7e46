"""What a month still needs in money, sales and work, by what one's sales have taken before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Final

from services.kpi.domain.organisation.days import part_of_day

LEAST_SALES: Final = 5  # behind rates: with fewer they are those of the company
WORK: Final = ("call", "mail", "message", "meeting")


@dataclass(frozen=True, slots=True)
class Ground:
    """Leads that were closed, those won, those won with an amount and their money, what was done
    about all of them by kind, and how many of them came to an offer.
    """

    leads: int
    sales: int
    priced: int
    money: Decimal
    work: Mapping[str, int]
    offers: int

    @property
    def is_enough(self) -> bool:
        return self.sales >= LEAST_SALES

    @property
    def check(self) -> Decimal | None:
        """The average money of a sale; None without any."""
        return self.money / self.priced if self.priced and self.money else None

    def per_sale(self, count: int) -> Decimal:
        """How much of it a sale takes, the work for those that were lost included."""
        return Decimal(count) / self.sales


@dataclass(frozen=True, slots=True)
class Aim:
    """What a month shall bring: money in a currency, sales, or both; the others are None."""

    money: Decimal | None
    sales: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Whole numbers, and money; None for what nothing tells. `work` is by kind."""

    money: Decimal | None
    sales: int | None
    leads: int | None
    offers: int | None
    work: Mapping[str, int] | None


def rest_of(aim: Aim, done: Aim) -> Aim:
    """What is still missing, at least nothing."""
    return Aim(_missing(aim.money, done.money), _missing(aim.sales, done.sales))


def _missing(aim: Decimal | None, done: Decimal | None) -> Decimal | None:
    return None if aim is None else max(aim - (done or 0), Decimal(0))


def needs_of(rest: Aim, ground: Ground | None) -> Needs:
    """Of all that is missing: sales from money by the average check where no number of them is
    planned; leads, offers and work by what a sale has taken, the funnel read from its end.
    """
    sales = rest.sales
    if sales is None and rest.money is not None and ground is not None and ground.check:
        sales = rest.money / ground.check
    if sales is None or ground is None or not ground.sales:
        count = None if sales is None else ceil(sales)
        return Needs(money=rest.money, sales=count, leads=None, offers=None, work=None)
    return Needs(
        money=rest.money,
        sales=ceil(sales),
        leads=ceil(sales * ground.per_sale(ground.leads)),
        offers=ceil(sales * ground.per_sale(ground.offers)),
        work={kind: ceil(sales * ground.per_sale(ground.work.get(kind, 0))) for kind in WORK},
    )


def day_of(needs: Needs, weights: Mapping[date, int], day: date, unit: Decimal) -> Needs:
    """What of it falls to a day; days add up to the whole. `unit` is the smallest of the money."""

    def part(total: int | None) -> int | None:
        return None if total is None else part_of_day(total, weights, day)

    money = None if needs.money is None else part(int(needs.money / unit))
    return Needs(
        money=None if money is None else money * unit,
        sales=part(needs.sales),
        leads=part(needs.leads),
        offers=part(needs.offers),
        work=None
        if needs.work is None
        else {kind: part(count) or 0 for kind, count in needs.work.items()},
    )
