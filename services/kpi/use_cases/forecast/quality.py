"""How good forecasts of each thing were over time: by months, and in all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from services.kpi.domain.forecast.outcome import (
    Foretold,
    Happened,
    Outcome,
    misses_of,
    outcome_of,
    together,
)
from services.kpi.domain.forecast.past import Measure, StepFacts, value_of
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.periods import day_begin
from services.kpi.repository.forecast.past import facts_of_keys
from services.kpi.repository.forecast.quality import Cut, Span, list_cuts, steps_of
from services.kpi.repository.reports.figures import take_snapshot
from shared.database import Session

Facts = Mapping[date, StepFacts]


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
    facts: dict[Cut, Facts] = {}
    for alike in _alike(cuts):
        facts |= await _facts_of(session, alike, steps)
    return [_judged(cut, steps[cut], facts[cut]) for cut in cuts]


def _alike(cuts: Sequence[Cut]) -> Iterable[Sequence[Cut]]:
    """Those of one axis whose steps have the same bounds: what came of them is read together."""
    groups: dict[tuple[str, ...], list[Cut]] = defaultdict(list)
    for cut in cuts:
        groups[cut.axis, cut.step, cut.time_zone].append(cut)
    return groups.values()


async def _facts_of(
    session: Session, cuts: Sequence[Cut], steps: Mapping[Cut, Sequence[Foretold]]
) -> dict[Cut, Facts]:
    """By cut and first day of a step: what happened in it, of cuts that are alike."""
    step = cuts[0].step
    begins = {each.day for cut in cuts for each in steps[cut]}
    # What lies between steps, of which nothing was foretold, is one step, however long it is.
    days = sorted(begins | {steps_from(day, step, 2)[1] for day in begins})
    zone = ZoneInfo(cuts[0].time_zone)
    bounds = [day_begin(day, zone) for day in days]
    keys = sorted({cut.key for cut in cuts})
    of_keys = await facts_of_keys(session, bounds, cuts[0].axis, keys)
    facts: dict[Cut, Facts] = {}
    for cut in cuts:
        by_step = of_keys[cut.key].of(cut.currency)
        facts[cut] = {days[step - 1]: item for step, item in by_step.items()}
    return facts


def _judged(cut: Cut, steps: Sequence[Foretold], facts: Facts) -> CutQuality:
    """The steps are in the order of their days; there is at least one."""
    measure = Measure(cut.measure)
    happened = [
        Happened(step, value_of(measure, facts.get(step.day, StepFacts()))) for step in steps
    ]
    months = [
        (month, list(each))
        for month, each in groupby(happened, key=lambda one: one.foretold.day.replace(day=1))
    ]
    misses = [misses_of(each) for _, each in months]
    outcomes = [
        (month, outcome_of(each, of_month))
        for (month, each), of_month in zip(months, misses, strict=True)
    ]
    return CutQuality(cut, outcome_of(happened, together(misses)), outcomes)
