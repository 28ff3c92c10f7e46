"""Orders that no lead led to, by the steps of a period: of the company, or of values of an axis."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from services.kpi.domain.paths.segments import word
from services.kpi.domain.periods import are_even
from services.kpi.domain.sale_columns.counting import sum_orders, sum_orders_of
from services.kpi.domain.sale_columns.stretches import Stretch
from services.kpi.repository.money.day_columns import ORDERS, ORIGINS
from services.kpi.repository.money.held_sales import sum_once
from services.kpi.repository.money.origins import SEGMENT, VALUES
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

_EACH: Final = """
SELECT {value} AS value, width_bucket(s.at, CAST(:bounds AS timestamptz[])) AS step, s.currency,
    count(*) AS sales,
    count(*) FILTER (WHERE s.amount IS NOT NULL AND s.currency IS NOT NULL) AS priced,
    coalesce(sum(s.amount) FILTER (WHERE s.currency IS NOT NULL), 0) AS amount
FROM sale AS s {origins} WHERE s.at >= :begins_at AND s.at < :ends_at AND s.lead_id IS NULL
    AND s.known_until = 'infinity' AND s.taken_back_at IS NULL
    AND {value} = ANY(CAST(:values AS text[]))
GROUP BY 1, step, s.currency
"""
_OF_A_STEP: Final = 32  # numbers in the place of the sums of a step
_NOTHING: Final = (0, Decimal(0))
_ALL: Final = ""  # the only value of the company
# By currency and step: sales with an amount, and their money.
Money = dict[str, dict[int, tuple[int, Decimal]]]


@dataclass(frozen=True, slots=True)
class Orders:
    """By step how many there are; and what those with an amount come to. Nobody changes them."""

    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    money: Money = field(default_factory=lambda: defaultdict(dict))


async def read_orders(
    session: Session, bounds: Sequence[datetime], axis: str, keys: Sequence[str]
) -> Mapping[str, Orders]:
    """Those that stand, by key, steps being numbered from 1; no pipeline has any."""
    if axis != COMPANY and axis not in VALUES:
        return dict.fromkeys(keys, Orders())
    own = dict.fromkeys(keys, _ALL) if axis == COMPANY else {key: _own(axis, key) for key in keys}
    reader = _read_sums if are_even(bounds) else _read_each
    orders = await reader(session, bounds, axis, frozenset(own.values()))
    nothing = Orders()
    return {key: orders.get(own[key], nothing) for key in keys}


def _own(axis: str, key: str) -> str:
    """What sales call it."""
    return (word(key) or "") if axis == "campaign" else key


async def _read_sums(
    session: Session, bounds: Sequence[datetime], axis: str, values: frozenset[str]
) -> Mapping[str, Orders]:
    deed = partial(_of_sums, axis=axis, values=values, bounds=tuple(bounds))
    family = ORDERS if axis == COMPANY else ORIGINS.of(axis)
    return await sum_once(session, family, bounds, deed, _size_of)


def _size_of(orders: Mapping[str, Orders]) -> int:
    return _OF_A_STEP * sum(len(each.counts) for each in orders.values())


def _of_sums(
    stretches: Sequence[Stretch], axis: str, values: frozenset[str], bounds: Sequence[datetime]
) -> dict[str, Orders]:
    sums: Iterable[tuple[str, str, int, Decimal, int]]
    if axis == COMPANY:
        sums = ((_ALL, *each) for each in sum_orders(stretches, bounds))
    else:
        of_values = sum_orders_of(stretches, axis, values, bounds)
        sums = (
            (value, currency, step, amount, sales)
            for (value, currency), step, amount, sales in of_values
            if value
        )
    return _by_value(
        (value, step, currency, sales, sales if currency else 0, amount)
        for value, currency, step, amount, sales in sums
    )


async def _read_each(
    session: Session, bounds: Sequence[datetime], axis: str, values: frozenset[str]
) -> Mapping[str, Orders]:
    """Between moments at which no quarter of an hour begins."""
    value = VALUES.get(axis, f"'{_ALL}'")
    statement = _EACH.format(value=value, origins=SEGMENT if "segment." in value else "")
    params = {"bounds": list(bounds), "begins_at": bounds[0], "ends_at": bounds[-1]}
    return _by_value(await session.execute(statement, params | {"values": list(values)}))


def _by_value(rows: Iterable[Sequence[Any]]) -> dict[str, Orders]:
    """Of rows of value, step, currency, sales, those with an amount, and their money."""
    orders: dict[str, Orders] = defaultdict(Orders)
    for value, step, currency, sales, priced, amount in rows:
        of_value = orders[value]
        of_value.counts[step] += sales
        if currency and priced:
            of_currency = of_value.money[currency]
            before, sum_before = of_currency.get(step, _NOTHING)
            of_currency[step] = before + priced, sum_before + amount
    return orders
