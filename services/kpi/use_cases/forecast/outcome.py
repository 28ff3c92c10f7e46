"""Holds a forecast against what came of it up to now."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.forecast.outcome import Foretold, Happened, Outcome, outcome_of
from services.kpi.domain.forecast.past import Measure, StepFacts, value_of
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.periods import day_begin
from services.kpi.repository.forecast.forecasts import get_forecast
from services.kpi.repository.forecast.past import facts_by_step
from services.kpi.repository.reports.figures import take_snapshot
from shared.database import Session


async def show_outcome(session: Session, forecast_id: UUID, *, now: datetime) -> Outcome:
    """By the steps that are over, as is known now. Raises NotFoundError."""
    await take_snapshot(session)
    whole = await get_forecast(session, forecast_id)
    head, zone = whole.head, ZoneInfo(whole.head.time_zone)
    days = steps_from(whole.steps[0].day, head.step, len(whole.steps) + 1)
    bounds = [day_begin(day, zone) for day in days]
    count = sum(bound <= now for bound in bounds[1:])
    if not count:
        return outcome_of([])
    facts = await facts_by_step(session, bounds[: count + 1], head.axis, head.key or "")
    of_currency = facts.get(head.currency or "", {}) or facts.get("", {})
    return outcome_of(
        [
            Happened(
                Foretold(step.day, step.p10, step.p50, step.p90),
                value_of(Measure(head.measure), of_currency.get(number, StepFacts())),
            )
            for number, step in enumerate(whole.steps[:count], start=1)
        ]
    )
