"""Verifying the timeline against its chains, and the roots of days."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.history.schemas.verification import (
    DayRootOut,
    DayRootPage,
    DayVerificationOut,
    VerificationOut,
)
from services.history.use_cases.chain import verify
from shared.database import reading
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import cursor_id, cursor_number, decode_cursor, page
from shared.web.ranges import Day

router = APIRouter(tags=["history"])
MAY_VERIFY = Depends(Allow("supervisor"))
MAY_SEE_ROOTS = Depends(Allow("supervisor", "ops"))
Cursor = Annotated[str | None, Query(max_length=200)]


@router.get("/v1/leads/{lead_id}/timeline/verify", dependencies=[MAY_VERIFY])
async def verify_lead_timeline(
    lead_id: UUID, database: DatabaseOf, cursor: Cursor = None
) -> VerificationOut:
    """Recompute the chains of a lead, of those merged into it and of the contacts whose inquiries
    it holds, and name the first place that differs. Of a long one a part, and where to go on.
    """
    async with reading(database) as session:
        verification = await verify.verify_lead(session, lead_id, after=_place(cursor))
    return VerificationOut.of(verification)


@router.get("/v1/contacts/{contact_id}/timeline/verify", dependencies=[MAY_VERIFY])
async def verify_contact_timeline(
    contact_id: UUID, database: DatabaseOf, cursor: Cursor = None
) -> VerificationOut:
    """The same for a person, given by any of their contact ids, and for all their leads."""
    async with reading(database) as session:
        verification = await verify.verify_contact(session, contact_id, after=_place(cursor))
    return VerificationOut.of(verification)


@router.get("/v1/timelines/roots", dependencies=[MAY_SEE_ROOTS])
async def list_roots(
    database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> DayRootPage:
    """The roots of the days that ended, the latest first. Keep them outside of the database."""
    before = date.max if cursor is None else decode_cursor(cursor, date.fromisoformat)[0]
    async with reading(database) as session:
        days = await verify.list_days(session, before=before, limit=limit + 1)
    rows = page([DayRootOut.of(day) for day in days], limit=limit, key=lambda row: row.day)
    return DayRootPage(items=rows.items, next_cursor=rows.next_cursor)


@router.get("/v1/timelines/roots/{day}/verify", dependencies=[MAY_SEE_ROOTS])
async def verify_root(day: Day, database: DatabaseOf, cursor: Cursor = None) -> DayVerificationOut:
    """Recompute everything that was sealed on a day, and its root; a part, and where to go on."""
    after = 0 if cursor is None else decode_cursor(cursor, cursor_number)[0]
    async with reading(database) as session:
        verification = await verify.verify_day(session, day, after=after)
    return DayVerificationOut.of(verification)


def _place(cursor: str | None) -> tuple[UUID, int]:
    if cursor is None:
        return verify.FIRST_PLACE
    subject, number = decode_cursor(cursor, cursor_id, cursor_number)
    return subject, number
