"""Contacts become one, or several again. Leads that meet are folded; nothing is taken apart.

A split only re-points the contact: leads stay with the contact that opened them.
"""

from collections.abc import Sequence
from datetime import datetime

from services.routing.domain import identity
from services.routing.domain.identity import Group, OpenLead
from services.routing.repository.contacts import lock_contacts, relink
from services.routing.repository.leads import follow_contacts, lock_open_leads, opened_by
from services.routing.use_cases.fold import fold, tell_siblings
from shared.contracts.contacts import ContactRelinked
from shared.database import Session
from shared.messaging.heard import Heard


async def relink_contacts(
    session: Session, heard: Sequence[tuple[Heard, ContactRelinked]], *, now: datetime
) -> None:
    """Apply the newest link of each contact and settle the leads that now share one."""
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
    found = await lock_open_leads(session, set(canonicals.values()), contact_ids=list(canonicals))
    births = await opened_by(session, [lead.lead_id for lead in found])
    meeting = []
    for lead in found:
        canonical_id = canonicals.get(births[lead.lead_id], lead.group.canonical_id)
        group = Group(canonical_id, lead.group.pipeline, lead.group.is_test)
        meeting.append(OpenLead(lead.lead_id, group, lead.received_at, lead.accepted))
    await fold(session, identity.fold_plan(meeting), now=now, cause=heard[0][0].envelope.event_id)
    await follow_contacts(session, canonicals)
    tell_siblings(meeting)
