"""A goal beside a forecast: what is done, what is foretold of the rest, and the gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.kpi.domain.forecast.outcome import Foretold
from services.kpi.domain.forecast.past import SUMMED
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.goals.goals import Goal


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the whole goal's time comes to, and by how much the likeliest value lies below the goal
    (above it where negative). The outer values are sums of those of the steps: rather too wide.
    """

    p10: Decimal
    p50: Decimal
    p90: Decimal
    gap: Decimal


def rest_of(goal: Goal, steps: Sequence[Foretold], step: str) -> Sequence[Foretold] | None:
    """The steps that make up the goal's time from the forecast's first day, or the goal's, on; None
    where they do not reach its end, cut it, or do not add up.
    """
    if goal.measure not in SUMMED or not steps:
        return None
    within = [item for item in steps if goal.first <= item.day < goal.end]
    if not within or steps_from(within[-1].day, step, 2)[1] != goal.end:
        return None
    if steps[0].day < goal.first and within[0].day != goal.first:
        return None
    return within


def outlook_of(goal: Goal, done: Decimal, rest: Sequence[Foretold]) -> Outlook:
    """`done` is what was there before the first of the steps."""
    likeliest = done + sum(item.p50 for item in rest)
    return Outlook(
        p10=done + sum(item.p10 for item in rest),
        p50=likeliest,
        p90=done + sum(item.p90 for item in rest),
        gap=goal.value - likeliest,
    )
