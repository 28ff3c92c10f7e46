"""How long leads took, or have taken so far, as stories tell it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Double, Subquery, cast, func, literal, select

from services.kpi.domain.survival import Duration
from services.kpi.repository.cohort import MEASURES, View, leads_of
from shared.database import Session

_MINUTE_SECONDS = 60
_MOMENT = DateTime(timezone=True)


async def list_durations(
    session: Session, view: View, target: str, *, is_stage: bool, until: datetime
) -> list[Duration]:
    """Minutes from receipt to a measure's moment or to a stage; of leads that have not come there
    up to their end, or up to `until` while they are open.
    """
    leads = leads_of(view)
    reached = _entered(leads, target) if is_stage else leads.c[MEASURES[target]]
    end = func.coalesce(reached, leads.c.won_at, leads.c.lost_at, literal(until, _MOMENT))
    seconds = func.greatest(0, func.extract("epoch", end - leads.c.received_at))
    times = select(
        cast(func.ceil(seconds / _MINUTE_SECONDS), Double).label("minutes"),
        reached.label("reached"),
    ).subquery("times")
    query = select(
        times.c.minutes,
        func.count(times.c.reached),
        func.count().filter(times.c.reached.is_(None)),
    ).group_by(times.c.minutes)
    return [Duration(*row) for row in await session.execute(query)]


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
    seconds that they were there altogether.
    """
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
