"""What the numbers of the funnel count, in pages."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.kpi.domain.periods import PeriodError
from services.kpi.repository.cohort import NOTHING, FunnelFilter, View
from services.kpi.repository.figures import DrillDownItem
from services.kpi.routes.reports import MAY_READ_FIGURES, ViewOf, refused
from services.kpi.schemas.reports import ActivityMeasure, DrillDownItemOut, DrillDownPage, Measure
from services.kpi.use_cases import reports
from shared.database import transaction
from shared.errors import InvalidError
from shared.text import Text
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import encode_cursor, uuid_cursor

router = APIRouter(tags=["kpi"], dependencies=[MAY_READ_FIGURES])
NO_MANAGER = "none"
Cursor = Annotated[str | None, Query(max_length=200)]


def _criteria(
    *,
    source: UUID | None = None,
    channel: Text | None = None,
    campaign: Text | None = None,
    region: Text | None = None,
    product: Text | None = None,
    pipeline: Text | None = None,
    manager: Annotated[
        str | None, Query(max_length=36, description="a manager's id, or `none`")
    ] = None,
) -> FunnelFilter:
    texts = {
        "channel": channel,
        "campaign": campaign,
        "region": region,
        "product": product,
        "pipeline": pipeline,
    }
    criteria: dict[str, Any] = {
        name: value or NOTHING for name, value in texts.items() if value is not None
    }
    if source is not None:
        criteria["source"] = source
    if manager is not None:
        criteria["manager"] = NOTHING if manager == NO_MANAGER else _manager_id(manager)
    return criteria


CriteriaOf = Annotated[FunnelFilter, Depends(_criteria)]


def _manager_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidError(
            "No such manager.", errors=[("/manager", f"is an id, or {NO_MANAGER}")]
        ) from None


def _day(whole: ViewOf, day: date | None = None) -> View:
    try:
        return whole if day is None else View(whole.period.only(day), whole.known_on)
    except PeriodError as error:
        raise refused(error) from error


DayOf = Annotated[View, Depends(_day)]


@router.get("/v1/funnel/leads")
async def funnel_leads(
    *,
    database: DatabaseOf,
    view: DayOf,
    measure: Measure,
    criteria: CriteriaOf,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> DrillDownPage:
    """The leads that a number of the funnel counts; for `received`, the inquiries. An empty
    campaign, region, product or pipeline means those that have none.
    """
    after = uuid_cursor(cursor)
    async with transaction(database) as session:
        rows = await reports.drill_down(
            session, view, measure, criteria, after=after, limit=limit + 1
        )
    return _page(rows, limit, by_inquiry=measure == "received")


@router.get("/v1/funnel/activity/leads")
async def activity_leads(
    *,
    database: DatabaseOf,
    view: DayOf,
    measure: ActivityMeasure,
    criteria: CriteriaOf,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> DrillDownPage:
    """The leads with which something happened in the period, whenever they came; of a manager, what
    happened while the manager owned them.
    """
    after = uuid_cursor(cursor)
    async with transaction(database) as session:
        rows = await reports.drill_down_to_activity(
            session, view, measure, criteria, after=after, limit=limit + 1
        )
    return _page(rows, limit, by_inquiry=False)


def _page(rows: list[DrillDownItem], limit: int, *, by_inquiry: bool) -> DrillDownPage:
    items = [DrillDownItemOut.model_validate(row) for row in rows[:limit]]
    next_cursor = None
    if len(rows) > limit:
        last = items[-1]
        next_cursor = encode_cursor(last.inquiry_id if by_inquiry else last.lead_id)
    return DrillDownPage(items=items, next_cursor=next_cursor)
