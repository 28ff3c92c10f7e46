"""Contacts become one, or several again: leads that meet are merged, what was merged is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.routing.domain import lead_matching
from services.routing.domain.lead_matching import OpenLead
from services.routing.repository.contacts import Links, relink
from services.routing.repository.leads import LockedLead, follow_contacts, lift, lock_groups
from services.routing.use_cases.merge import merge, tell_siblings
from services.routing.use_cases.reopen import reopen_parted
from services.routing.use_cases.touched import Touched
from shared.contracts.contacts import ContactRelinked
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def relink_contacts(
    session: Session,
    heard: Sequence[tuple[ReceivedEvent, ContactRelinked]],
    touched: Touched,
    *,
    now: datetime,
) -> Touched:
    """Apply the newest link of each contact and settle the leads that now share one, or no more.

    Gives what is touched as it stands then.
    """
    links = touched.links.by_contact
    newest = lead_matching.newest_links(
        [(event.contact_id, event.canonical_id, item.envelope.version) for item, event in heard],
        {contact_id: version for contact_id, (_, version) in links.items()},
    )
    if not newest:
        return touched
    await relink(session, newest)
    canonicals = {contact_id: canonical_id for contact_id, (canonical_id, _) in newest.items()}
    left = {touched.links.canonical_of(contact_id) for contact_id in newest}
    leads = _leads_around(touched.leads, canonicals, left)
    cause = heard[0][0].envelope.event_id
    await lift(session, canonicals)
    # What is merged belongs to the person of the lead that took it in, so only there can it part.
    parting = [item.lead.lead_id for item in touched.leads if item.lead.group.canonical_id in left]
    await reopen_parted(session, leads, parting, now=now, cause=cause)
    joined = set(canonicals.values())
    meeting = [lead for lead in leads if lead.group.canonical_id in joined]
    await merge(session, lead_matching.merge_plan(meeting), now=now, cause=cause)
    await follow_contacts(session, canonicals)
    tell_siblings(meeting)
    present = Links(links | newest, touched.links.fresh)
    here = await lock_groups(session, {canonical for canonical, _ in present.by_contact.values()})
    return Touched(present, here, touched.placed)


def _leads_around(
    leads: Sequence[LockedLead], canonicals: Mapping[UUID, UUID], left: set[UUID]
) -> list[OpenLead]:
    """The open leads where contacts come from, go to, and that they opened, in their new groups."""
    places = {*canonicals.values(), *left}
    placed = []
    for item in leads:
        lead, birth = item.lead, item.contact_id
        if lead.group.canonical_id not in places and birth not in canonicals:
            continue
        group = lead.group._replace(canonical_id=canonicals.get(birth, lead.group.canonical_id))
        placed.append(replace(lead, group=group))
    return placed
