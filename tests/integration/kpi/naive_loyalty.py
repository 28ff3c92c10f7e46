"""Who buys again, told from the sales that a naive reading of the events gives."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from statistics import quantiles
from typing import Any
from uuid import UUID

from services.kpi.domain.loyalty.rhythm import LEAST_GAPS, is_sleeping, limit_seconds
from services.kpi.domain.loyalty.segments import bounds_of, score
from services.kpi.domain.sales.events import SaleEvent
from services.kpi.domain.sales.people import Sale, sales_of
from services.kpi.use_cases.money.views import MoneyWish
from shared.messaging.decoding import ReceivedEvent
from tests.integration.kpi.naive_money import Came, World, world_of

Bought = Mapping[UUID, Sequence[Sale]]


def naive_sales(events: Sequence[ReceivedEvent], wish: MoneyWish) -> dict[UUID, list[Sale]]:
    """The sales of the period that stand, of each person in time."""
    world = world_of(events, wish.known_on)
    said: dict[UUID, list[SaleEvent]] = defaultdict(list)
    for event in world.said:
        said[world.person(event.contact_id)].append(event)
    people = {
        person_id: [
            replace(sale, product=sale.product or _asked_for(world, person_id, sale))
            for sale in sales_of(person_id, each, window=timedelta(hours=72))
            if sale.number is not None and wish.period.begins_at <= sale.at < wish.period.ends_at
        ]
        for person_id, each in said.items()
    }
    return {person_id: each for person_id, each in people.items() if each}


def _asked_for(world: World, person_id: UUID, sale: Sale) -> str | None:
    came = credited(world, person_id, sale)
    return came.values["product"] if came is not None else None


def credited(
    world: World, person_id: UUID, sale: Sale, model: str = "last_non_direct", days: int = 90
) -> Came | None:
    """The first or the last inquiry in the days before, or the last one by advertising if there is
    any.
    """
    path = [
        (came.at, inquiry_id, came)
        for inquiry_id, came in world.inquiries.items()
        if world.person(came.contact_id) == person_id
        and sale.at - timedelta(days=days) < came.at <= sale.at + timedelta(hours=1)
    ]
    came = [came for *_, came in sorted(path, key=lambda item: item[:2])]
    marked = [one for one in came if one.values["campaign"]]
    if model == "first":
        return next(iter(came), None)
    return next(reversed(marked if marked and model != "last" else came), None)


def naive_customers(bought: Bought, currency: str | None, until: datetime) -> dict[UUID, Any]:
    """What is told of each customer."""
    gaps = {person_id: _gaps(sales) for person_id, sales in bought.items()}
    every = [gap for each in gaps.values() for gap in each]
    company = _ninth_decile(every) if every else None
    values: dict[UUID, tuple[Any, ...]] = {
        person_id: (sales[-1].at, len(sales), sum(_prices(sales, currency), Decimal(0)))
        for person_id, sales in bought.items()
    }
    bounds = [bounds_of(list(each)) for each in zip(*values.values(), strict=True)]
    rows = {}
    for person_id, numbers in values.items():
        own = limit_seconds(gaps[person_id], company)
        rows[person_id] = {
            "last_at": numbers[0],
            "sales": numbers[1],
            "amount": numbers[2],
            "priced": len(_prices(bought[person_id], currency)),
            "is_own": len(gaps[person_id]) >= LEAST_GAPS,
            "recency": score(numbers[0], bounds[0]),
            "frequency": score(numbers[1], bounds[1]),
            "money": score(numbers[2], bounds[2]),
            "limit_seconds": own,
            "is_sleeping": is_sleeping((until - numbers[0]).total_seconds(), own),
        }
    return rows


def _ninth_decile(values: Sequence[float]) -> float:
    return values[0] if len(values) == 1 else quantiles(values, n=10, method="inclusive")[-1]


def _gaps(sales: Sequence[Sale]) -> list[float]:
    return [
        (sale.at - sale.previous_at).total_seconds()
        for sale in sales
        if sale.previous_at is not None
    ]


def _prices(sales: Sequence[Sale], currency: str | None) -> list[Decimal]:
    return [sale.amount for sale in sales if sale.amount is not None and sale.currency == currency]


def naive_cohorts(bought: Bought, wish: MoneyWish) -> Counter[tuple[date, date]]:
    """How many people of each month of first sales bought in each month."""
    counts: Counter[tuple[date, date]] = Counter()
    for sales in bought.values():
        if sales[0].number == 1:
            days = [sale.at.astimezone(wish.period.zone).date() for sale in sales]
            months = {day.replace(day=1) for day in days}
            counts.update((min(months), month) for month in months)
    return counts


def naive_baskets(bought: Bought) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """How many people bought each product, and both of two."""
    baskets = [
        sorted({sale.product for sale in sales if sale.product}) for sales in bought.values()
    ]
    return (
        Counter(product for basket in baskets for product in basket),
        Counter(pair for basket in baskets for pair in combinations(basket, 2)),
    )
