"""Holds polls whose days are over against what came."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from services.kpi.domain.forecast.past import StepFacts, sum_of, value_of
from services.kpi.domain.opinions.polls import Poll, band_of
from services.kpi.domain.opinions.record import Days, Judged, TrackRecord, records_of, runs_of
from services.kpi.domain.periods import day_begin
from services.kpi.repository.forecast.past import facts_by_step
from services.kpi.repository.opinions.polls import PollRow, estimates_of, list_over
from shared.database import Session

MOST_JUDGED: Final = 24  # polls, the latest ones


async def fact_of(session: Session, poll: Poll, zone: ZoneInfo, *, now: datetime) -> Decimal | None:
    """What the poll's days came to; None while they are not over, or where nothing can be said."""
    if now < day_begin(poll.end, zone):
        return None
    days = (poll.first, poll.end)
    facts = await _facts_of(session, poll, [days], zone)
    return value_of(poll.measure, facts[days])


async def _facts_of(
    session: Session, poll: Poll, spans: Collection[Days], zone: ZoneInfo
) -> dict[Days, StepFacts]:
    """What happened in spans of days, each to before its end, to what the poll is of."""
    facts: dict[Days, StepFacts] = {}
    for days, alike in runs_of(spans):
        bounds = [day_begin(day, zone) for day in days]
        by_currency = await facts_by_step(session, bounds, poll.axis, poll.key or "")
        by_step = by_currency.get(poll.currency or "", {}) or by_currency.get("", {})
        for first, end in alike:
            steps = range(days.index(first) + 1, days.index(end) + 1)
            facts[first, end] = sum_of(by_step[step] for step in steps if step in by_step)
    return facts


async def read_records(
    session: Session, zone: ZoneInfo, *, now: datetime, **criteria: str | None
) -> dict[str, TrackRecord]:
    """Of each kind of poll of the same thing, which the criteria tell whole. Whatever was closed
    once its days had begun does not count: it knew some of what came.
    """
    rows = await list_over(session, now.astimezone(zone).date(), limit=MOST_JUDGED, **criteria)
    early = [row for row in rows if _was_early(row, zone)]
    if not early:
        return records_of([])
    estimates = await estimates_of(session, early)
    spans = {(row.poll.first, row.poll.end) for row in early}
    facts = await _facts_of(session, early[0].poll, spans, zone)
    judged = []
    for row in early:
        poll = row.poll
        band, fact = band_of(poll, estimates[row.poll_id]), facts[poll.first, poll.end]
        value = value_of(poll.measure, fact)
        if band is not None and value is not None:
            judged.append(Judged(poll.kind, band.p50, float(value)))
    return records_of(judged)


def _was_early(row: PollRow, zone: ZoneInfo) -> bool:
    return row.closed_at is not None and row.closed_at <= day_begin(row.poll.first, zone)


def error_of(expected: float, fact: Decimal | None) -> float | None:
    """By which share of the fact the likeliest value lay above it."""
    return expected / float(fact) - 1 if fact else None
