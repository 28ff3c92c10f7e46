"""Contacts part, and what was merged because of them waits again: the inverse of merging.

Its laws: what is merged into an open lead belongs to that lead's person, by the links heard so far,
in whatever order they come. And an inquiry moves only with a lead that was merged; whoever has
asked since they were joined and never had a lead of their own stays where they are.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain import lead_matching
from services.routing.domain.lead_matching import OpenLead
from services.routing.repository import inquiries, transitions
from services.routing.repository.inquiries import Moved
from services.routing.repository.leads import lock_leads, lock_merged
from services.routing.use_cases.attach import say_moved
from services.routing.use_cases.release import LEADS
from shared.contracts.leads import LeadMerged, LeadReopened
from shared.database import Session
from shared.messaging.outbox.publish import emit

PARTED = "contacts_parted"


async def reopen_parted(
    session: Session,
    leads: Sequence[OpenLead],
    parting: Collection[UUID],
    *,
    now: datetime,
    cause: UUID,
) -> None:
    """Open what was merged into the `parting` ones of these leads by somebody who is another now.

    `leads` are all open leads of the persons that contacts left and joined. They are locked, with
    the contacts at which they meet, and stand in their present groups; they are open whether
    somebody has accepted them or not: the others must not wait for that.
    """
    plan = lead_matching.reopen_plan(leads, await lock_merged(session, parting))
    if not plan.homes:
        return
    groups = {lead.lead_id: lead.group for lead in leads}
    moves = []
    for inquiry_id, lead_id, person in await inquiries.by_person(
        session, {lead_id for lead_id, _ in plan.homes}
    ):
        into = plan.homes.get((lead_id, groups[lead_id]._replace(canonical_id=person)))
        if into is not None:
            moves.append(Moved(inquiry_id, lead_id, into))
    await _open(session, plan.reopened, now=now, cause=cause)
    await _move(session, moves, now=now, cause=cause)
    await _end(session, plan.merged, now=now, cause=cause)
    session.notify_after_commit(LEADS)


async def _open(
    session: Session, reopened: lead_matching.Targets, *, now: datetime, cause: UUID
) -> None:
    for lead_id, (version, contact_id) in (await transitions.reopen(session, reopened)).items():
        said = LeadReopened(
            lead_id=lead_id, contact_id=contact_id, version=version, at=now, reason=PARTED
        )
        emit(session, said, now=now, cause=cause)


async def _move(session: Session, moves: Sequence[Moved], *, now: datetime, cause: UUID) -> None:
    if not moves:
        return
    await inquiries.move_each(session, moves, now=now)
    leads = await lock_leads(session, {item.into_id for item in moves})
    say_moved(session, moves, leads, now=now, cause=cause)


async def _end(
    session: Session, ended: lead_matching.Targets, *, now: datetime, cause: UUID
) -> None:
    """Who reads the leads' streams follows each merged lead to where it ends: tell the new end."""
    for lead_id, (version, contact_id) in (await transitions.end_in(session, ended)).items():
        said = LeadMerged(
            lead_id=lead_id,
            contact_id=contact_id,
            version=version,
            at=now,
            into=ended[lead_id],
            inquiry_ids=[],
        )
        emit(session, said, now=now, cause=cause)
