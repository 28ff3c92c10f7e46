"""Sums of counters by the steps of a period: of the company, or of one value of an axis."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from services.kpi.domain.forecast.past import StepFacts
from services.kpi.repository.counted import sum_steps
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
Facts = dict[int, StepFacts]


async def facts_by_step(
    session: Session, bounds: Sequence[datetime], axis: str, key: str
) -> dict[str, Facts]:
    """By currency, then by the number of a step from 1: what happened. Leads and sales stand under
    every currency, and alone under the empty one.
    """
    if axis == COMPANY:
        return await _of_company(session, bounds)
    steps = [_parts_of(*pair) for pair in pairwise(bounds)]
    params = {"axis": axis, "key": key, **columns(" ".join(_RANGES), steps)}
    rows = await session.execute(_SUM, params)
    counts: dict[int, tuple[int, int]] = {}
    money: dict[str, dict[int, tuple[int, Decimal]]] = {}
    for row in rows:
        if not row.currency:
            counts[row.step] = int(row.leads), int(row.won)
        else:
            money.setdefault(row.currency, {})[row.step] = int(row.won), row.amount
    return _together(counts, money)


def _parts_of(begin: datetime, end: datetime) -> tuple[datetime | date, ...]:
    """In the order of the columns; where no whole day lies in a step all of it is its beginning."""
    first_day = next_day(begin)
    end_day = max(first_day, end.astimezone(UTC).date())
    middle = min(day_at(first_day), end)
    return begin, middle, max(day_at(end_day), middle), end, first_day, end_day


async def _of_company(session: Session, bounds: Sequence[datetime]) -> dict[str, Facts]:
    sums_by_step = await sum_steps(session, bounds, None)
    counts = {
        step: (sums.counts["leads"], sums.counts["won"]) for step, sums in sums_by_step.items()
    }
    money: dict[str, dict[int, tuple[int, Decimal]]] = {}
    for step, sums in sums_by_step.items():
        for currency, amount in sums.amounts.get("amount", {}).items():
            priced = sums.sales["amount"][currency]
            money.setdefault(currency, {})[step] = priced, amount
    return _together(counts, money)


def _together(
    counts: dict[int, tuple[int, int]], money: dict[str, dict[int, tuple[int, Decimal]]]
) -> dict[str, Facts]:
    facts = {"": {step: StepFacts(*item) for step, item in counts.items() if any(item)}}
    for currency, by_step in money.items():
        steps = counts.keys() | by_step.keys()
        whole = {
            step: StepFacts(*counts.get(step, (0, 0)), *by_step.get(step, (0, Decimal(0))))
            for step in steps
        }
        facts[currency] = {step: item for step, item in whole.items() if any(item)}
    return facts
