"""The two sides of a funnel, cohort and activity, by one dimension: sums of counters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.periods import STEPS
from services.kpi.repository.reports.cohort import MEASURES, View
from services.kpi.repository.reports.counted import Sums, no_sums, sum_counters
from services.kpi.repository.reports.counted_steps import sum_steps
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

Key = tuple[Any, ...]  # a value per dimension; that of a day, week or month is its number from 1


@dataclass(frozen=True, slots=True)
class Counts:
    """How many inquiries came, and how many leads got how far."""

    received: int = 0
    assigned: int = 0
    accepted: int = 0
    contacted: int = 0
    won: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened in the period, whenever the inquiry came; `opened` counts new leads."""

    received: int = 0
    opened: int = 0
    assigned: int = 0
    accepted: int = 0
    contacted: int = 0
    won: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Both:
    cohort: Counts
    activity: Activity


_COHORT: Final = ("received", *(f"cohort_{name}" for name in MEASURES))
_BOTH: Final = (*_COHORT, *(field.name for field in fields(Activity)))


def is_counted(view: View, dimensions: Sequence[str]) -> bool:
    """Whether counters tell it: one dimension, over days that begin with quarters of an hour."""
    return len(dimensions) == 1 and view.period.is_even


async def count_cohort_and_activity(
    session: Session, view: View, dimension: str
) -> dict[Key, Both]:
    """Both sides by group, from the counters; the period's days begin with quarters of an hour."""
    if dimension in STEPS:
        bounds = view.period.steps(dimension).bounds
        steps = await sum_steps(session, bounds, view.known_on, _BOTH)
        return {(number,): _both(sums.counts) for number, sums in steps.items()}
    sums_by_value = await sum_counters(session, view.period, dimension, view.known_on, _BOTH)
    if dimension in {"manager", "pipeline"}:
        await add_unowned(session, view, sums_by_value)
    return {
        (key_of(dimension, value),): _both(sums.counts) for value, sums in sums_by_value.items()
    }


async def count_activity(session: Session, view: View) -> Activity:
    """What happened in the whole company, each lead counted once, whoever had it."""
    sums_by_value = await sum_counters(session, view.period, COMPANY, view.known_on, _BOTH)
    return _both(sums_by_value.get("", no_sums()).counts).activity


async def add_unowned(session: Session, view: View, sums_by_value: dict[str, Sums]) -> None:
    """Inquiries count for the owner, or the pipeline, of their lead; all others for none."""
    whole = await sum_counters(session, view.period, COMPANY, view.known_on, ("received",))
    received = sum(sums.counts["received"] for sums in whole.values())
    placed = sum(sums.counts["received"] for sums in sums_by_value.values())
    if received > placed:
        nobody = sums_by_value.setdefault("", no_sums())
        nobody.counts["received"] += received - placed


def key_of(dimension: str, value: str) -> Any:
    """The value of a dimension from that of the counters' axis; None for none."""
    if not value:
        return None
    return UUID(value) if dimension in {"source", "manager"} else value


def cohort_of(counts: Mapping[str, int]) -> Counts:
    """The cohort among the measures of counters."""
    return Counts(counts["received"], *(counts[f"cohort_{name}"] for name in MEASURES))


def _both(counts: Mapping[str, int]) -> Both:
    return Both(
        cohort_of(counts),
        Activity(*(counts[field.name] for field in fields(Activity))),
    )
