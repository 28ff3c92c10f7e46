"""Returns what managers had not accepted when they went away, after a time of grace.

Nobody is blamed: the manager may get the same lead again, in the same round.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from services.routing.domain.endings import RETURNED_OFFLINE
from services.routing.repository.leads import lock_leads
from services.routing.repository.leases import absences, assignments
from services.routing.repository.managers import lock_managers
from services.routing.repository.transitions import Hop
from services.routing.use_cases.assignments import give_back
from services.routing.use_cases.leases.freeing import wait_again
from shared.contracts.leads import LeadReturned
from shared.database import Database, Session, transaction

BATCH = 200


async def return_leads_of_absent(database: Database, *, now: datetime) -> None:
    """One round: note who is away, and return what their grace has run out for, batch by batch."""
    async with transaction(database) as session:
        await absences.note(session, now=now)
    after: UUID | None = None
    while True:
        async with transaction(database) as session:
            lead_ids = await absences.list_due(session, now=now, after=after, limit=BATCH)
            if lead_ids:
                await _return(session, list(lead_ids), now=now)
        if len(lead_ids) < BATCH:
            break
        after = lead_ids[-1]
    async with transaction(database) as session:
        await absences.settle(session)


async def _return(session: Session, lead_ids: list[UUID], *, now: datetime) -> None:
    # A lead that nobody accepted is the only one of its contact that waits: none has to make way.
    leads = await lock_leads(session, lead_ids)
    await lock_managers(session, await assignments.owners_of(session, lead_ids))
    leases = await absences.end(session, lead_ids, now=now)
    await give_back(session, leases)
    event = partial(LeadReturned, reason="offline", outcome=RETURNED_OFFLINE)
    freed = [leads[item.lead_id] for item in leases]
    await wait_again(session, freed, event=event, hop=Hop.NONE, now=now)
