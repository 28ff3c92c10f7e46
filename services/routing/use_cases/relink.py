"""Contacts become one, or several again: leads that meet are folded, what was folded is opened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain import identity
from services.routing.domain.identity import OpenLead
from services.routing.repository.contacts import lock_contacts, relink
from services.routing.repository.leads import (
    follow_contacts,
    lift,
    lock_open_leads,
    opened_by,
)
from services.routing.use_cases.fold import fold, tell_siblings
from services.routing.use_cases.reopen import reopen_parted
from shared.contracts.contacts import ContactRelinked, is_parting
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def relink_contacts(
    session: Session, heard: Sequence[tuple[ReceivedEvent, ContactRelinked]], *, now: datetime
) -> None:
    """Apply the newest link of each contact and settle the leads that now share one, or no more."""
    links = [(event.contact_id, event.canonical_id, item.envelope.version) for item, event in heard]
    locked = await lock_contacts(
        session,
        {contact_id for contact_id, _, _ in links},
        targets={canonical_id for _, canonical_id, _ in links},
    )
    known = {contact_id: version for contact_id, (_, version) in locked.items()}
    newest = identity.newest_links(links, known)
    if not newest:
        return
    await relink(session, newest)
    canonicals = {contact_id: canonical_id for contact_id, (canonical_id, _) in newest.items()}
    left = {locked[contact_id][0] for contact_id in newest}
    leads = await _leads_around(session, canonicals, left)
    cause = heard[0][0].envelope.event_id
    await lift(session, canonicals)
    # Each version comes once: what parted a contact may be followed by a later link already.
    parted = {event.contact_id for _, event in heard if is_parting(event)}
    await reopen_parted(session, leads, parted, now=now, cause=cause)
    joined = set(canonicals.values())
    meeting = [lead for lead in leads if lead.group.canonical_id in joined]
    await fold(session, identity.fold_plan(meeting), now=now, cause=cause)
    await follow_contacts(session, canonicals)
    tell_siblings(meeting)


async def _leads_around(
    session: Session, canonicals: Mapping[UUID, UUID], left: set[UUID]
) -> dict[OpenLead, UUID]:
    """The open leads where contacts come from, go to, and that they opened, in their new groups;
    each with the contact that opened it.
    """
    leads = await lock_open_leads(
        session, set(canonicals.values()) | left, contact_ids=list(canonicals)
    )
    births = await opened_by(session, [lead.lead_id for lead in leads])
    placed = {}
    for lead in leads:
        birth = births[lead.lead_id]
        group = lead.group._replace(canonical_id=canonicals.get(birth, lead.group.canonical_id))
        placed[OpenLead(lead.lead_id, group, lead.received_at, lead.accepted)] = birth
    return placed
