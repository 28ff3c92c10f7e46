"""How long one step of leads takes, as a distribution, by the clock or in working time."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kpi.domain.periods import STEPS as TIME_STEPS
from services.kpi.domain.waiting import BIN_ENDS, SHARES, STEPS, Waits
from services.kpi.repository.organisation.calendars import list_people
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.extent import take_view
from services.kpi.repository.reports.figures import find_labels
from services.kpi.repository.reports.kept_waits import KeptWaits, find_waits
from services.kpi.repository.reports.summed import is_rolled_up
from services.kpi.repository.reports.waits import Walks, list_walks, measure_waits
from services.kpi.use_cases.reports.response_steps import People, clock_of, require_few_leads
from shared.database import Session


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
    a lead's first owner by the present calendar. Raises InvalidError for too many leads. Of many
    leads quantiles by the clock are at most 1 % off, see domain/rollups/classes.py.
    """
    view = await take_view(session, view)
    if in_working_time:
        waits, together = await _worked(session, view, step, dimension, until)
    elif await is_rolled_up(session, view):
        waits, together = await _counted(session, view, step, dimension, until)
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


async def _counted(
    session: Session, view: View, step: str, dimension: str | None, until: datetime
) -> tuple[dict[Any, Waits], Waits]:
    waits, together = await asyncio.to_thread(
        _of_days, await find_waits(session, view, step, dimension, until=until)
    )
    if dimension in {"source", "manager"}:
        waits = {None if key is None else UUID(key): each for key, each in waits.items()}
    return waits, together


def _of_days(facts: KeptWaits) -> tuple[dict[Any, Waits], Waits]:
    from services.kpi.domain.rollups import wait_counts  # noqa: PLC0415 (it loads numpy)

    return wait_counts.count_waits(*facts)


async def _worked(
    session: Session, view: View, step: str, dimension: str | None, until: datetime
) -> tuple[dict[Any, Waits], Waits]:
    await require_few_leads(session, view)
    walks = await list_walks(session, view, STEPS[step], dimension, until=until)
    return await asyncio.to_thread(_by_key, walks, await list_people(session))


def _by_key(walks: Sequence[Walks], people: People) -> tuple[dict[Any, Waits], Waits]:
    from services.kpi.domain import worked  # noqa: PLC0415 (it loads numpy)

    numbers: dict[Any, int] = {}
    parts = [worked.Part(clock_of(people, each.owner_id), each.begins, each.ends) for each in walks]
    of_parts = [numbers.setdefault(each.key, len(numbers)) for each in walks]
    *by_number, every = worked.measure_groups(parts, of_parts, len(numbers))
    due, in_time = Counter[Any](), Counter[Any]()
    for each in walks:
        due[each.key] += each.due
        in_time[each.key] += each.kept

    def waits(seconds: Any, due: int, in_time: int) -> Waits:
        return Waits(*worked.times_of(seconds, SHARES, BIN_ENDS), due, in_time)

    by_key = {
        key: waits(seconds, due[key], in_time[key])
        for key, seconds in zip(numbers, by_number, strict=True)
    }
    return by_key, waits(every, due.total(), in_time.total())
