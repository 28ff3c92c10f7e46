"""Reads one customer's story page by page, so that it needs little memory however long it is."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.history.domain.search.documents import Item
from services.history.repository import managers, story, timelines
from services.history.repository.story import Scope
from services.history.use_cases.timelines import UnknownTimelineError
from shared.contracts.lead_state import LeadState
from shared.database import Database, Session, reading
from shared.read_audit.rows import Read, ReadFilter, list_reads

ITEMS_AT_ONCE = 500
MAX_ITEMS = 100_000  # of one story; a longer one says that it is not complete
MAX_LEADS = 1_000
MAX_READS = 1_000  # the latest
_DETAILS = 50  # inquiries and changes that are looked at for names and points


@dataclass(frozen=True, slots=True)
class Points:
    """How the person is called and reached, each once, as was said last first."""

    names: Sequence[str]
    companies: Sequence[str]
    phones: Sequence[str]
    emails: Sequence[str]


@dataclass(frozen=True, slots=True)
class Story:
    """What is known before the items; `contact_ids` are all that are this person, `reads` who has
    read of them, the latest first, for those who may see it. `managers` are names by ids.
    """

    contact_id: UUID
    contact_ids: Sequence[UUID]
    made_at: datetime
    points: Points
    leads: Sequence[LeadState]
    reads: Sequence[Read]
    scope: Scope
    managers: Mapping[UUID, str]


async def open_story(
    session: Session, contact_id: UUID, *, reader: UUID | None, now: datetime
) -> Story:
    """The story of a person, given by any of their contact ids; `reader` is a manager, who sees
    persons of own leads without what is not theirs. Raises UnknownTimelineError.
    """
    contact_ids = await timelines.contacts_of_person(session, contact_id)
    scope = await _scope(session, contact_ids, reader=reader)
    leads = await story.list_leads(session, scope, limit=MAX_LEADS)
    reads: Sequence[Read] = ()
    if reader is None:
        subjects = {*contact_ids, *(lead.lead_id for lead in leads)}
        criteria = ReadFilter(subject_ids=subjects)
        notes = await list_reads(session, criteria, after=None, limit=MAX_READS)
        reads = [_about(note, subjects) for note in notes]
    details = await story.list_details(session, scope, limit=_DETAILS)
    names = await managers.list_names(session)
    points = _points(details)
    return Story(contact_id, sorted(contact_ids), now, points, leads, reads, scope, names)


def _about(note: Read, subjects: Collection[UUID]) -> Read:
    """What the note says of these subjects: who else was read then is not told with them."""
    return replace(note, subject_ids=[each for each in note.subject_ids if each in subjects])


async def _scope(session: Session, contact_ids: Sequence[UUID], *, reader: UUID | None) -> Scope:
    if reader is None:
        if not await timelines.has_events(session, contact_ids):
            raise UnknownTimelineError("There is no such contact.")
        return Scope(contact_ids)
    own_ids = await timelines.leads_of(session, manager_id=reader, contact_ids=contact_ids)
    if not own_ids:
        raise UnknownTimelineError("There is no such contact.")
    lead_ids = await timelines.with_merged(session, own_ids)
    inquiry_ids = await timelines.inquiries_of(session, lead_ids)
    return Scope(contact_ids, lead_ids, inquiry_ids, sees_all=False)


async def pages(database: Database, opened: Story) -> AsyncIterator[Sequence[Item]]:
    """The items, the oldest first, a page at a time; MAX_ITEMS and one more at most."""
    after, room = None, MAX_ITEMS + 1
    while room > 0:
        async with reading(database) as session:
            items = await story.list_items(
                session, opened.scope, after=after, limit=min(room, ITEMS_AT_ONCE)
            )
        if items:
            yield items
        if len(items) < ITEMS_AT_ONCE:
            return
        after, room = (items[-1].at, items[-1].document_id), room - len(items)


def _points(details: Sequence[dict[str, Any]]) -> Points:
    names: dict[str, dict[str, None]] = {"name": {}, "company": {}, "phones": {}, "emails": {}}
    for contact in details:
        for member, values in names.items():
            value = contact.get(member)
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str) and text:
                    values[text] = None
        parts = [contact.get(name) for name in ("first_name", "middle_name", "last_name")]
        if not contact.get("name") and any(parts):
            names["name"][" ".join(str(part) for part in parts if part)] = None
    return Points(*(list(values) for values in names.values()))
