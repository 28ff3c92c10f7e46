"""The leads that made a step, with the moments at which it began and ended."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Double, Text, Uuid, cast, func, select

from services.kpi.repository.cohort import View, leads_of
from services.kpi.repository.drill.pages import Items, counted
from shared.database import Session


class Stride(NamedTuple):
    """A lead, who had it first, and how long the step went."""

    lead_id: UUID
    manager_id: UUID | None
    began_at: datetime
    ended_at: datetime


def step_leads(view: View, begin: str, end: str, most_seconds: float | None) -> Items:
    """The leads that made a step between two of their moments, at most so long by the clock."""
    leads = leads_of(view)
    items = counted(leads, leads.c.received_at, at=leads.c[end]).where(
        leads.c[begin].is_not(None), leads.c[end].is_not(None)
    )
    if most_seconds is None:
        return items
    seconds = cast(func.extract("epoch", leads.c[end] - leads.c[begin]), Double)
    return items.where(seconds <= most_seconds)


async def list_strides(session: Session, view: View, begin: str, end: str) -> list[Stride]:
    """Of the leads of the view that made the step, the latest first."""
    leads = leads_of(view)
    query = (
        select(
            leads.c.lead_id,
            cast(leads.c.holdings.op("#>>")(cast(["0", "0"], ARRAY(Text))), Uuid),
            leads.c[begin],
            leads.c[end],
        )
        .where(leads.c[begin].is_not(None), leads.c[end].is_not(None))
        .order_by(leads.c[end].desc(), leads.c.lead_id.desc())
    )
    return [Stride(*row) for row in await session.execute(query)]
