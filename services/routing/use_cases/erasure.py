"""Routing forgets a person: what was written about their leads is blanked, also in its journal.

Invariant: no owner, state, time or amount changes, and what was decided can be computed again.
"""

from collections.abc import Sequence
from uuid import UUID

from services.routing.repository.erasure import blank, list_leads
from shared.contracts.envelope import Stream
from shared.contracts.leads import LeadEvent
from shared.database import Session
from shared.messaging.consumer.erasures import Forgetting


async def streams(session: Session, contact_ids: Sequence[UUID], after: str) -> Sequence[Stream]:
    """The streams of the leads of these contacts, a page behind the key `after`."""
    lead_ids = await list_leads(session, contact_ids, after=UUID(after) if after else None)
    return [(LeadEvent.TOPIC, str(lead_id)) for lead_id in lead_ids]


FORGETTING = Forgetting(blank, streams)
