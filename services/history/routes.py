"""HTTP routes of history: timelines to read, activities to report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from services.history.repository.timelines import TimelineItem
from services.history.schemas import ActivityIn, ActivityOut, TimelineItemOut, TimelinePage
from services.history.use_cases import activities, timelines
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import cursor_id, cursor_moment, decode_cursor, encode_cursor
from shared.web.problems import problem_response
from shared.web.tokens import Caller

router = APIRouter(tags=["history"])

MAY_READ_TIMELINES = Depends(Allow("supervisor", "manager"))
MAY_REPORT_ACTIVITIES = Depends(Allow("supervisor", "manager"))
Cursor = Annotated[str | None, Query(max_length=200)]


@router.get("/v1/leads/{lead_id}/timeline")
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


@router.get("/v1/contacts/{contact_id}/timeline")
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


@router.post(
    "/v1/activities",
    status_code=201,
    responses={202: {"model": ActivityOut}, 429: problem_response(429)},
)
async def record_activity(
    *,
    body: ActivityIn,
    response: Response,
    caller: Annotated[Caller, MAY_REPORT_ACTIVITIES],
    database: DatabaseOf,
    now: Now,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> ActivityOut:
    """Report a call, mail, message, meeting, note or task.

    202 while it waits to be confirmed: until its lead is known, and known as the reporter's. One
    that is not confirmed within a week is deleted; 429 when too many of one reporter wait.
    """
    async with transaction(database) as session:
        activity = await activities.record_activity(
            session,
            body.report(),
            actor=caller.actor,
            manager_id=caller.manager_id,
            key=idempotency_key,
            now=now,
        )
    answer = ActivityOut.of(activity)
    if answer.unconfirmed:
        response.status_code = 202
    return answer


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
