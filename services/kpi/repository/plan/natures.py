"""What was sold by nature, from days of sales: all that a person bought tells what is usual."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.kpi.domain.loyalty.counting import tell_natures
from services.kpi.domain.periods import Period, period
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import NATURES, read_stretches
from services.kpi.repository.plan.past import MOST_GAPS
from shared.database import Session
from shared.statements import columns

_FIRST: Final = "SELECT min(at) FROM sale"
_AT: Final = "TIMESTAMPTZ '2000-01-01T00:00Z' + {0} * interval '1 microsecond' AS {0}"
# Nobody of ours may have called, written or met the person since the sale before.
_TOUCHED: Final = f"""
WITH usual AS MATERIALIZED (
    SELECT place, person_id, {_AT.format("before")}, {_AT.format("at")} FROM unnest(
        CAST(:places AS integer[]), CAST(:people AS uuid[]), CAST(:befores AS bigint[]),
        CAST(:ats AS bigint[])) AS u (place, person_id, before, at)
)
SELECT place FROM usual AS u, LATERAL (SELECT FROM touch AS t
    WHERE t.contact_id = u.person_id AND t.at > u.before AND t.at <= u.at LIMIT 1) AS own
UNION
SELECT place FROM usual AS u, LATERAL (SELECT contact_id FROM contact_link
    WHERE canonical_id = u.person_id OFFSET 0) AS l, LATERAL (SELECT FROM touch AS t
    WHERE t.contact_id = l.contact_id AND t.at > u.before AND t.at <= u.at LIMIT 1) AS other
"""


async def sum_natures(
    session: Session, terms: Terms, span: Period
) -> list[tuple[str, datetime, Decimal, int]]:
    """By nature and the beginning of each month of the span: revenue and sales. What is in neither
    is no row.
    """
    begins = await _first_day(session, span.zone)
    if begins is None or begins >= span.end:
        return []
    bounds = View(span).bounds(["month"])
    every = period(min(begins, span.first), span.end, span.zone)
    stretches = await read_stretches(session, View(every), NATURES)
    natures = await asyncio.to_thread(
        tell_natures, stretches, every, span.begins_at, terms.rule, MOST_GAPS
    )
    touched = await _touched(session, natures.usual)
    sums = await asyncio.to_thread(natures.sums, touched, bounds, terms.currency, span.zone)
    return [
        (nature, bounds[part - 1], revenue, quantity) for nature, part, revenue, quantity in sums
    ]


async def _first_day(session: Session, zone: ZoneInfo) -> date | None:
    first: datetime | None = await session.scalar(_FIRST)
    return None if first is None else first.astimezone(UTC).astimezone(zone).date()


async def _touched(session: Session, usual: Sequence[tuple[Any, ...]]) -> set[int]:
    if not usual:
        return set()
    rows = await session.execute(_TOUCHED, columns("places people befores ats", usual))
    return set(rows.scalars())
