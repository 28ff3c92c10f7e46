"""How long leads took, or have taken so far, as stories tell it."""

from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    Subquery,
    cast,
    func,
    literal,
    select,
)

from services.kpi.domain.rollups.classes import class_counts, quantiles_of
from services.kpi.domain.survival import Duration
from services.kpi.repository.reports.cohort import MEASURES, View, leads_of
from services.kpi.repository.reports.counted import sum_counters
from services.kpi.repository.reports.summed import count_open, is_rolled_up, sum_durations
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

_MINUTE_SECONDS = 60
_HALF_AN_HOUR_SECONDS = 1800
_MOMENT = DateTime(timezone=True)


async def list_durations(
    session: Session, view: View, target: str, *, is_stage: bool, until: datetime
) -> list[Duration]:
    """Minutes from receipt to a measure's moment or to a stage; of leads that have not come there
    up to their end, also that by which they were set aside, or up to `until` while they are open.
    Of many leads they are at most 1 % off,
    and those of open leads half an hour.
    """
    if await is_rolled_up(session, view):
        return await _sum_durations(session, view, f"/{target}" if is_stage else target, until)
    times = watched(view, target, is_stage=is_stage, until=until)
    query = select(
        times.c.minutes,
        func.count(times.c.reached),
        func.count().filter(times.c.reached.is_(None)),
    ).group_by(times.c.minutes)
    return [Duration(*row) for row in await session.execute(query)]


def watched(view: View, target: str, *, is_stage: bool, until: datetime) -> Subquery:
    """The leads of the view with the whole `minutes` for which each was watched, and when it had
    `reached` the target, if it did.
    """
    leads = leads_of(view)
    reached = _entered(leads, target) if is_stage else leads.c[MEASURES[target]]
    moments = (leads.c.won_at, leads.c.lost_at, leads.c.aside_at)
    end = func.coalesce(reached, *moments, literal(until, _MOMENT))
    seconds = func.greatest(0, func.extract("epoch", end - leads.c.received_at))
    return select(
        leads.c.lead_id,
        leads.c.received_at,
        cast(func.ceil(seconds / _MINUTE_SECONDS), Double).label("minutes"),
        reached.label("reached"),
    ).subquery("times")


async def _sum_durations(
    session: Session, view: View, value: str, until: datetime
) -> list[Duration]:
    reached = await sum_durations(session, view, "to", [value])
    ended = await sum_durations(session, view, "ended", ["", value])
    opened = await count_open(session, view, ["", value])
    durations = [
        Duration(_minutes(item.seconds), item.times, 0)
        for item in class_counts(reached.get(value, ()))
    ]
    # Whoever has ended, or is open, without having come there: of all those but those that have.
    for sign, of_whom in ((1, ""), (-1, value)):
        durations += [
            Duration(_minutes(item.seconds), 0, sign * item.times)
            for item in class_counts(ended.get(of_whom, ()))
        ]
    still = opened.get("", {})
    without = {hour: still.get(hour, 0) - count for hour, count in opened.get(value, {}).items()}
    # A lead of an hour is taken to have come in the middle of it.
    until_seconds = until.timestamp() - _HALF_AN_HOUR_SECONDS
    durations += [
        Duration(float(ceil(max(0.0, until_seconds - hour) / _MINUTE_SECONDS)), 0, count)
        for hour, count in (still | without).items()
        if count
    ]
    return durations


def _minutes(seconds: float) -> float:
    return float(ceil(seconds / _MINUTE_SECONDS))


def _entered(leads: Subquery, stage: str) -> ColumnElement[Any]:
    """When the lead first came to the stage."""
    visit = func.jsonb_array_elements(leads.c.visits).column_valued("visit")
    return (
        select(cast(visit.op("->>")(1), _MOMENT))
        .where(visit.op("->>")(0) == stage)
        .limit(1)
        .scalar_subquery()
    )


async def measure_stages(session: Session, view: View) -> dict[tuple[str, str], tuple[Any, ...]]:
    """By pipeline and stage: leads that left it for good, and the median and ninth decile of the
    seconds that they were there altogether, of many leads at most 1 % off.
    """
    if await is_rolled_up(session, view):
        counts = await sum_durations(session, view, "stay")
        return {
            (pipeline, stage): (sum(of_stage), *quantiles_of(of_stage, (0.5, 0.9)))
            for (pipeline, _, stage), of_stage in (
                (value.partition("/"), of_stage) for value, of_stage in counts.items()
            )
        }
    leads = leads_of(view)
    visit = func.jsonb_array_elements(leads.c.visits).column_valued("visit")
    stays = (
        select(
            leads.c.pipeline,
            visit.op("->>")(0).label("stage"),
            cast(visit.op("->>")(2), Double).label("seconds"),
        )
        .select_from(leads)
        .where(visit.op("->>")(3).is_(None))
        .subquery("stays")
    )
    percentiles = [
        func.percentile_cont(share).within_group(stays.c.seconds) for share in (0.5, 0.9)
    ]
    query = select(stays.c.pipeline, stays.c.stage, func.count(), *percentiles).group_by(
        stays.c.pipeline, stays.c.stage
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in await session.execute(query)}


async def count_leads(session: Session, view: View) -> int:
    """How many leads the view has."""
    if view.period.is_even:
        sums = await sum_counters(session, view.period, COMPANY, view.known_on, ("leads",))
        return sum(item.counts["leads"] for item in sums.values())
    leads = leads_of(view)
    return int(await session.scalar(select(func.count()).select_from(leads)))
