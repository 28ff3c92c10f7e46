"""Timelines of leads and contacts."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.history.repository.timeline_items import TimelineItem
from services.history.schemas.timelines import TimelineItemOut, TimelinePage, TimelineParams
from services.history.use_cases import timelines
from shared.database import reading
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.pagination import encode_cursor, moment_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["history"])

MAY_READ_TIMELINES = Depends(Allow("supervisor", "manager"))
Params = Annotated[TimelineParams, Query()]


@router.get("/v1/leads/{lead_id}/timeline")
async def lead_timeline(
    lead_id: UUID,
    params: Params,
    caller: Annotated[Caller, MAY_READ_TIMELINES],
    database: DatabaseOf,
) -> TimelinePage:
    """Everything about a lead, its inquiries and the leads merged into it."""
    after = moment_cursor(params.cursor)
    async with reading(database) as session:
        items = await timelines.show_lead_timeline(
            session,
            lead_id,
            reader=caller.manager_id,
            choice=params.choice(),
            after=after,
            limit=params.limit + 1,
        )
    return _page(items, limit=params.limit)


@router.get("/v1/contacts/{contact_id}/timeline")
async def contact_timeline(
    contact_id: UUID,
    params: Params,
    caller: Annotated[Caller, MAY_READ_TIMELINES],
    database: DatabaseOf,
) -> TimelinePage:
    """Everything about a person, given by any of their contact ids."""
    after = moment_cursor(params.cursor)
    async with reading(database) as session:
        items = await timelines.show_contact_timeline(
            session,
            contact_id,
            reader=caller.manager_id,
            choice=params.choice(),
            after=after,
            limit=params.limit + 1,
        )
    return _page(items, limit=params.limit)


def _page(rows: Sequence[TimelineItem], *, limit: int) -> TimelinePage:
    items = [TimelineItemOut.of(row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return TimelinePage(
        items=items,
        next_cursor=encode_cursor(last.at.isoformat(), last.activity_id) if last else None,
    )
