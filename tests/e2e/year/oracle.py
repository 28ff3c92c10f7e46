"""What the facts come to, added up naively: plain numbers, nothing of the product's."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from tests.e2e.year.company import Company, Order, month_before

KOPECK = Decimal("0.01")


def standing(company: Company) -> list[Order]:
    return [order for order in company.orders if not order.is_cancelled]


def worth(orders: Iterable[Order]) -> Decimal:
    return sum((order.amount for order in orders), Decimal(0))


def by(orders: Iterable[Order], key: Callable[[Order], Any]) -> dict[Any, list[Order]]:
    groups: dict[Any, list[Order]] = defaultdict(list)
    for order in orders:
        groups[key(order)].append(order)
    return dict(groups)


def of_months(orders: Iterable[Order], months: Iterable[date]) -> list[Order]:
    wanted = set(months)
    return [order for order in orders if order.month in wanted]


def sold(company: Company, first: date, end: date) -> Decimal:
    """What won leads brought in these days, and orders that no lead led to."""
    return worth(one for one in standing(company) if first <= one.at.date() < end)


def year_before(month: date) -> list[date]:
    return [month_before(month, age) for age in range(12, 0, -1)]


def is_guaranteed(order: Order, orders: Sequence[Order]) -> bool:
    """Whether it came as the person's orders usually do: two gaps or more before, and this one
    at most half of their median away from it. Nobody called any of those who come so often.
    """
    times = sorted(one.at for one in orders if one.phone == order.phone and one.at <= order.at)
    gaps = [(two - one).total_seconds() for one, two in pairwise(times)]
    usual = gaps[:-1][-12:]
    return len(usual) >= 2 and abs(gaps[-1] - median(usual)) <= median(usual) / 2


def quartile(values: Sequence[float], place: int) -> float:
    """The first, second or third, by linear interpolation between the nearest."""
    ordered = sorted(values)
    whole, rest = divmod((len(ordered) - 1) * place, 4)
    after = ordered[min(whole + 1, len(ordered) - 1)]
    return ordered[whole] + (after - ordered[whole]) * rest / 4
