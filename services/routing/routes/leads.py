"""Routes to read leads: the work queue, one lead, the load."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.routing.domain.lead import Lead
from services.routing.repository import inquiries, lead_queries
from services.routing.repository.lead_queries import After, LeadFilter
from services.routing.repository.leads import siblings_of
from services.routing.schemas.decisions import LoadOut, load_out
from services.routing.schemas.fields import KEY_PATTERN
from services.routing.schemas.leads import LeadDetailOut, LeadOut, lead_detail_out, lead_out
from services.routing.use_cases.lead_actions import visible_lead
from shared.database import Session, reading
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import (
    Page,
    cursor_moment,
    cursor_number,
    decode_cursor,
    encode_cursor,
)
from shared.web.tokens import Caller

router = APIRouter(tags=["leads"])
MAY_READ_LEADS = Allow("supervisor", "manager")
MAY_READ_LOAD = Allow("supervisor")
Reader = Annotated[Caller, Depends(MAY_READ_LEADS)]
Sort = Literal["newest", "oldest", "-received_at", "received_at"]


def _after(cursor: str | None, *, sort: Sort) -> After | None:
    if cursor is None:
        return None
    if _is_by_time(sort):
        return After(*decode_cursor(cursor, cursor_number, cursor_moment))
    return After(*decode_cursor(cursor, cursor_number))


def _cursor(lead: Lead, *, sort: Sort) -> str:
    if _is_by_time(sort):
        return encode_cursor(lead.number, lead.received_at.isoformat())
    return encode_cursor(lead.number)


def _is_by_time(sort: Sort) -> bool:
    return sort.endswith("received_at")


async def leads_out(session: Session, leads: Sequence[Lead]) -> list[LeadOut]:
    """The leads as answers, with the ids of their inquiries and of their siblings."""
    ids = [lead.lead_id for lead in leads]
    inquiries_by_lead = await inquiries.list_by_lead(session, ids)
    siblings = await siblings_of(session, ids)
    return [
        lead_out(lead, inquiries_by_lead[lead.lead_id], siblings.get(lead.lead_id, []))
        for lead in leads
    ]


@router.get("/v1/leads")
async def list_leads(
    *,
    caller: Reader,
    database: DatabaseOf,
    owner: UUID | None = None,
    state: Annotated[Literal["open", "won", "lost", "merged"] | None, Query()] = None,
    pool: Annotated[str | None, Query(pattern=KEY_PATTERN)] = None,
    waiting: bool | None = None,
    sort: Sort = "newest",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[LeadOut]:
    """The work queue. A manager sees their own leads; `waiting` are open ones without an owner."""
    if caller.manager_id is not None and owner not in {None, caller.manager_id}:
        return Page(items=[])
    criteria = LeadFilter(caller.manager_id or owner, state, pool, waiting)
    after = _after(cursor, sort=sort)
    async with reading(database) as session:
        leads = await lead_queries.list_leads(
            session, criteria, sort=sort, after=after, limit=limit
        )
        items = await leads_out(session, leads[:limit])
    more = len(leads) > limit
    return Page(items=items, next_cursor=_cursor(leads[limit - 1], sort=sort) if more else None)


@router.get("/v1/leads/{lead_id}")
async def read_lead(caller: Reader, database: DatabaseOf, lead_id: UUID) -> LeadDetailOut:
    """One lead with its inquiries."""
    async with reading(database) as session:
        lead = await visible_lead(session, lead_id, manager_id=caller.manager_id)
        inquiries_by_lead = await inquiries.list_by_lead(session, [lead_id])
        siblings = await siblings_of(session, [lead_id])
    return lead_detail_out(lead, inquiries_by_lead[lead_id], siblings.get(lead_id, []))


@router.get("/v1/load", dependencies=[Depends(MAY_READ_LOAD)])
async def read_load(database: DatabaseOf, now: Now) -> LoadOut:
    """How much room each manager and each pool has."""
    async with reading(database) as session:
        managers = await lead_queries.list_manager_loads(session)
        pools = await lead_queries.list_pool_loads(session, now=now)
    return load_out(managers, pools)
