"""The leads with which something happened in a period."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Text, cast, func, select

from services.kpi.repository.cohort import NOTHING, FunnelFilter, View, is_known, matches
from services.kpi.tables.stories import lead_story
from shared.database import Session

# Where the moment of a measure stands among the members of a holding.
_OF_HOLDING: Final = {"assigned": 1, "accepted": 4, "contacted": 5}


async def list_active_leads(
    session: Session,
    view: View,
    measure: str,
    criteria: FunnelFilter,
    *,
    after: UUID | None,
    limit: int,
) -> list[UUID]:
    """Ids of the leads to which it happened in the period, newest id first."""
    if measure == "opened" and "manager" in criteria:
        return []  # nobody owns a lead that is just being opened
    leads = (
        select(lead_story)
        .where(is_known(view.known_on), lead_story.c.is_test.is_(False))
        .subquery("leads")
    )
    others = {name: value for name, value in criteria.items() if name != "manager"}
    moment: ColumnElement[Any] = leads.c[f"{measure}_at"]
    manager = criteria.get("manager")
    if manager is not None and measure in _OF_HOLDING:
        moment = _of_manager(leads, manager, _OF_HOLDING[measure])
    query = (
        select(leads.c.lead_id)
        .where(
            moment >= view.period.begins_at, moment < view.period.ends_at, matches(leads, others)
        )
        .order_by(leads.c.lead_id.desc())
        .limit(limit)
    )
    if manager is not None and measure in {"won", "lost"}:
        own = leads.c.closed_by.is_(None) if manager is NOTHING else leads.c.closed_by == manager
        query = query.where(own)
    if after is not None:
        query = query.where(leads.c.lead_id < after)
    return (await session.execute(query)).scalars()


def _of_manager(leads: Any, manager: object, member: int) -> ColumnElement[Any]:
    """When it first happened while the manager owned the lead."""
    holding = func.jsonb_array_elements(leads.c.holdings).column_valued("holding")
    return (
        select(func.min(cast(holding.op("->>")(member), DateTime(timezone=True))))
        .where(holding.op("->>")(0) == cast(str(manager), Text))
        .scalar_subquery()
    )
