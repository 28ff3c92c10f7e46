"""How good forecasts of each thing were over time: by months, and in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from services.kpi.domain.forecast.outcome import Foretold, Happened, Outcome, outcome_of
from services.kpi.domain.forecast.past import Measure, StepFacts, value_of
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.periods import day_begin
from services.kpi.repository.figures import take_snapshot
from services.kpi.repository.forecast.past import facts_by_step
from services.kpi.repository.forecast.quality import Cut, Span, list_cuts, steps_of
from shared.database import Session


@dataclass(frozen=True, slots=True)
class CutQuality:
    """Of all steps of the span that are over, and of those of each month, by its first day."""

    cut: Cut
    whole: Outcome
    months: Sequence[tuple[date, Outcome]]


async def show_qualities(
    session: Session, span: Span, *, after: Cut | None, limit: int, **criteria: str | None
) -> list[CutQuality]:
    """One more than `limit`. Each step is judged as the latest forecast has it that was made before
    the step was over.
    """
    await take_snapshot(session)
    cuts = await list_cuts(session, span, after=after, limit=limit, **criteria)
    steps = await steps_of(session, span, cuts)
    return [await _judged(session, cut, steps[cut]) for cut in cuts]


async def _judged(session: Session, cut: Cut, steps: Sequence[Foretold]) -> CutQuality:
    """The steps are in the order of their days; there is at least one."""
    days = [steps[0].day]
    while days[-1] <= steps[-1].day:
        days.append(steps_from(days[-1], cut.step, 2)[1])
    zone = ZoneInfo(cut.time_zone)
    facts = await facts_by_step(session, [day_begin(day, zone) for day in days], cut.axis, cut.key)
    of_currency = facts.get(cut.currency, {}) or facts.get("", {})
    numbers = {day: number for number, day in enumerate(days, start=1)}
    happened = [
        Happened(
            step,
            value_of(Measure(cut.measure), of_currency.get(numbers[step.day], StepFacts())),
        )
        for step in steps
    ]
    months = groupby(happened, key=lambda one: one.foretold.day.replace(day=1))
    return CutQuality(
        cut, outcome_of(happened), [(month, outcome_of(list(each))) for month, each in months]
    )
