"""Planning: what the past shows."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.kpi.domain.forecast.past import Measure
from services.kpi.repository.reports.cohort import View
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.periods import PeriodOf, about, require_even
from services.kpi.schemas.fields import AskedCurrency
from services.kpi.schemas.planning import PastAxis, SeasonalityOut, Step
from services.kpi.use_cases.forecast import past as use_cases
from services.kpi.use_cases.forecast.past import PastWish
from services.kpi.use_cases.working_days import holidays_of
from shared.database import transaction
from shared.text import Text
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now

router = APIRouter(tags=["planning"])
MAY_PLAN = Depends(Allow("supervisor"))
CurrencyOf = Annotated[AskedCurrency | None, Query(description="of money")]
KeyOf = Annotated[Text | None, Query(max_length=200, description="one value of the axis")]
Country = Annotated[
    str | None,
    Query(pattern="^[A-Z]{2}$", description="whose public holidays are marked (ISO 3166)"),
]


@router.get(
    "/v1/seasonality", dependencies=[MAY_PLAN], response_model=SeasonalityOut, responses=TABLES
)
async def seasonality(
    *,
    database: DatabaseOf,
    form: FormOf,
    now: Now,
    span: PeriodOf,
    measure: Measure = Measure.REVENUE,
    step: Step = "month",
    axis: PastAxis = "company",
    key: KeyOf = None,
    currency: CurrencyOf = None,
    country: Country = None,
) -> SeasonalityOut | Response:
    """An indicator by whole days, weeks or months, and what of a season they show: an index for
    each weekday, week or month, with the number of periods behind it and how they spread.
    """
    view = require_even(View(span, None))
    wish = PastWish(measure=measure, step=step, span=span, currency=currency, axis=axis, key=key)
    async with transaction(database) as session:
        past = await use_cases.read_past(session, wish, now=now)
    # A week or a month is no holiday.
    names = holidays_of(country, past.past.days if step == "day" else [])
    # Two thousand days are a tenth of a second of arithmetic: others are served meanwhile.
    season = await asyncio.to_thread(use_cases.show_seasonality, past.past, names)
    report = SeasonalityOut.of(past, axis, season, names)
    note = about("seasonality", view, measure=measure, step=step, axis=axis, key=past.key)
    return await form.answer(report, note, report.points)
