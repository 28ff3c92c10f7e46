"""How long one step of leads takes, as a distribution, by the clock or in working time."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.periods import STEPS as TIME_STEPS
from services.kpi.domain.waiting import counts_up_to
from services.kpi.repository.cohort import View
from services.kpi.repository.durations import ManagersTime, Way, find_calendars
from services.kpi.repository.extent import take_view
from services.kpi.repository.figures import find_labels
from services.kpi.repository.waits import SHARES, STEPS, Waits, Walk, list_walks, measure_waits
from services.kpi.use_cases.response_steps import by_calendars, percentile, require_few_leads
from shared.database import Session

_LATER_MOMENTS: Final = 3  # of a way that only a step of it is known of


@dataclass(frozen=True, slots=True)
class WaitsRow:
    """`value` of the dimension: an id, a text, a number or a date; None for none."""

    value: Any
    label: str | None
    waits: Waits


async def show_waits(
    session: Session,
    view: View,
    step: str,
    dimension: str | None,
    *,
    in_working_time: bool,
    until: datetime,
) -> tuple[list[WaitsRow], Waits]:
    """By value of the dimension and over all leads received in the period; working time is that of
    a lead's first owner by the present calendar. Raises InvalidError for too many leads.
    """
    view = await take_view(session, view)
    if in_working_time:
        waits, together = await _worked(session, view, step, dimension, until)
    else:
        waits, together = await measure_waits(session, view, STEPS[step], dimension, until=until)
    if dimension is None:
        return [], together
    values = dict(zip(waits, _values(view, dimension, [*waits]), strict=True))
    keys = [str(value) for value in values.values() if value is not None]
    labels = await find_labels(session, dimension, keys)
    rows = [
        WaitsRow(values[key], labels.get(str(values[key])), item) for key, item in waits.items()
    ]
    return sorted(rows, key=_order), together


def _values(view: View, dimension: str, keys: Sequence[Any]) -> Sequence[Any]:
    if dimension not in TIME_STEPS:
        return keys
    days = view.period.steps(dimension).days
    return [days[key - 1] for key in keys]


def _order(row: WaitsRow) -> tuple[bool, Any]:
    return row.value is None, row.value


async def _worked(
    session: Session, view: View, step: str, dimension: str | None, until: datetime
) -> tuple[dict[Any, Waits], Waits]:
    await require_few_leads(session, view)
    walks = await list_walks(session, view, STEPS[step], dimension, until=until)
    calendars = await find_calendars(session)
    return await asyncio.to_thread(_by_key, walks, calendars)


def _by_key(
    walks: Sequence[Walk], calendars: Mapping[UUID, ManagersTime]
) -> tuple[dict[Any, Waits], Waits]:
    seconds: dict[Any, list[float]] = defaultdict(list)
    by_value: dict[Any, list[Walk]] = defaultdict(list)
    for walk in walks:
        by_value[walk.key].append(walk)
    keyed = [
        (walk.key, Way(walk.manager_id, walk.begin, walk.end, *[None] * _LATER_MOMENTS))
        for walk in walks
        if walk.begin is not None and walk.end is not None
    ]
    measure = by_calendars([way for _, way in keyed], calendars)
    for key, way in keyed:
        assert way.assigned_at is not None
        seconds[key].append(measure(way, way.received_at, way.assigned_at))
    by_key = {key: _waits(seconds[key], of_key) for key, of_key in by_value.items()}
    every = [each for of_key in seconds.values() for each in of_key]
    return by_key, _waits(every, walks)


def _waits(seconds: Sequence[float], walks: Sequence[Walk]) -> Waits:
    times = sorted(seconds)
    return Waits(
        len(times),
        [percentile(times, share) for share in SHARES],
        counts_up_to(times),
        sum(walk.is_due for walk in walks),
        sum(walk.is_kept for walk in walks),
    )
