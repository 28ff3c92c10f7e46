"""Conversions over days of a time zone."""

from collections.abc import Hashable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.kpi.domain.comparison import twins
from services.kpi.domain.periods import STEPS, known_until
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.figures import find_labels
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import (
    BeforeOf,
    ViewOf,
    about,
    read_figures,
    read_report,
    require_even,
)
from services.kpi.routes.reports import MAY_READ_FIGURES
from services.kpi.schemas.comparison import Twin
from services.kpi.schemas.conversions import (
    ConversionAxis,
    ConversionOut,
    ConversionsOut,
    CurveFiguresOut,
    CurveOut,
    LossReasonOut,
    LossReasonsOut,
    StageFiguresOut,
    StagesOut,
    Target,
)
from services.kpi.use_cases.reports import conversions as use_cases
from shared.database import Session
from shared.text import Text
from shared.web.dependencies import DatabaseOf, Now

router = APIRouter(tags=["kpi"], dependencies=[MAY_READ_FIGURES])
StageInstead = Annotated[Text | None, Query(description="a stage instead of the target")]


@router.get(
    "/v1/conversions",
    response_model=ConversionsOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def conversions(
    database: DatabaseOf,
    form: FormOf,
    view: ViewOf,
    before: BeforeOf,
    group_by: ConversionAxis = "source",
) -> ConversionsOut | Response:
    """How many of the leads received in the period became what."""

    async def read(session: Session, span: View) -> ConversionsOut:
        rows = await use_cases.show_conversions(session, require_even(span), group_by)
        labels = await find_labels(session, group_by, [str(row.value or "") for row in rows])
        return ConversionsOut(
            rows=[ConversionOut.of(row, labels.get(str(row.value))) for row in rows]
        )

    report = await read_report(database, read, view, before, _twin(view, before, group_by))
    return await form.answer(report, about("conversions", view, group_by=group_by), report.rows)


def _twin(view: View, before: View | None, axis: str) -> Twin | None:
    if before is None or axis not in STEPS:
        return None
    days = twins(view.period, before.period, axis)

    def twin(value: Any) -> Hashable | None:
        day = days.get(date.fromisoformat(value))
        return None if day is None else str(day)

    return twin


@router.get(
    "/v1/conversions/stages",
    response_model=StagesOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def stages(
    database: DatabaseOf, form: FormOf, view: ViewOf, before: BeforeOf
) -> StagesOut | Response:
    """How many leads came to each stage, and how long they stayed; coming again counts once."""

    async def read(session: Session, span: View) -> StagesOut:
        rows = await use_cases.show_stages(session, require_even(span))
        return StagesOut(rows=[StageFiguresOut.model_validate(row) for row in rows])

    report = await read_report(database, read, view, before)
    return await form.answer(report, about("stages", view), report.rows)


@router.get(
    "/v1/conversions/loss-reasons",
    response_model=LossReasonsOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def loss_reasons(
    database: DatabaseOf, form: FormOf, view: ViewOf, before: BeforeOf
) -> LossReasonsOut | Response:
    """Why leads were lost, the most frequent reason first."""

    async def read(session: Session, span: View) -> LossReasonsOut:
        rows = await use_cases.show_loss_reasons(session, require_even(span))
        return LossReasonsOut(rows=[LossReasonOut.model_validate(row) for row in rows])

    report = await read_report(database, read, view, before)
    return await form.answer(report, about("loss-reasons", view), report.rows)


@router.get(
    "/v1/conversions/curve",
    response_model=CurveOut,
    response_model_exclude_unset=True,
    responses=TABLES,
)
async def curve(
    *,
    database: DatabaseOf,
    form: FormOf,
    view: ViewOf,
    before: BeforeOf,
    now: Now,
    target: Target = "won",
    stage: StageInstead = None,
) -> CurveOut | Response:
    """How the share of leads that have not come to a target falls with the time since receipt, by
    Kaplan and Meier: open leads are neither left out nor taken as lost.
    """

    async def read(session: Session, span: View) -> CurveOut:
        name = target if stage is None else stage
        until = known_until(view.known_on, now)
        return CurveOut.model_validate(
            await use_cases.show_curve(session, span, name, is_stage=stage is not None, until=until)
        )

    report = await read_figures(database, read, view, before)
    note = about("curve", view, target=target, stage=stage)
    names = {*CurveFiguresOut.model_fields, "previous", "changes"}
    totals = CurveOut.model_construct(**{name: getattr(report, name) for name in names})
    return await form.answer(report, note, report.points, totals)
