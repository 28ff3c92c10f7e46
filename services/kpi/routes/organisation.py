"""A manager's day: what it needs of money, sales and work."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.kpi.routes.motivation.access import Reader, ZoneOf
from services.kpi.routes.plans import HomeCountry
from services.kpi.schemas.fields import RecordedDay
from services.kpi.schemas.organisation import DayOut
from services.kpi.use_cases.organisation.day import Wish, show_day
from shared.database import transaction
from shared.errors import NotFoundError
from shared.text import Text
from shared.web.dependencies import DatabaseOf, Now
from shared.web.tokens import Caller

router = APIRouter(tags=["planning"])
Stage = Annotated[Text, Query(min_length=1, max_length=64)]


@router.get("/v1/managers/{manager_id}/day")
async def show_manager_day(
    *,
    caller: Reader,
    database: DatabaseOf,
    now: Now,
    zone: ZoneOf,
    home: HomeCountry,
    manager_id: UUID,
    day: Annotated[RecordedDay | None, Query()] = None,
    offer_stage: Stage = "offer",
) -> DayOut:
    """What is missing of the month, by the approved plan or else the target, in money, sales and
    work; and what of it falls to a day, today by default, by the manager's calendar
    and how weekdays sell. A manager sees the own days. `offer_stage` is the stage of a lead that
    has its offer.
    """
    _require_own(caller, manager_id)
    wish = Wish(manager_id, day or now.astimezone(zone).date(), zone, offer_stage, now, home)
    async with transaction(database) as session:
        view = await show_day(session, wish)
    return DayOut.of(wish, view)


def _require_own(caller: Caller, manager_id: UUID) -> None:
    """Whose others are is not told, nor whether there are any."""
    if caller.manager_id not in {None, manager_id}:
        raise NotFoundError("There is no such manager.")
