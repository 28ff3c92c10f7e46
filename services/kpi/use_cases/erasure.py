"""Erasures in kpi: of a person it holds ids, times, counts and words of lists, and one thing more:
why a lead was lost, which somebody may have written. It is taken away, and what is told from it is
told anew. By digests of the numbers of orders a win and its order stay one sale.
"""

from collections.abc import Sequence
from uuid import UUID

from services.kpi.repository import facts
from services.kpi.use_cases.project import tell_anew
from shared.database import Session
from shared.messaging.consumer.erasures import Counts, Forgetting, no_streams


async def blank(session: Session, contact_ids: Sequence[UUID]) -> Counts:
    """Blank what is stored of these contacts; the rows changed, by table."""
    lead_ids = await facts.blank_reasons(session, contact_ids)
    if lead_ids:
        await tell_anew(session, lead_ids)
    return {"lead_event": len(lead_ids)}


FORGETTING = Forgetting(blank, no_streams)
