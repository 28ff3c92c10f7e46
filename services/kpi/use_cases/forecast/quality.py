"""How good forecasts of each thing were over time: by months, and in all."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final
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
from services.kpi.domain.months import later
from services.kpi.domain.periods import day_begin
from services.kpi.repository.forecast.past import facts_of_keys
from services.kpi.repository.forecast.quality import Cut, Span, list_cuts, steps_of
from services.kpi.repository.reports.figures import take_snapshot
from shared.database import Session

Facts = Mapping[date, StepFacts]
_NOTHING: Final = StepFacts()


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
    facts: dict[tuple[str, str], Facts] = {}
    for each in {(cut.key, cut.currency) for cut in cuts}:
        by_step = of_keys[each[0]].of(each[1])
        facts[each] = {days[step - 1]: item for step, item in by_step.items()}
    return {cut: facts[cut.key, cut.currency] for cut in cuts}


def _judged(cut: Cut, steps: Sequence[Foretold], facts: Facts) -> CutQuality:
    """The steps are in the order of their days; there is at least one."""
    value = partial(value_of, Measure(cut.measure))
    happened = [Happened(step, value(facts.get(step.day, _NOTHING))) for step in steps]
    months = list(_by_month(happened))
    misses = misses_of(of_month for _, of_month in months)
    outcomes = [
        (month, outcome_of(of_month, missed))
        for (month, of_month), missed in zip(months, misses, strict=True)
    ]
    return CutQuality(cut, outcome_of(happened, together(misses)), outcomes)


def _by_month(steps: Sequence[Happened]) -> Iterator[tuple[date, Sequence[Happened]]]:
    """Those that begin in each month, by its first day."""
    begin = 0
    while begin < len(steps):
        month = steps[begin].foretold.day.replace(day=1)
        end = bisect_left(steps, later(month, 1), begin, key=lambda step: step.foretold.day)
        yield month, steps[begin:end]
        begin = end
