"""Sums of counters by the steps of a period: of the company, or of one value of an axis."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from services.kpi.domain.forecast.past import StepFacts
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.counted import sum_steps
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

AXES: Final = (COMPANY, "source", "channel", "campaign", "region", "product", "pipeline", "manager")
_SUM: Final = """
SELECT width_bucket(bucket, CAST(:bounds AS timestamptz[])) AS step, currency,
    sum(leads) AS leads, sum(won) AS won, sum(amount) AS amount
FROM counter
WHERE axis = :axis AND value = :key AND bucket >= :begins_at AND bucket < :ends_at
    AND known_on <= :known_on
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
    rows = await session.execute(
        _SUM,
        {
            "axis": axis,
            "key": key,
            "bounds": list(bounds),
            "begins_at": bounds[0],
            "ends_at": bounds[-1],
            "known_on": FOR_EVER,
        },
    )
    counts: dict[int, tuple[int, int]] = {}
    money: dict[str, dict[int, tuple[int, Decimal]]] = {}
    for row in rows:
        if not row.currency:
            counts[row.step] = int(row.leads), int(row.won)
        else:
            money.setdefault(row.currency, {})[row.step] = int(row.won), row.amount
    return _together(counts, money)


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
