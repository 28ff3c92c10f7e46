"""What happened by the steps of a period, of the company or of values of an axis: leads, and those
won, by counters, and beside them the orders that no lead led to.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from services.kpi.domain.forecast.past import StepFacts
from services.kpi.domain.loyalty.counting import sum_orders, sum_orders_of
from services.kpi.domain.paths.segments import word
from services.kpi.domain.periods import are_even
from services.kpi.repository.forecast.counted_values import sum_values
from services.kpi.repository.money.day_columns import ORDERS, ORIGINS
from services.kpi.repository.money.held_sales import sum_once
from services.kpi.repository.money.origins import SEGMENT, VALUES
from services.kpi.repository.reports.counted_steps import sum_steps
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

AXES: Final = (COMPANY, "source", "channel", "campaign", "region", "product", "pipeline", "manager")
_ORDERS: Final = """
SELECT {value} AS value, width_bucket(s.at, CAST(:bounds AS timestamptz[])) AS step, s.currency,
    count(*) AS sales,
    count(*) FILTER (WHERE s.amount IS NOT NULL AND s.currency IS NOT NULL) AS priced,
    coalesce(sum(s.amount) FILTER (WHERE s.currency IS NOT NULL), 0) AS amount
FROM sale AS s {origins} WHERE s.at >= :begins_at AND s.at < :ends_at AND s.lead_id IS NULL
    AND s.known_until = 'infinity' AND s.taken_back_at IS NULL
    AND {value} = ANY(CAST(:values AS text[]))
GROUP BY 1, step, s.currency
"""
_NOTHING: Final = (0, Decimal(0))
_NONE: Final = (0, 0)
_COUNTED: Final = ("leads", "won", "amount")
Facts = dict[int, StepFacts]
Counts = dict[int, tuple[int, int]]
Money = dict[str, dict[int, tuple[int, Decimal]]]


class Told(NamedTuple):
    """By step, numbered from 1: leads and those won, by currency sales with an amount and their
    money, and how many orders no lead led to.
    """

    counts: Counts
    money: Money
    bought: Mapping[int, int]

    def of(self, currency: str) -> Facts:
        """Leads and sales stand under every currency; alone where nothing is in this one."""
        by_step = self.money.get(currency, {})
        counts, bought = self.counts.get, self.bought.get
        facts: Facts = {}
        for step in self.counts.keys() | self.bought.keys() | by_step.keys():
            leads, won = counts(step, _NONE)
            orders = bought(step, 0)
            priced, money = by_step.get(step, _NOTHING)
            if leads or won or orders or priced or money:
                facts[step] = StepFacts(leads, won + orders, priced, money, orders)
        return facts


async def facts_by_step(
    session: Session, bounds: Sequence[datetime], axis: str, key: str
) -> dict[str, Facts]:
    """By currency, then by the number of a step from 1: what happened. Leads and sales stand under
    every currency, and alone under the empty one.
    """
    item = (await facts_of_keys(session, bounds, axis, [key]))[key]
    return {currency: item.of(currency) for currency in ("", *item.money)}


async def facts_of_keys(
    session: Session, bounds: Sequence[datetime], axis: str, keys: Sequence[str]
) -> dict[str, Told]:
    """What happened to each of these values of the axis; to the company under its only key."""
    counts: dict[str, Counts] = {key: {} for key in keys}
    money: dict[str, Money] = {key: {} for key in keys}
    if axis == COMPANY:
        for key in keys:
            counts[key], money[key] = await _of_company(session, bounds)
    else:
        values = await sum_values(session, bounds, axis, keys)
        for (step, key, currency), (leads, won, amount) in values.items():
            if not currency:
                counts[key][step] = leads, won
            elif won or amount:
                money[key].setdefault(currency, {})[step] = won, amount
    orders = await _orders(session, bounds, axis, keys)
    return {key: _together(counts[key], money[key], orders[key]) for key in keys}


async def _of_company(session: Session, bounds: Sequence[datetime]) -> tuple[Counts, Money]:
    sums_by_step = await sum_steps(session, bounds, None, _COUNTED)
    counts = {
        step: (sums.counts["leads"], sums.counts["won"]) for step, sums in sums_by_step.items()
    }
    money: Money = {}
    for step, sums in sums_by_step.items():
        for currency, amount in sums.amounts.get("amount", {}).items():
            priced = sums.sales["amount"][currency]
            money.setdefault(currency, {})[step] = priced, amount
    return counts, money


class _Order(NamedTuple):
    """Orders of a step in one currency, or in none."""

    step: int
    currency: str | None
    sales: int
    priced: int
    amount: Decimal


async def _orders(
    session: Session, bounds: Sequence[datetime], axis: str, keys: Sequence[str]
) -> Mapping[str, Sequence[_Order]]:
    """Those that stand, without a lead, by key; no pipeline has any."""
    orders: dict[str, list[_Order]] = {key: [] for key in keys}
    if axis == COMPANY and are_even(bounds):
        sums = await sum_once(session, ORDERS, bounds, partial(sum_orders, bounds=tuple(bounds)))
        of_all = [
            _Order(step, currency, sales, sales if currency else 0, amount)
            for currency, step, amount, sales in sums
        ]
        return dict.fromkeys(keys, of_all)
    if axis != COMPANY and axis not in VALUES:
        return orders
    own = {key: (word(key) or "") if axis == "campaign" else key for key in keys}
    by_own = await _orders_of(session, bounds, axis, set(own.values()))
    return {key: by_own[own[key]] for key in keys}


async def _orders_of(
    session: Session, bounds: Sequence[datetime], axis: str, values: Collection[str]
) -> Mapping[str, list[_Order]]:
    """Of these values; the company's is the empty one."""
    orders: dict[str, list[_Order]] = defaultdict(list)
    if axis != COMPANY and are_even(bounds):
        deed = partial(sum_orders_of, axis=axis, values=frozenset(values), bounds=tuple(bounds))
        sums = await sum_once(session, ORIGINS.of(axis), bounds, deed)
        for (value, currency), step, amount, sales in sums:
            if value:
                priced = sales if currency else 0
                orders[value].append(_Order(step, currency, sales, priced, amount))
        return orders
    value = VALUES.get(axis, "''")
    statement = _ORDERS.format(value=value, origins=SEGMENT if "segment." in value else "")
    params = {"bounds": list(bounds), "begins_at": bounds[0], "ends_at": bounds[-1]}
    for key, *order in await session.execute(statement, params | {"values": list(values)}):
        orders[key].append(_Order(*order))
    return orders


def _together(counts: Counts, money: Money, orders: Sequence[_Order]) -> Told:
    bought: dict[int, int] = defaultdict(int)
    for step, currency, sales, priced, amount in orders:
        bought[step] += sales
        if currency and priced:
            of_currency = money.setdefault(currency, {})
            before, sum_before = of_currency.get(step, _NOTHING)
            of_currency[step] = before + priced, sum_before + amount
    return Told(counts, money, bought)
