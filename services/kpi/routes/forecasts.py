"""Forecasts: made from the past as it is known now, and kept."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.kpi.domain.forecast.past import Measure, first_day
from services.kpi.domain.periods import EARLIEST, PeriodError, period, require_zone
from services.kpi.repository.forecast import forecasts as rows
from services.kpi.repository.forecast.quality import Cut, Span
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.periods import refused, require_even
from services.kpi.schemas.fields import Day
from services.kpi.schemas.forecast_quality import CutQualityOut, ForecastQualityOut
from services.kpi.schemas.forecasts import (
    HORIZONS,
    ForecastHeadOut,
    ForecastIn,
    ForecastOut,
)
from services.kpi.schemas.planning import PastAxis, Step
from services.kpi.settings import Settings
from services.kpi.use_cases.forecast.forecasts import make_forecast
from services.kpi.use_cases.forecast.open_leads import foretell_open_leads
from services.kpi.use_cases.forecast.outcome import show_outcome
from services.kpi.use_cases.forecast.past import PastWish, read_past
from services.kpi.use_cases.forecast.quality import show_qualities
from services.kpi.use_cases.money.completeness import require_told
from services.kpi.use_cases.opinions.beside import opinions_beside
from services.kpi.use_cases.opinions.blend import with_opinions
from services.kpi.use_cases.territories.ceilings import require_below_potential
from services.kpi.use_cases.territories.limits import read_limits_of_forecast
from shared.database import reading, transaction
from shared.text import Text
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, cursor_text, decode_cursor, page, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["planning"])
MAY_FORECAST = Allow("supervisor")
Planner = Annotated[Caller, Depends(MAY_FORECAST)]
LONGEST_QUALITY_DAYS: Final = 1830
_QUALITY_DAYS: Final = 365  # that are looked back upon if not said
_STEPS_BACK: Final = {"day": 2000, "week": 400, "month": 120}


@router.post("/v1/forecasts", status_code=201)
async def create_forecast(
    request: Request, caller: Planner, body: ForecastIn, database: DatabaseOf, now: Now
) -> ForecastOut:
    """Forecast an indicator by every method that fits, each with its errors in the past, and by
    their combination, with opinions of the same days that were judged before; its band is kept: the
    pessimistic value is what a plan may count on. One
    above the sales potential of the same thing is refused: that is to be corrected first.
    """
    settings: Settings = request.app.state.settings
    wish = _wish(body, settings.time_zone, now)
    async with transaction(database) as session:
        await require_told(session)
    async with transaction(database) as session:
        view = await read_past(session, wish, now=now)
        leads = await foretell_open_leads(session, wish, view, body.steps, now=now)
    # Up to a second of arithmetic: others are served meanwhile.
    whole = await asyncio.to_thread(
        make_forecast, wish, view, body.steps, leads, actor=caller.actor, now=now
    )
    async with transaction(database) as session:
        beside = await opinions_beside(session, whole, now=now)
        whole = with_opinions(whole, beside)
        limits = await require_below_potential(session, whole, now)
        await rows.add_forecast(session, whole)
    return ForecastOut.of_whole(whole, beside, limits)


def _wish(body: ForecastIn, usual_zone: str, now: datetime) -> PastWish:
    """Raises InvalidError that names the field."""
    most = HORIZONS[body.step]
    if body.steps > most:
        raise refused(PeriodError("steps", f"at most {most} of a {body.step}"))
    try:
        zone = require_zone(usual_zone if body.tz is None else body.tz)
        end = body.end or now.astimezone(zone).date()
        first = body.first or _first(end, body.step)
        span = period(first, end, zone)
    except PeriodError as error:
        raise refused(error) from error
    require_even(View(span, None))
    return PastWish(
        measure=body.measure,
        step=body.step,
        span=span,
        currency=body.currency,
        axis=body.axis,
        key=body.key,
    )


def _first(end: date, step: str) -> date:
    return max(first_day(end, step, _STEPS_BACK[step]), EARLIEST)


@router.get("/v1/forecasts", dependencies=[Depends(MAY_FORECAST)])
async def list_forecasts(
    database: DatabaseOf,
    measure: Measure | None = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[ForecastHeadOut]:
    """What was forecast, the newest first; none is ever changed, so that each can be judged."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        heads = await rows.list_forecasts(session, measure=measure, before=before, limit=limit)
    items = [ForecastHeadOut.of(head) for head in heads]
    return page(items, limit=limit, key=lambda item: item.forecast_id)


@router.get("/v1/forecasts/quality", dependencies=[Depends(MAY_FORECAST)])
async def list_qualities(
    *,
    request: Request,
    database: DatabaseOf,
    now: Now,
    first: Annotated[Day | None, Query(alias="from")] = None,
    end: Annotated[Day | None, Query(alias="to")] = None,
    measure: Measure | None = None,
    axis: PastAxis | None = None,
    key: Annotated[Text | None, Query(max_length=200)] = None,
    step: Step | None = None,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[CutQualityOut]:
    """How good the forecasts of each thing were, in all and by months: error, bias, score and the
    share of facts within the band, of steps that begin from `from` to before `to` (the last 365
    days if not given) and are over. Things in the order of measure, axis and key.
    """
    settings: Settings = request.app.state.settings
    until = end or now.astimezone(require_zone(settings.time_zone)).date()
    since = first or max(until - timedelta(days=_QUALITY_DAYS), EARLIEST)
    _require_span(since, until)
    after = (
        None if cursor is None else Cut(*decode_cursor(cursor, *[cursor_text] * len(Cut._fields)))
    )
    criteria = {"measure": measure, "axis": axis, "key": key, "step": step}
    async with transaction(database) as session:
        items = await show_qualities(
            session, Span(since, until, now), after=after, limit=limit, **criteria
        )
    window = page(items, limit=limit, key=lambda item: tuple(item.cut))
    return Page(
        items=[CutQualityOut.of(item) for item in window.items], next_cursor=window.next_cursor
    )


def _require_span(first: date, end: date) -> None:
    """Raises InvalidError."""
    if first >= end:
        raise refused(PeriodError("to", "lies after `from`, and is itself not included"))
    if (end - first).days > LONGEST_QUALITY_DAYS:
        raise refused(PeriodError("to", f"at most {LONGEST_QUALITY_DAYS} days after `from`"))


@router.get("/v1/forecasts/{forecast_id}", dependencies=[Depends(MAY_FORECAST)])
async def show_forecast(database: DatabaseOf, now: Now, forecast_id: UUID) -> ForecastOut:
    """Each method's path and errors, the combination's steps, and what people and market tests say
    of the same days, with how good such were, and what both make together.
    """
    async with transaction(database) as session:
        await take_snapshot(session)
        whole = await rows.get_forecast(session, forecast_id)
        beside = await opinions_beside(session, whole, now=now)
        return ForecastOut.of_whole(
            whole, beside, await read_limits_of_forecast(session, whole.head, now)
        )


@router.get("/v1/forecasts/{forecast_id}/quality", dependencies=[Depends(MAY_FORECAST)])
async def show_quality(database: DatabaseOf, now: Now, forecast_id: UUID) -> ForecastQualityOut:
    """How good the forecast was, by those of its steps that are over, as is known now."""
    async with transaction(database) as session:
        outcome = await show_outcome(session, forecast_id, now=now)
    return ForecastQualityOut.of(outcome)
