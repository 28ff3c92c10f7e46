"""Timelines of leads and contacts; a manager sees only their own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.history.repository import timeline_items, timelines
from services.history.repository.timeline_items import (
    MANY_INQUIRIES,
    MANY_LEADS,
    Choice,
    TimelineFilter,
    TimelineItem,
)
from shared.contracts.lead_state import LeadState
from shared.database import Session
from shared.errors import NotFoundError

Place = tuple[datetime, UUID]
_NO_CONTACT = "There is no such contact."


class UnknownTimelineError(NotFoundError):
    """There is no such timeline, or the caller may not see it: the answer is the same."""


def may_read(lead: LeadState, *, reader: UUID | None) -> bool:
    """Whether the reader may see the lead: their own, or any if `reader` is None."""
    return reader is None or lead.owner_id == reader


async def show_lead_timeline(
    session: Session,
    lead_id: UUID,
    *,
    reader: UUID | None,
    choice: Choice,
    after: Place | None,
    limit: int,
) -> Sequence[TimelineItem]:
    """The items of a lead, of the leads merged into it, and of the inquiries of all of them.

    `reader` is a manager who may see own leads only. Raises UnknownTimelineError.
    """
    lead = await timelines.find_surviving_lead(session, lead_id)
    if lead is None or not may_read(lead, reader=reader):
        raise UnknownTimelineError("There is no such lead.")
    lead_ids = await timelines.with_merged(session, [lead_id])
    criteria = await _of_leads(session, lead_ids, reader=reader)
    return await timeline_items.list_items(session, criteria, choice, after=after, limit=limit)


async def show_contact_timeline(
    session: Session,
    contact_id: UUID,
    *,
    reader: UUID | None,
    choice: Choice,
    after: Place | None,
    limit: int,
) -> Sequence[TimelineItem]:
    """The items of a person, given by any of their contact ids.

    A manager sees persons of own leads, without leads and inquiries that are not theirs.
    Raises UnknownTimelineError.
    """
    contact_ids = await timelines.contacts_of_person(session, contact_id)
    if reader is None:
        criteria = TimelineFilter(contact_ids=contact_ids)
    else:
        own_ids = await timelines.leads_of(session, manager_id=reader, contact_ids=contact_ids)
        if not own_ids:
            raise UnknownTimelineError(_NO_CONTACT)
        lead_ids = await timelines.with_merged(session, own_ids)
        criteria = await _of_leads(session, lead_ids, reader=reader, contact_ids=contact_ids)
    items = await timeline_items.list_items(session, criteria, choice, after=after, limit=limit)
    if not items and reader is None and not await timelines.has_events(session, contact_ids):
        raise UnknownTimelineError(_NO_CONTACT)
    return items


async def _of_leads(
    session: Session,
    lead_ids: Sequence[UUID],
    *,
    reader: UUID | None,
    contact_ids: Sequence[UUID] = (),
) -> TimelineFilter:
    """What is of the leads and their inquiries, and of the contacts what is of none."""
    inquiry_ids = await timelines.inquiries_of(session, lead_ids, limit=MANY_INQUIRIES + 1)
    persons: Sequence[UUID] = ()
    if len(lead_ids) > MANY_LEADS or len(inquiry_ids) > MANY_INQUIRIES:
        persons = await timelines.persons_of_leads(session, lead_ids)
    return TimelineFilter(lead_ids, inquiry_ids, contact_ids, reader, persons)
