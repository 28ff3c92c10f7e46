"""Gives leads back to a manager whose leaving was undone, as far as nobody works on them now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.routing.domain.departures import Departure, State, fitting
from services.routing.domain.lead import Lead
from services.routing.repository.departures import departures, moved_leads
from services.routing.repository.departures.departures import Counts
from services.routing.repository.departures.moved_leads import MovedLead
from services.routing.repository.leads import lock_leads
from services.routing.repository.leases import assignments
from services.routing.repository.managers import lock_managers
from services.routing.use_cases.assignments import LEADS, give_back
from services.routing.use_cases.naming import name_owner
from shared.contracts.leads import LeadAccepted
from shared.database import Session
from shared.messaging.outbox.publish import emit


async def give_back_batch(
    session: Session, departure: Departure, *, limit: int, now: datetime
) -> None:
    """Give back one batch, or end the undoing if none is left. The caller holds its lock."""
    rows = await moved_leads.list_moved(session, departure.departure_id, limit=limit)
    if not rows:
        await departures.change_state(session, departure, State.GIVEN_BACK, ended_at=now)
        return
    leads = await lock_leads(session, [row.lead_id for row in rows])
    untouched = [
        replace(lead, units_milli=lead.full_units_milli)
        for lead in (leads[row.lead_id] for row in rows)
        if _is_untouched(lead) and lead.owner_id != departure.manager_id
    ]
    owners = await assignments.owners_of(session, [lead.lead_id for lead in untouched])
    managers = await lock_managers(session, owners | {departure.manager_id})
    manager = managers[departure.manager_id]
    room_milli = manager.capacity_milli - manager.reserved_milli
    units = [(lead.lead_id, lead.units_milli) for lead in untouched]
    ids = set(fitting(units, room_milli=room_milli))
    chosen = [lead for lead in untouched if lead.lead_id in ids]
    if chosen:
        leases = await assignments.end(session, ids, outcome="reassigned", now=now)
        await give_back(session, leases)
        await name_owner(
            session, chosen, manager, actor=departure.actor, reason=State.GIVEN_BACK, now=now
        )
        await _take_on(session, departure, rows, ids, now=now)
    await moved_leads.write_outcomes(session, departure.departure_id, list(leads), ids)
    counts = Counts(given_back=len(chosen), kept=len(rows) - len(chosen))
    await departures.count(session, departure.departure_id, counts)
    session.notify_after_commit(LEADS)


def _is_untouched(lead: Lead) -> bool:
    """Whether nobody has taken the lead on, reached its customer or closed it."""
    return lead.state == "open" and lead.accepted_at is None and lead.touched_at is None


async def _take_on(
    session: Session,
    departure: Departure,
    rows: Sequence[MovedLead],
    ids: set[UUID],
    *,
    now: datetime,
) -> None:
    """Whoever had accepted a lead need not do so again."""
    epochs = {row.lead_id: row.epoch for row in rows if row.accepted_at and row.lead_id in ids}
    if not epochs:
        return
    for lead_id, contact_id, epoch, version in await moved_leads.take_on(session, epochs, now=now):
        event = LeadAccepted(
            lead_id=lead_id,
            contact_id=contact_id,
            version=version,
            at=now,
            actor=departure.actor,
            manager_id=departure.manager_id,
            epoch=epoch,
        )
        emit(session, event, now=now)
