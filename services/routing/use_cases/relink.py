"""Applies links of contacts: merges leads of contacts that became one, reopens after a split."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.routing.domain import lead_matching
from services.routing.domain.lead_matching import OpenLead
from services.routing.repository.contacts import Links, write_links
from services.routing.repository.leads import LockedLead, join_groups, leave_groups, lock_groups
from services.routing.repository.restored.leads import return_to_groups
from services.routing.use_cases.merge import merge, warn_of_siblings
from services.routing.use_cases.reopen import reopen_parted
from services.routing.use_cases.touched import Footprint
from shared.contracts.contacts import ContactRelinked
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def relink_contacts(
    session: Session,
    events: Sequence[tuple[ReceivedEvent, ContactRelinked]],
    footprint: Footprint,
    *,
    now: datetime,
) -> Footprint:
    """Apply the newest link of each contact; merge and reopen leads accordingly.

    Returns the footprint as it is afterwards.
    """
    links = footprint.links.by_contact
    newest = lead_matching.newest_links(
        [(event.contact_id, event.canonical_id, item.envelope.version) for item, event in events],
        {contact_id: version for contact_id, (_, version) in links.items()},
    )
    if not newest:
        return footprint
    await write_links(session, newest)
    canonicals = {contact_id: canonical_id for contact_id, (canonical_id, _) in newest.items()}
    origins = {footprint.links.canonical_of(contact_id) for contact_id in newest}
    leads = _leads_around(footprint.leads, canonicals, origins)
    cause = events[0][0].envelope.event_id
    await leave_groups(session, canonicals)
    # A merged lead belongs to the person of the lead that it is merged into: only leads of persons
    # that contacts left can have something to reopen.
    into_ids = [
        item.lead.lead_id for item in footprint.leads if item.lead.group.canonical_id in origins
    ]
    await reopen_parted(session, leads, into_ids, now=now, cause=cause)
    destinations = set(canonicals.values())
    meeting_leads = [lead for lead in leads if lead.group.canonical_id in destinations]
    await merge(session, lead_matching.merge_plan(meeting_leads), now=now, cause=cause)
    await join_groups(session, canonicals)
    await return_to_groups(session, origins | destinations)
    warn_of_siblings(meeting_leads)
    present = Links(links | newest, footprint.links.fresh)
    leads_now = await lock_groups(
        session, {canonical for canonical, _ in present.by_contact.values()}
    )
    return Footprint(present, leads_now, footprint.placed_ids)


def _leads_around(
    leads: Sequence[LockedLead], canonicals: Mapping[UUID, UUID], origins: set[UUID]
) -> list[OpenLead]:
    """The open leads of the persons that contacts leave and join, and those that the contacts
    themselves opened, in their new groups.
    """
    places = {*canonicals.values(), *origins}
    around = []
    for item in leads:
        lead, birth = item.lead, item.contact_id
        if lead.group.canonical_id not in places and birth not in canonicals:
            continue
        group = lead.group._replace(canonical_id=canonicals.get(birth, lead.group.canonical_id))
        around.append(replace(lead, group=group))
    return around
