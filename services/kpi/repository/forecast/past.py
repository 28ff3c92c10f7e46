"""What happened by the steps of a period, of the company or of values of an axis: leads, and those
won, by counters, and beside them the orders that no lead led to.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from services.kpi.domain.forecast.past import StepFacts
from services.kpi.repository.forecast.counted_values import sum_values
from services.kpi.repository.forecast.orders import Money, Orders, read_orders
from services.kpi.repository.reports.counted_steps import sum_steps
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

AXES: Final = (COMPANY, "source", "channel", "campaign", "region", "product", "pipeline", "manager")
_NOTHING: Final = (0, Decimal(0))
_NONE: Final = (0, 0)
_COUNTED: Final = ("leads", "won", "amount")
Facts = dict[int, StepFacts]
Counts = dict[int, tuple[int, int]]


class PastFacts(NamedTuple):
    """By step, numbered from 1: leads and those won, by currency sales of leads with an amount and
    their money, and orders that no lead led to.
    """

    counts: Counts
    money: Money
    orders: Orders

    def of(self, currency: str) -> Facts:
        """Leads and sales stand under every currency; alone where nothing is in this one."""
        bought, by_step = self.orders.counts, self.money.get(currency, {})
        ordered = self.orders.money.get(currency, {})
        facts: Facts = {}
        for step in self.counts.keys() | bought.keys() | by_step.keys():
            leads, won = self.counts.get(step, _NONE)
            orders = bought.get(step, 0)
            priced, money = by_step.get(step, _NOTHING)
            if step in ordered:
                more, of_orders = ordered[step]
                priced, money = priced + more, money + of_orders
            if leads or won or orders or priced or money:
                facts[step] = StepFacts(leads, won + orders, priced, money, orders)
        return facts

    def currencies(self) -> set[str]:
        return self.money.keys() | self.orders.money.keys()


async def facts_by_step(
    session: Session, bounds: Sequence[datetime], axis: str, key: str
) -> dict[str, Facts]:
    """By currency, then by the number of a step from 1: what happened. Leads and sales stand under
    every currency, and alone under the empty one.
    """
    item = (await facts_of_keys(session, bounds, axis, [key]))[key]
    return {currency: item.of(currency) for currency in ("", *item.currencies())}


async def facts_of_keys(
    session: Session, bounds: Sequence[datetime], axis: str, keys: Sequence[str]
) -> dict[str, PastFacts]:
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
    orders = await read_orders(session, bounds, axis, keys)
    return {key: PastFacts(counts[key], money[key], orders[key]) for key in keys}


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
