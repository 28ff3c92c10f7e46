"""What the leads that are open now will bring, step by step, by the hazard of their stage."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.forecast.pipeline import Exposure, OpenLead, expected_path, hazards_of
from services.kpi.domain.periods import day_begin
from services.kpi.repository.forecast.open_leads import read_check, read_stages
from services.kpi.use_cases.forecast.past import PastView, PastWish
from shared.database import Session

NAME: Final = "open_leads"
LOOK_BACK_DAYS: Final = 180
_DAYS: Final = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
_SECONDS: Final = 86_400


async def foretell_open_leads(
    session: Session, wish: PastWish, view: PastView, horizon: int, *, now: datetime
) -> Sequence[float] | None:
    """The money or the sales of each step; None for what open leads do not tell, or where the past
    ends before today: what was open then is not what is open now.
    """
    if wish.measure not in {Measure.REVENUE, Measure.QUANTITY}:
        return None
    if day_begin(wish.span.end, wish.span.zone) <= now - timedelta(days=1):
        return None
    begins_at = now - timedelta(days=LOOK_BACK_DAYS)
    worth: Decimal | None = Decimal(1)
    if wish.measure == Measure.REVENUE:
        worth = await read_check(
            session, begins_at, now, wish.axis, view.key, currency=view.currency or ""
        )
    if worth is None:
        return None
    stages = await read_stages(session, begins_at, now, wish.axis, view.key)
    seconds = _DAYS[wish.step] * _SECONDS
    hazards = hazards_of(
        {item.stage: Exposure(item.seconds / seconds, item.won, item.lost) for item in stages}
    )
    leads = [OpenLead(item.stage, item.open * float(worth)) for item in stages if item.open]
    return expected_path(leads, hazards, horizon) if hazards else None
