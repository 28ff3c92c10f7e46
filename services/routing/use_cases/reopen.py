"""Reopens merged leads after contacts have parted: the inverse of merging.

After each batch every lead that is merged into an open one belongs to the same person as that one,
by the links consumed so far, in whatever order they came. An inquiry moves only with a lead that
was merged; inquiries of a contact that never had a lead of its own stay where they are.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain import lead_matching
from services.routing.domain.lead_matching import OpenLead
from services.routing.repository import inquiries, transitions
from services.routing.repository.inquiries import InquiryMove
from services.routing.repository.leads import lock_leads, lock_merged
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.events import emit_moved
from shared.contracts.leads import LeadMerged, LeadReopened
from shared.database import Session
from shared.messaging.outbox.publish import emit

REASON = "contacts_parted"


async def reopen_parted(
    session: Session,
    leads: Sequence[OpenLead],
    into_ids: Collection[UUID],
    *,
    now: datetime,
    cause: UUID,
) -> None:
    """Reopen what was merged into the leads `into_ids` and belongs to another person now.

    `leads` are all open leads, accepted or not, of the persons that contacts left and joined, in
    their present groups. The caller holds their locks and those of their canonical contacts.
    """
    plan = lead_matching.reopen_plan(leads, await lock_merged(session, into_ids))
    if not plan.homes:
        return
    groups = {lead.lead_id: lead.group for lead in leads}
    moves = []
    for inquiry_id, lead_id, person in await inquiries.list_persons(
        session, {lead_id for lead_id, _ in plan.homes}
    ):
        into = plan.homes.get((lead_id, groups[lead_id]._replace(canonical_id=person)))
        if into is not None:
            moves.append(InquiryMove(inquiry_id, lead_id, into))
    await _open(session, plan.reopened, now=now, cause=cause)
    await _move(session, moves, now=now, cause=cause)
    await _redirect(session, plan.merged, now=now, cause=cause)
    session.notify_after_commit(LEADS)


async def _open(
    session: Session, canonicals: lead_matching.Targets, *, now: datetime, cause: UUID
) -> None:
    reopened = await transitions.reopen_leads(session, canonicals, now=now)
    for lead_id, (version, contact_id) in reopened.items():
        event = LeadReopened(
            lead_id=lead_id, contact_id=contact_id, version=version, at=now, reason=REASON
        )
        emit(session, event, now=now, cause=cause)


async def _move(
    session: Session, moves: Sequence[InquiryMove], *, now: datetime, cause: UUID
) -> None:
    if not moves:
        return
    await inquiries.move_each(session, moves, now=now)
    leads = await lock_leads(session, {item.into_id for item in moves})
    emit_moved(session, moves, leads, now=now, cause=cause)


async def _redirect(
    session: Session, intos: lead_matching.Targets, *, now: datetime, cause: UUID
) -> None:
    """Merge leads that stay merged into other leads: merged lead → into."""
    # Consumers follow a merged lead to the lead that it is merged into, so a change is emitted.
    redirected = await transitions.redirect_merged(session, intos)
    for lead_id, (version, contact_id) in redirected.items():
        event = LeadMerged(
            lead_id=lead_id,
            contact_id=contact_id,
            version=version,
            at=now,
            into=intos[lead_id],
            inquiry_ids=[],
        )
        emit(session, event, now=now, cause=cause)
