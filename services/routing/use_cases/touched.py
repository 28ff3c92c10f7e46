"""What a batch of events touches, locked once and in one order: contacts, then leads.

Managers are locked last, in one statement, by the code that assigns or releases.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.routing.repository import inquiries
from services.routing.repository.contacts import Links, lock_contacts
from services.routing.repository.leads import LockedLead, lock_groups
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a batch touches, under its locks: links of contacts, open leads of their groups, and the
    ids of those inquiries of the batch that are in a lead already.
    """

    links: Links
    leads: Sequence[LockedLead]
    placed_ids: Collection[UUID]


async def lock_footprint(
    session: Session,
    *,
    relinks: Sequence[ContactRelinked] = (),
    arrivals: Sequence[InquiryReceived] = (),
    updates: Sequence[InquiryUpdated] = (),
    touched_ids: Collection[UUID] = (),
    erased_ids: Collection[UUID] = (),
) -> Footprint:
    """Lock the contacts and leads of these events, of the contacts that were erased, and the leads
    that others touch.
    """
    links = await lock_contacts(
        session,
        {event.contact_id for event in arrivals}
        | {event.contact_id for event in relinks}
        | {event.canonical_id for event in relinks}
        | set(erased_ids),
        inquiry_ids=[event.inquiry_id for event in arrivals],
    )
    of_known_contacts = [event for event in arrivals if event.contact_id not in links.fresh]
    placed_ids = await inquiries.find_placed(
        session, [event.inquiry_id for event in of_known_contacts]
    )
    canonical_ids = {canonical for canonical, _ in links.by_contact.values()}
    canonical_ids |= {event.canonical_id for event in relinks}
    leads = await lock_groups(
        session,
        canonical_ids - links.fresh,
        contact_ids=[event.contact_id for event in relinks],
        inquiry_ids=[event.inquiry_id for event in updates],
        touched_ids=touched_ids,
    )
    return Footprint(links, leads, placed_ids)
