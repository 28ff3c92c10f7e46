"""Conversions over days of a time zone."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.kpi.domain.periods import PeriodError
from services.kpi.repository.cohort import View
from services.kpi.routes.reports import MAY_READ_FIGURES, ViewOf, refused
from services.kpi.schemas.conversions import (
    ConversionAxis,
    ConversionOut,
    ConversionsOut,
    CurveOut,
    LossReasonOut,
    LossReasonsOut,
    StageFiguresOut,
    StagesOut,
    Target,
)
from services.kpi.use_cases import conversions as use_cases
from shared.database import transaction
from shared.text import Text
from shared.web.dependencies import DatabaseOf, Now

router = APIRouter(tags=["kpi"], dependencies=[MAY_READ_FIGURES])


@router.get("/v1/conversions")
async def conversions(
    database: DatabaseOf, view: ViewOf, group_by: ConversionAxis = "source"
) -> ConversionsOut:
    """How many of the leads received in the period became what."""
    _require_even(view)
    async with transaction(database) as session:
        rows = await use_cases.show_conversions(session, view, group_by)
    return ConversionsOut(rows=[ConversionOut.of(row) for row in rows])


@router.get("/v1/conversions/stages")
async def stages(database: DatabaseOf, view: ViewOf) -> StagesOut:
    """How many leads came to each stage, and how long they stayed; coming again counts once."""
    _require_even(view)
    async with transaction(database) as session:
        rows = await use_cases.show_stages(session, view)
    return StagesOut(rows=[StageFiguresOut.model_validate(row) for row in rows])


@router.get("/v1/conversions/loss-reasons")
async def loss_reasons(database: DatabaseOf, view: ViewOf) -> LossReasonsOut:
    """Why leads were lost, the most frequent reason first."""
    _require_even(view)
    async with transaction(database) as session:
        rows = await use_cases.show_loss_reasons(session, view)
    return LossReasonsOut(rows=[LossReasonOut.model_validate(row) for row in rows])


@router.get("/v1/conversions/curve")
async def curve(
    database: DatabaseOf,
    view: ViewOf,
    now: Now,
    target: Target = "won",
    stage: Annotated[Text | None, Query(description="a stage instead of the target")] = None,
) -> CurveOut:
    """How the share of leads that have not come to a target falls with the time since receipt, by
    Kaplan and Meier: open leads are neither left out nor taken as lost.
    """
    async with transaction(database) as session:
        found_curve = await use_cases.show_curve(
            session, view, stage or target, is_stage=stage is not None, until=_until(view, now)
        )
    return CurveOut.model_validate(found_curve)


def _until(view: View, now: datetime) -> datetime:
    """Up to when open leads have been watched."""
    if view.known_on is None:
        return now
    end = datetime.combine(view.known_on, datetime.min.time(), now.tzinfo) + timedelta(days=1)
    return min(now, end)


def _require_even(view: View) -> None:
    if not view.period.is_even:
        raise refused(PeriodError("tz", "has days that begin between quarters of an hour"))
