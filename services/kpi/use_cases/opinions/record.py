"""Holds polls whose days are over against what came."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from services.kpi.domain.forecast.past import StepFacts, value_of
from services.kpi.domain.opinions.polls import Poll, band_of
from services.kpi.domain.opinions.record import Judged, TrackRecord, records_of
from services.kpi.domain.periods import day_begin
from services.kpi.repository.forecast.past import facts_by_step
from services.kpi.repository.opinions.polls import PollRow, answers_of, list_over
from shared.database import Session

MOST_JUDGED: Final = 24  # polls, the latest ones


async def fact_of(session: Session, poll: Poll, zone: ZoneInfo, *, now: datetime) -> Decimal | None:
    """What the poll's days came to; None while they are not over, or where nothing can be said."""
    bounds = [day_begin(poll.first, zone), day_begin(poll.end, zone)]
    if now < bounds[-1]:
        return None
    facts = await facts_by_step(session, bounds, poll.axis, poll.key or "")
    of_currency = facts.get(poll.currency or "", {}) or facts.get("", {})
    return value_of(poll.measure, of_currency.get(1, StepFacts()))


async def read_records(
    session: Session, zone: ZoneInfo, *, now: datetime, **criteria: str | None
) -> dict[str, TrackRecord]:
    """Of each kind of poll of the same thing, which the criteria tell whole. Whatever was closed
    once its days had begun does not count: it knew some of what came.
    """
    rows = await list_over(session, now.astimezone(zone).date(), limit=MOST_JUDGED, **criteria)
    answers = await answers_of(session, rows)
    judged = []
    facts: dict[tuple[date, date], Decimal | None] = {}  # many ask of the same days
    for row in rows:
        band = band_of(row.poll, answers[row.poll_id])
        if band is None or not _was_early(row, zone):
            continue
        days = row.poll.first, row.poll.end
        if days not in facts:
            facts[days] = await fact_of(session, row.poll, zone, now=now)
        fact = facts[days]
        if fact is not None:
            judged.append(Judged(row.poll.kind, band.p50, float(fact)))
    return records_of(judged)


def _was_early(row: PollRow, zone: ZoneInfo) -> bool:
    return row.closed_at is not None and row.closed_at <= day_begin(row.poll.first, zone)


def error_of(expected: float, fact: Decimal | None) -> float | None:
    """By which share of the fact the likeliest value lay above it."""
    return expected / float(fact) - 1 if fact else None
