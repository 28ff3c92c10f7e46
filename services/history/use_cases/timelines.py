"""Show the timelines of leads and contacts: to a manager only what is theirs."""

from datetime import UTC, datetime
from uuid import UUID

from services.history.domain.leads import Lead
from services.history.repository import timelines
from services.history.repository.timelines import Entry, Scope
from shared.database import Session
from shared.errors import NotFoundError

BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


class UnknownTimelineError(NotFoundError):
    """There is no such timeline, or it is not the caller's to see: one answer for both."""


def may_read(lead: Lead, *, reader: UUID | None) -> bool:
    """Whether it is the reader's: a manager's own, or anybody's for those without a manager id."""
    return reader is None or lead.owner_id == reader


async def show_lead_timeline(
    session: Session,
    lead_id: UUID,
    *,
    reader: UUID | None,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[Entry]:
    """The lines of a lead, of what was folded into it, and of the inquiries of both.

    `reader` is a manager who may see own leads only. Raises UnknownTimelineError.
    """
    lead = await timelines.last_lead(session, lead_id)
    if lead is None or not may_read(lead, reader=reader):
        raise UnknownTimelineError("There is no such lead.")
    leads = await timelines.with_folded(session, [lead_id])
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
    """The lines of a person, by whichever of their contact ids they are asked for.

    A manager sees the person of an own lead, without other people's leads and inquiries.
    Raises UnknownTimelineError.
    """
    contacts = await timelines.person_of(session, contact_id)
    if reader is None:
        known = await timelines.contact_is_known(session, contacts)
        scope = Scope(contacts=contacts)
    else:
        own = await timelines.leads_of(session, manager_id=reader, contact_ids=contacts)
        known = bool(own)
        leads = await timelines.with_folded(session, own)
        inquiries = await timelines.inquiries_of(session, leads)
        scope = Scope(leads=leads, inquiries=inquiries, contacts=contacts, reader=reader)
    if not known:
        raise UnknownTimelineError("There is no such contact.")
    return await timelines.entries(session, scope, after=after, limit=limit)
