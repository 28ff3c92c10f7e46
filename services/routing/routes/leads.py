"""Routes to read leads: one lead, the load."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.routing.domain.lead import Lead
from services.routing.repository import inquiries, lead_queries
from services.routing.repository.calendars.calendars import list_parked_until
from services.routing.repository.leads import siblings_of
from services.routing.repository.leases.tier_use import count_by_tier
from services.routing.schemas.decisions import LoadOut, load_out
from services.routing.schemas.leads import LeadDetailOut, LeadOut, lead_detail_out, lead_out
from services.routing.use_cases.lead_actions import visible_lead
from shared.database import Session, snapshot
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.read_audit import Reads
from shared.web.tokens import Caller

router = APIRouter(tags=["leads"])
MAY_READ_LEADS = Allow("supervisor", "manager")
MAY_READ_LOAD = Allow("supervisor")
Reader = Annotated[Caller, Depends(MAY_READ_LEADS)]
A_DAY = timedelta(days=1)


async def leads_out(session: Session, leads: Sequence[Lead], *, now: datetime) -> list[LeadOut]:
    """The leads as answers, with the ids of their inquiries and of their siblings."""
    ids = [lead.lead_id for lead in leads]
    inquiries_by_lead = await inquiries.list_by_lead(session, ids)
    siblings = await siblings_of(session, ids)
    untils = await list_parked_until(session, leads)
    return [
        lead_out(
            lead,
            inquiries_by_lead[lead.lead_id],
            siblings.get(lead.lead_id, []),
            parked_until=untils.get(lead.lead_id),
            now=now,
        )
        for lead in leads
    ]


@router.get("/v1/leads/{lead_id}", dependencies=[Depends(Reads("lead", "lead_id"))])
async def read_lead(caller: Reader, database: DatabaseOf, now: Now, lead_id: UUID) -> LeadDetailOut:
    """One lead with its inquiries."""
    async with snapshot(database) as session:
        lead = await visible_lead(session, lead_id, manager_id=caller.manager_id)
        inquiries_by_lead = await inquiries.list_by_lead(session, [lead_id])
        siblings = await siblings_of(session, [lead_id])
        untils = await list_parked_until(session, [lead])
    return lead_detail_out(
        lead,
        inquiries_by_lead[lead_id],
        siblings.get(lead_id, []),
        parked_until=untils.get(lead_id),
        now=now,
    )


@router.get("/v1/load", dependencies=[Depends(MAY_READ_LOAD)])
async def read_load(database: DatabaseOf, now: Now) -> LoadOut:
    """How much room each manager and each pool has, and which tiers took leads today."""
    async with snapshot(database) as session:
        managers = await lead_queries.list_manager_loads(session)
        pools = await lead_queries.list_pool_loads(session, now=now)
        by_tier = await count_by_tier(session, since=now - A_DAY)
    return load_out(managers, pools, by_tier)
