"""What happened by the steps of a period, of the company or of one value of an axis: leads, and
those won, by counters, and beside them the orders that no lead led to.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any, Final, NamedTuple

from services.kpi.domain.forecast.past import StepFacts
from services.kpi.domain.loyalty.counting import sum_orders
from services.kpi.domain.periods import are_even
from services.kpi.repository.counted_steps import sum_steps
from services.kpi.repository.money.day_columns import ORDERS
from services.kpi.repository.money.paths import chosen
from services.kpi.repository.money.sale_days import count_sums
from services.kpi.repository.money.sold_sums import CHOSEN, ORIGINS
from services.kpi.repository.rollups.blocks import day_at, next_day
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session
from shared.statements import columns

AXES: Final = (COMPANY, "source", "channel", "campaign", "region", "product", "pipeline", "manager")
# Whole days of UTC in a step are read by days, what it has beyond them by quarters of an hour.
_RANGES: Final = ("begins", "middles", "ends", "lasts", "first_days", "end_days")
_STEPS: Final = """unnest(CAST(:begins AS timestamptz[]), CAST(:middles AS timestamptz[]),
    CAST(:ends AS timestamptz[]), CAST(:lasts AS timestamptz[]), CAST(:first_days AS date[]),
    CAST(:end_days AS date[])) WITH ORDINALITY
    AS s (begins, middle, ends, last, first_day, end_day, step)"""
_OF: Final = "SELECT currency, leads, won, amount FROM {} WHERE axis = :axis AND value = :key AND"
_SUM: Final = f"""
SELECT step, currency, sum(leads) AS leads, sum(won) AS won, sum(amount) AS amount
FROM {_STEPS}, LATERAL (
    {_OF.format("day_counter")} day >= s.first_day AND day < s.end_day
    UNION ALL {_OF.format("counter")} bucket >= s.begins AND bucket < s.middle
    UNION ALL {_OF.format("counter")} bucket >= s.ends AND bucket < s.last
) AS of_step
GROUP BY step, currency
"""
_ORDERS: Final = """
SELECT width_bucket(s.at, CAST(:bounds AS timestamptz[])) AS step, s.currency, count(*) AS sales,
    count(*) FILTER (WHERE s.amount IS NOT NULL AND s.currency IS NOT NULL) AS priced,
    coalesce(sum(s.amount) FILTER (WHERE s.currency IS NOT NULL), 0) AS amount
FROM sale AS s {origins} WHERE s.at >= :begins_at AND s.at < :ends_at AND s.lead_id IS NULL
    AND s.known_until = 'infinity' AND s.taken_back_at IS NULL {where}
GROUP BY step, s.currency
"""
_ORIGINS: Final = f"""{ORIGINS.replace(",", "LEFT JOIN", 1)} ON {CHOSEN.format("o")}
    LEFT JOIN segment USING (segment_id)"""
# Of whom an order is, as plans and reports on sales tell it.
_OF_ORDER: Final = {
    "source": "CAST(segment.source AS text) = :key",
    "channel": "segment.channel = :key",
    "campaign": "segment.campaign = lower(normalize(btrim(:key), NFC))",
    "region": "coalesce(s.region, segment.region) = :key",
    "product": "coalesce(s.product, segment.product) = :key",
    "manager": "CAST(s.manager_id AS text) = :key",
}
_LOOKBACK_DAYS: Final = 90
_COUNTED: Final = ("leads", "won", "amount")
Facts = dict[int, StepFacts]
Counts = dict[int, tuple[int, int]]
Money = dict[str, dict[int, tuple[int, Decimal]]]


async def facts_by_step(
    session: Session, bounds: Sequence[datetime], axis: str, key: str
) -> dict[str, Facts]:
    """By currency, then by the number of a step from 1: what happened. Leads and sales stand under
    every currency, and alone under the empty one.
    """
    if axis == COMPANY:
        counts, money = await _of_company(session, bounds)
    else:
        counts, money = await _of_value(session, bounds, axis, key)
    orders = await _orders(session, bounds, axis, key)
    return _together(counts, money, orders)


async def _of_value(
    session: Session, bounds: Sequence[datetime], axis: str, key: str
) -> tuple[Counts, Money]:
    steps = [_parts_of(*pair) for pair in pairwise(bounds)]
    params = {"axis": axis, "key": key, **columns(" ".join(_RANGES), steps)}
    rows = await session.execute(_SUM, params)
    counts: Counts = {}
    money: Money = {}
    for row in rows:
        if not row.currency:
            counts[row.step] = int(row.leads), int(row.won)
        else:
            money.setdefault(row.currency, {})[row.step] = int(row.won), row.amount
    return counts, money


def _parts_of(begin: datetime, end: datetime) -> tuple[datetime | date, ...]:
    """In the order of the columns; where no whole day lies in a step all of it is its beginning."""
    first_day = next_day(begin)
    end_day = max(first_day, end.astimezone(UTC).date())
    middle = min(day_at(first_day), end)
    return begin, middle, max(day_at(end_day), middle), end, first_day, end_day


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
    session: Session, bounds: Sequence[datetime], axis: str, key: str
) -> list[_Order]:
    """Those that stand, without a lead; no pipeline has any."""
    where = _OF_ORDER.get(axis)
    if where is None and axis != COMPANY:
        return []
    is_credited = where is not None and "segment." in where
    statement = _ORDERS.format(
        origins=_ORIGINS if is_credited else "", where="" if where is None else f"AND {where}"
    )
    if axis == COMPANY and are_even(bounds):
        sums = await count_sums(session, ORDERS, bounds, partial(sum_orders, bounds=bounds))
        return [
            _Order(step, currency, sales, sales if currency else 0, amount)
            for currency, step, amount, sales in sums
        ]
    params: dict[str, Any] = {
        "bounds": list(bounds),
        "begins_at": bounds[0],
        "ends_at": bounds[-1],
        **({} if where is None else {"key": key}),
        **(chosen("last_non_direct", _LOOKBACK_DAYS) if is_credited else {}),
    }
    return [_Order(**row) for row in await session.execute(statement, params)]


def _together(counts: Counts, money: Money, orders: Sequence[_Order]) -> dict[str, Facts]:
    bought: dict[int, int] = defaultdict(int)
    for order in orders:
        bought[order.step] += order.sales
        if order.currency and order.priced:
            of_currency = money.setdefault(order.currency, {})
            priced, amount = of_currency.get(order.step, (0, Decimal(0)))
            of_currency[order.step] = priced + order.priced, amount + order.amount

    def told(step: int, priced: int = 0, amount: Decimal = Decimal(0)) -> StepFacts:
        leads, won = counts.get(step, (0, 0))
        return StepFacts(leads, won + bought[step], priced, amount, bought[step])

    every = counts.keys() | bought.keys()
    facts = {"": {step: item for step in every if any(item := told(step))}}
    for currency, by_step in money.items():
        whole = {step: told(step, *by_step.get(step, ())) for step in every | by_step.keys()}
        facts[currency] = {step: item for step, item in whole.items() if any(item)}
    return facts
