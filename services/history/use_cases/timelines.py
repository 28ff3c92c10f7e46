"""Timelines of leads and contacts; a manager sees only their own."""

from datetime import UTC, datetime
from uuid import UUID

from services.history.domain.leads import Lead
from services.history.repository import timelines
from services.history.repository.timelines import Entry, Scope
from shared.database import Session
from shared.errors import NotFoundError

BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


class UnknownTimelineError(NotFoundError):
    """There is no such timeline, or the caller may not see it: the answer is the same."""


def may_read(lead: Lead, *, reader: UUID | None) -> bool:
    """Whether the reader may see the lead: their own, or any if `reader` is None."""
    return reader is None or lead.owner_id == reader


async def show_lead_timeline(
    session: Session,
    lead_id: UUID,
    *,
    reader: UUID | None,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[Entry]:
    """The lines of a lead, of the leads merged into it, and of the inquiries of all of them.

    `reader` is a manager who may see own leads only. Raises UnknownTimelineError.
    """
    lead = await timelines.last_lead(session, lead_id)
    if lead is None or not may_read(lead, reader=reader):
        raise UnknownTimelineError("There is no such lead.")
    leads = await timelines.with_merged(session, [lead_id])
    inquiries = await timelines.inquiries_of(session, leads)
    scope = Scope(leads=leads, inquiries=inquiries, reader=reader)
    return await timelines.entries(session, scope, after=after, limit=limit)


async def show_contact_timeline(
    session: Session,
    contact_id: UUID,
    *,
    reader: UUID | None,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[Entry]:
    """The lines of a person, given by any of their contact ids.

    A manager sees persons of own leads, without leads and inquiries that are not theirs.
    Raises UnknownTimelineError.
    """
    contacts = await timelines.person_of(session, contact_id)
    if reader is None:
        is_known = await timelines.contact_is_known(session, contacts)
        scope = Scope(contacts=contacts)
    else:
        own_ids = await timelines.leads_of(session, manager_id=reader, contact_ids=contacts)
        is_known = bool(own_ids)
        leads = await timelines.with_merged(session, own_ids)
        inquiries = await timelines.inquiries_of(session, leads)
        scope = Scope(leads=leads, inquiries=inquiries, contacts=contacts, reader=reader)
    if not is_known:
        raise UnknownTimelineError("There is no such contact.")
    return await timelines.entries(session, scope, after=after, limit=limit)
