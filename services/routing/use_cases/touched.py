"""What a fetch touches, locked once and in one order: all contacts, then all their leads.

Managers come last, in one statement, by whoever assigns or releases.
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
class Touched:
    """Under their locks: the links of contacts, the open leads where they meet, and which of the
    received inquiries are in a lead already.
    """

    links: Links
    leads: Sequence[LockedLead]
    placed: Collection[UUID]


async def lock_touched(
    session: Session,
    *,
    relinked: Sequence[ContactRelinked] = (),
    received: Sequence[InquiryReceived] = (),
    updated: Sequence[InquiryUpdated] = (),
) -> Touched:
    links = await lock_contacts(
        session,
        {event.contact_id for event in received}
        | {event.contact_id for event in relinked}
        | {event.canonical_id for event in relinked},
    )
    # Of a contact that nobody had heard of there are neither inquiries nor leads.
    familiar = [event for event in received if event.contact_id not in links.fresh]
    placed = await inquiries.known(session, [event.inquiry_id for event in familiar])
    meeting = {canonical for canonical, _ in links.by_contact.values()}
    meeting |= {event.canonical_id for event in relinked}
    leads = await lock_groups(
        session,
        meeting - links.fresh,
        contact_ids=[event.contact_id for event in relinked],
        inquiry_ids=[event.inquiry_id for event in updated],
    )
    return Touched(links, leads, placed)
