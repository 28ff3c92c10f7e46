"""Conversions: how many leads became what, by an axis, by stage, by reason, and how fast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.kpi.domain.periods import STEPS
from services.kpi.domain.survival import Point, quantile, survival, thinned
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.counted import Sums, sum_counters
from services.kpi.repository.reports.counted_steps import sum_steps
from services.kpi.repository.reports.durations import list_durations, measure_stages
from services.kpi.repository.reports.extent import take_view
from shared.database import Session

MOST_POINTS = 200  # of a curve
_CONVERTED = (
    "leads", "cohort_assigned", "cohort_accepted", "cohort_contacted", "cohort_won", "cohort_lost",
    "cohort_aside", "cohort_amount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """Leads received in the period by how far they got; `value` is a date, an id or a text. Those
    `set_aside` are of people who were forgotten, and nobody has closed them.
    """

    value: date | str | None
    leads: int
    assigned: int
    accepted: int
    contacted: int
    won: int
    lost: int
    set_aside: int
    amounts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StageFigures:
    """`entered` counts leads received in the period that ever came to the stage, `entered_then`
    those that came to it in the period. Seconds are those of the `left` that are there no more.
    """

    pipeline: str
    stage: str
    entered: int
    entered_then: int
    left: int
    p50_seconds: float | None
    p90_seconds: float | None


@dataclass(frozen=True, slots=True)
class LossReason:
    """`lost` of the leads received in the period, `lost_then` of those that were lost in it."""

    reason: str | None
    lost: int
    lost_then: int


@dataclass(frozen=True, slots=True)
class Curve:
    """`leads` were watched; times are minutes from receipt, null where it has not come so far."""

    leads: int
    p50_minutes: float | None
    p90_minutes: float | None
    points: Sequence[Point]


async def show_conversions(session: Session, view: View, axis: str) -> list[Conversion]:
    """By a value of the axis, or by day, week or month of the period."""
    view = await take_view(session, view)
    if axis in STEPS:
        steps = view.period.steps(axis)
        sums_by_step = await sum_steps(session, steps.bounds, view.known_on, _CONVERTED)
        rows = [_conversion(steps.days[step - 1], sums) for step, sums in sums_by_step.items()]
    else:
        sums_by_value = await sum_counters(session, view.period, axis, view.known_on, _CONVERTED)
        rows = [_conversion(value or None, sums) for value, sums in sums_by_value.items()]
    return sorted(
        (row for row in rows if row.leads), key=lambda row: (row.value is None, str(row.value))
    )


def _conversion(value: date | str | None, sums: Sums) -> Conversion:
    counts = sums.counts
    return Conversion(
        value=value,
        leads=counts["leads"],
        assigned=counts["cohort_assigned"],
        accepted=counts["cohort_accepted"],
        contacted=counts["cohort_contacted"],
        won=counts["cohort_won"],
        lost=counts["cohort_lost"],
        set_aside=counts["cohort_aside"],
        amounts=sums.amounts.get("cohort_amount", {}),
    )


async def show_stages(session: Session, view: View) -> list[StageFigures]:
    """Every stage that a lead of the period, or in the period, came to."""
    view = await take_view(session, view)
    entries = ("cohort_entered", "entered")
    sums_by_value = await sum_counters(session, view.period, "stage", view.known_on, entries)
    stays = await measure_stages(session, view)
    rows = []
    for value, sums in sorted(sums_by_value.items()):
        pipeline, _, stage = value.partition("/")
        left_count, p50, p90 = stays.get((pipeline, stage), (0, None, None))
        entered, entered_then = sums.counts["cohort_entered"], sums.counts["entered"]
        if entered or entered_then:
            rows.append(StageFigures(pipeline, stage, entered, entered_then, left_count, p50, p90))
    return rows


async def show_loss_reasons(session: Session, view: View) -> list[LossReason]:
    """Every reason, most frequent first."""
    view = await take_view(session, view)
    losses = ("cohort_lost", "lost")
    sums_by_value = await sum_counters(session, view.period, "loss_reason", view.known_on, losses)
    rows = [
        LossReason(value or None, sums.counts["cohort_lost"], sums.counts["lost"])
        for value, sums in sums_by_value.items()
    ]
    return sorted(
        (row for row in rows if row.lost or row.lost_then),
        key=lambda row: (-row.lost, -row.lost_then, row.reason or ""),
    )


async def show_curve(
    session: Session, view: View, target: str, *, is_stage: bool, until: datetime
) -> Curve:
    """How the share of leads that have not come to the target falls with time."""
    view = await take_view(session, view)
    durations = await list_durations(session, view, target, is_stage=is_stage, until=until)
    points = survival(durations)
    return Curve(
        leads=sum(item.events + item.censored for item in durations),
        p50_minutes=quantile(points, 0.5),
        p90_minutes=quantile(points, 0.9),
        points=thinned(points, MOST_POINTS),
    )
