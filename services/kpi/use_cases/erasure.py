"""Erasures in kpi: of a person it holds ids, times, counts and words of lists, and two things more:
why a lead was lost, which somebody may have written, and digests of the numbers of orders. They are
taken away, and what is told from them is told anew.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.kpi.repository import facts
from services.kpi.repository.money import sales
from services.kpi.repository.money.untold import add_untold
from services.kpi.use_cases.project import tell_anew
from shared.database import Session
from shared.messaging.consumer.erasures import Counts, Forgetting, no_streams


async def blank(session: Session, contact_ids: Sequence[UUID]) -> Counts:
    """Blank what is stored of these contacts; the rows changed, by table."""
    lead_ids = await facts.blank_reasons(session, contact_ids)
    if lead_ids:
        await tell_anew(session, lead_ids)
    buyer_ids = await sales.blank_orders(session, contact_ids)
    if buyer_ids:
        await add_untold(session, dict.fromkeys(buyer_ids, date.min))
    return {"lead_event": len(lead_ids), "sale_event": len(buyer_ids)}


FORGETTING = Forgetting(blank, no_streams)
