"""What routes of pay share: the company's days, and who may do what."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request

from services.kpi.domain.periods import require_zone
from services.kpi.schemas.fields import Month, first_day
from services.kpi.settings import Settings
from shared.web.access import Allow
from shared.web.tokens import Caller

MAY_PAY = Allow("supervisor")
MAY_READ_OWN_PAY = Allow("supervisor", "manager")
Payer = Annotated[Caller, Depends(MAY_PAY)]
Reader = Annotated[Caller, Depends(MAY_READ_OWN_PAY)]
Cursor = Annotated[str | None, Query(max_length=200)]


def _zone(request: Request) -> ZoneInfo:
    """The company's: months of pay are not anybody's own."""
    settings: Settings = request.app.state.settings
    return require_zone(settings.time_zone)


def _month(month: Annotated[Month, Query()]) -> date:
    return first_day(month)


ZoneOf = Annotated[ZoneInfo, Depends(_zone)]
MonthOf = Annotated[date, Depends(_month)]
