"""Routing forgets a person: what was written about their leads is blanked, also in its journal.

Invariant: no owner, state, time or amount changes, and what was decided can be computed again.
"""

from collections.abc import Sequence
from uuid import UUID

from services.routing.repository import erasure
from shared.contracts.envelope import Stream
from shared.contracts.leads import LeadEvent
from shared.database import Session
from shared.messaging.consumer.erasures import Counts, Forgetting
from shared.messaging.erased import erased_among
from shared.messaging.outbox.publish import blank_emitted


async def blank(session: Session, contact_ids: Sequence[UUID]) -> Counts:
    """Blank what is stored about the leads of these contacts; the rows changed, by table."""
    return await erasure.blank(session, contact_ids)


async def streams(session: Session, contact_ids: Sequence[UUID], after: str) -> Sequence[Stream]:
    """The streams of the leads of these contacts, a page behind the key `after`."""
    lead_ids = await erasure.list_leads(session, contact_ids, after=UUID(after) if after else None)
    return [(LeadEvent.TOPIC, str(lead_id)) for lead_id in lead_ids]


async def forget_words(session: Session, contact_id: UUID) -> bool:
    """Leave out what this transaction has written in words about the lead of a person who was
    erased; whether they were.
    """
    if not await erased_among(session, [contact_id]):
        return False
    await blank(session, [contact_id])
    blank_emitted(session)
    return True


FORGETTING = Forgetting(blank, streams)
