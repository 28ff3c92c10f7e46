"""Lists and counts of leads, for managers' tools."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.routing.domain.lead import Lead
from services.routing.repository import lead_lists
from services.routing.repository.lead_lists import SORTS
from services.routing.routes.leads import leads_out
from services.routing.schemas.lead_lists import (
    GroupOut,
    LeadCountQuery,
    LeadCountsOut,
    LeadListQuery,
    cursor_amount,
    cursor_rank,
    value_out,
)
from services.routing.schemas.leads import LeadOut
from shared.database import reading, snapshot
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.pagination import (
    Page,
    cursor_id,
    cursor_moment,
    cursor_number,
    decode_cursor,
    encode_cursor,
)
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(tags=["leads"])
MAY_LIST_LEADS = Allow("supervisor", "manager")
Reader = Annotated[Caller, Depends(MAY_LIST_LEADS)]
Readers = Sequence[Callable[[str], Any]]

_NUMBER: Readers = (cursor_number,)
_MOMENT: Readers = (cursor_moment, cursor_number)
_LEASE: Readers = (cursor_moment, cursor_id)
_AMOUNT: Readers = (cursor_amount, cursor_number)
# How the values in a cursor of each order are read.
CURSORS: Mapping[str, Readers] = {
    "newest": _NUMBER,
    "oldest": _NUMBER,
    "-received_at": _MOMENT,
    "received_at": _MOMENT,
    "queue": _MOMENT,
    "accept_by": _LEASE,
    "first_touch_by": _LEASE,
    "next_action_at": _MOMENT,
    "rots_at": _MOMENT,
    "priority": (cursor_rank, cursor_number),
    "amount": _AMOUNT,
    "-amount": _AMOUNT,
}


def _cursor(lead: Lead, sort: str) -> str:
    return encode_cursor(*SORTS[sort].values(lead))


@router.get("/v1/leads")
async def list_leads(
    *,
    caller: Reader,
    database: DatabaseOf,
    now: Now,
    audit: Audit,
    query: Annotated[LeadListQuery, Query()],
) -> Page[LeadOut]:
    """The work queue: all leads that pass every filter, in the order of `sort`. A manager sees
    their own leads.
    """
    after = None if query.cursor is None else decode_cursor(query.cursor, *CURSORS[query.sort])
    criteria = query.criteria(caller, now=now)
    if criteria is None:
        return Page(items=[])
    async with snapshot(database) as session:
        leads = await lead_lists.list_leads(
            session, criteria, sort=SORTS[query.sort], after=after, limit=query.limit
        )
        items = await leads_out(session, leads[: query.limit], now=now)
    audit.record("leads", [item.lead_id for item in items])
    more = len(leads) > query.limit
    next_cursor = _cursor(leads[query.limit - 1], query.sort) if more else None
    return Page(items=items, next_cursor=next_cursor)


@router.get("/v1/leads/counts")
async def count_leads(
    caller: Reader, database: DatabaseOf, now: Now, query: Annotated[LeadCountQuery, Query()]
) -> LeadCountsOut:
    """How many leads pass every filter, by group. A manager's own leads are counted."""
    criteria = query.criteria(caller, now=now)
    if criteria is None:
        return LeadCountsOut(group_by=query.group_by, groups=[], total=0)
    async with reading(database) as session:
        groups, total = await lead_lists.count_leads(session, criteria, group_by=query.group_by)
    return LeadCountsOut(
        group_by=query.group_by,
        groups=[GroupOut(value=value_out(group.value), count=group.count) for group in groups],
        total=total,
    )
