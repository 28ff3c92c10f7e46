"""Timelines of leads and contacts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.history.repository.timelines import TimelineItem
from services.history.schemas.timelines import TimelineItemOut, TimelinePage
from services.history.use_cases import timelines
from shared.database import reading
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import cursor_id, cursor_moment, decode_cursor, encode_cursor
from shared.web.read_audit import Reads
from shared.web.tokens import Caller

router = APIRouter(tags=["history"])

MAY_READ_TIMELINES = Depends(Allow("supervisor", "manager"))
Cursor = Annotated[str | None, Query(max_length=200)]


@router.get("/v1/leads/{lead_id}/timeline", dependencies=[Depends(Reads("timeline", "lead_id"))])
async def lead_timeline(
    lead_id: UUID,
    caller: Annotated[Caller, MAY_READ_TIMELINES],
    database: DatabaseOf,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> TimelinePage:
    """Everything about a lead, its inquiries and the leads merged into it, oldest first."""
    after = _position(cursor)
    async with reading(database) as session:
        items = await timelines.show_lead_timeline(
            session, lead_id, reader=caller.manager_id, after=after, limit=limit + 1
        )
    return _page(items, limit=limit)


@router.get(
    "/v1/contacts/{contact_id}/timeline", dependencies=[Depends(Reads("timeline", "contact_id"))]
)
async def contact_timeline(
    contact_id: UUID,
    caller: Annotated[Caller, MAY_READ_TIMELINES],
    database: DatabaseOf,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> TimelinePage:
    """Everything about a person, given by any of their contact ids, oldest first."""
    after = _position(cursor)
    async with reading(database) as session:
        items = await timelines.show_contact_timeline(
            session, contact_id, reader=caller.manager_id, after=after, limit=limit + 1
        )
    return _page(items, limit=limit)


def _position(cursor: str | None) -> tuple[datetime, UUID]:
    if cursor is None:
        return timelines.BEGINNING
    moment, activity_id = decode_cursor(cursor, cursor_moment, cursor_id)
    return moment, activity_id


def _page(rows: Sequence[TimelineItem], *, limit: int) -> TimelinePage:
    items = [TimelineItemOut.model_validate(row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return TimelinePage(
        items=items,
        next_cursor=encode_cursor(last.at.isoformat(), last.activity_id) if last else None,
    )
