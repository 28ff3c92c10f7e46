"""What the numbers of reports count, in pages, or as one table."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.kpi.domain.periods import PeriodError, known_until
from services.kpi.repository.drill.pages import DrillDown
from services.kpi.repository.reports.cohort import NOTHING, FunnelFilter, View
from services.kpi.routes.conversions import StageInstead
from services.kpi.routes.exports import TABLES
from services.kpi.routes.periods import ViewOf, about, refused
from services.kpi.routes.reports import MAY_READ_FIGURES, MAY_READ_OWN_FIGURES, CountedTime
from services.kpi.routes.slices import SliceOf
from services.kpi.schemas.conversions import Target
from services.kpi.schemas.drill_down import (
    ActivityMeasure,
    CurveMeasure,
    DrillDownPage,
    Measure,
    StageMeasure,
    Step,
    StepMeasure,
)
from services.kpi.use_cases.reports import drill_down
from services.kpi.use_cases.reports.drill_down import CurvePoint
from services.kpi.use_cases.reports.drill_pages import Window
from shared.database import Session
from shared.errors import ForbiddenError, InvalidError
from shared.text import Text
from shared.web.dependencies import DatabaseOf, Now
from shared.web.ranges import Day
from shared.web.tokens import Caller

router = APIRouter(tags=["kpi"])
NONE = "none"


def _criteria(
    *,
    caller: Annotated[Caller, MAY_READ_OWN_FIGURES],
    source: UUID | None = None,
    channel: Text | None = None,
    campaign: Text | None = None,
    region: Text | None = None,
    product: Text | None = None,
    pipeline: Text | None = None,
    loss_reason: Text | None = None,
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
        "loss_reason": loss_reason,
    }
    criteria: dict[str, Any] = {
        name: value or NOTHING for name, value in texts.items() if value is not None
    }
    if source is not None:
        criteria["source"] = source
    if manager is not None:
        criteria["manager"] = NOTHING if manager == NONE else _manager_id(manager)
    return _of_caller(criteria, caller.manager_id)


def _of_caller(criteria: FunnelFilter, manager_id: UUID | None) -> FunnelFilter:
    """What a manager may ask for. Raises ForbiddenError for what others have."""
    if manager_id is None:
        return criteria
    if criteria.get("manager", manager_id) != manager_id:
        raise ForbiddenError("A manager sees what the own numbers count.")
    return {**criteria, "manager": manager_id}


CriteriaOf = Annotated[FunnelFilter, Depends(_criteria)]


def _named(criteria: FunnelFilter) -> dict[str, object]:
    return {name: NONE if value is NOTHING else value for name, value in criteria.items()}


def _manager_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidError(
            "No such manager.", errors=[("/manager", f"is an id, or {NONE}")]
        ) from None


def _day(whole: ViewOf, day: Day | None = None) -> View:
    try:
        return whole if day is None else View(whole.period.only(day), whole.known_on)
    except PeriodError as error:
        raise refused(error) from error


DayOf = Annotated[View, Depends(_day)]


@router.get("/v1/funnel/leads", response_model=DrillDownPage, responses=TABLES)
async def funnel_leads(
    database: DatabaseOf, view: DayOf, measure: Measure, criteria: CriteriaOf, part: SliceOf
) -> DrillDownPage | Response:
    """The leads received in the period that a number counts; for `received`, the inquiries. An
    empty campaign, region, product, pipeline or loss reason means those that have none. Managers
    see what numbers of their own count.
    """
    note = about("funnel-leads", view, measure=measure, **_named(criteria))
    return await part.answer(
        database,
        note,
        lambda session, window: drill_down.list_received(session, view, measure, criteria, window),
    )


@router.get("/v1/funnel/activity/leads", response_model=DrillDownPage, responses=TABLES)
async def activity_leads(
    database: DatabaseOf, view: DayOf, measure: ActivityMeasure, criteria: CriteriaOf, part: SliceOf
) -> DrillDownPage | Response:
    """The leads with which something happened in the period, whenever they came; of a manager, what
    happened while the manager owned them.
    """
    note = about("activity-leads", view, measure=measure, **_named(criteria))
    return await part.answer(
        database,
        note,
        lambda session, window: drill_down.list_active(session, view, measure, criteria, window),
    )


@router.get(
    "/v1/conversions/stages/leads",
    dependencies=[MAY_READ_FIGURES],
    response_model=DrillDownPage,
    responses=TABLES,
)
async def stage_leads(
    *,
    database: DatabaseOf,
    view: DayOf,
    measure: StageMeasure,
    pipeline: Text,
    stage: Text,
    part: SliceOf,
) -> DrillDownPage | Response:
    """The leads that a number of a stage counts."""
    place = (pipeline, stage)
    note = about("stage-leads", view, measure=measure, pipeline=pipeline, stage=stage)
    return await part.answer(
        database,
        note,
        lambda session, window: drill_down.list_visitors(session, view, measure, place, window),
    )


@router.get(
    "/v1/conversions/curve/leads",
    dependencies=[MAY_READ_FIGURES],
    response_model=DrillDownPage,
    responses=TABLES,
)
async def curve_leads(
    *,
    database: DatabaseOf,
    view: ViewOf,
    now: Now,
    measure: CurveMeasure = "leads",
    target: Target = "won",
    stage: StageInstead = None,
    time: Annotated[float | None, Query(ge=0, le=1e9, description="of a point, in minutes")] = None,
    part: SliceOf,
) -> DrillDownPage | Response:
    """The leads that a number of the curve counts; `at_risk` and `events` are those of the point
    with that `time`. Open leads have been watched up to now.
    """
    if measure != "leads" and time is None:
        raise InvalidError("Which point?", errors=[("/time", "is that of a point")])
    name = target if stage is None else stage
    point = CurvePoint(name, stage is not None, known_until(view.known_on, now), measure, time)
    note = about("curve-leads", view, measure=measure, target=target, stage=stage, minutes=time)
    return await part.answer(
        database,
        note,
        lambda session, window: drill_down.list_watched(session, view, point, window),
    )


@router.get(
    "/v1/response-times/steps/leads",
    dependencies=[MAY_READ_FIGURES],
    response_model=DrillDownPage,
    responses=TABLES,
)
async def step_leads(
    *,
    database: DatabaseOf,
    view: ViewOf,
    step: Step,
    measure: StepMeasure = "count",
    time: CountedTime = "clock",
    part: SliceOf,
) -> DrillDownPage | Response:
    """The leads received in the period that made a step, or made it within so many minutes."""
    in_working_time = time == "working"
    note = about("step-leads", view, step=step, measure=measure, time=time)

    async def find(session: Session, window: Window) -> DrillDown:
        return await drill_down.list_step(
            session, view, step, measure, window, in_working_time=in_working_time
        )

    return await part.answer(database, note, find)
