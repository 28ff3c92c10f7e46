"""How many leads managers held over time, against how many they could, and who was there."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from services.kpi.domain.load.figures import (
    NOTHING_HELD,
    LoadFigures,
    Person,
    figures_of,
    together,
)
from services.kpi.domain.load.levels import Level, micros
from services.kpi.domain.load.people import NO_STATUSES, Span, capacity_of, presence_of, shifts_of
from services.kpi.domain.load.steps import Step, steps_of
from services.kpi.domain.periods import known_until
from services.kpi.repository import figures
from services.kpi.repository.cohort import View
from services.kpi.repository.load import people
from services.kpi.repository.load.changes import list_held
from shared.database import Session
from shared.errors import InvalidError

LONGEST_DAYS: Final = 1100  # three years
MOST_STEPS: Final = 1000  # of one report: a month of hours
MOST_CELLS: Final = 20_000  # managers times steps, or days if these are more, of one answer
MOST_DAYS: Final = 400_000  # managers times days, of the company
MOST_CHANGES: Final = 1_000_000  # that are read for one answer
MOST_MANAGERS: Final = 2000  # of the company
_NOBODY: Final = Person(NOTHING_HELD, Level(0, (), ()), (), ())


@dataclass(frozen=True, slots=True)
class ManagersLoad:
    """A manager's figures, one for each step of the report."""

    manager_id: UUID
    name: str | None
    figures: Sequence[LoadFigures]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Of some managers, in the order of their ids; there may be more after the last."""

    steps: Sequence[Step]
    managers: Sequence[ManagersLoad]


async def show_load(
    session: Session,
    view: View,
    step: str,
    *,
    only: UUID | None,
    after: UUID | None,
    limit: int,
    now: datetime,
) -> LoadReport:
    """The load of at most `limit` managers after an id, or of that one alone, up to now. Raises
    InvalidError for too many steps.
    """
    await figures.take_snapshot(session)
    steps = _steps(view, step, now)
    if only is None:
        manager_ids = await people.list_manager_ids(session, after=after, limit=limit)
    else:
        manager_ids = [only]
    length = max(len(steps), _days(view))
    if len(manager_ids) * length > MOST_CELLS:
        raise InvalidError(
            "That is too much for one answer.",
            errors=[("/limit", f"is at most {MOST_CELLS // length} with so long a period")],
        )
    names = await figures.list_manager_names(session)
    persons = await _persons(session, view, manager_ids, steps)
    edges = _edges(steps)
    # Sums over many changes take long enough for others to notice.
    each = await asyncio.to_thread(
        lambda: [figures_of(persons[manager_id], edges) for manager_id in manager_ids]
    )
    return LoadReport(
        steps,
        [
            ManagersLoad(manager_id, names.get(manager_id), own)
            for manager_id, own in zip(manager_ids, each, strict=True)
        ],
    )


async def show_company_load(
    session: Session, view: View, step: str, *, now: datetime
) -> tuple[Sequence[Step], Sequence[LoadFigures]]:
    """The load of all managers as one. Raises InvalidError for too many steps or managers."""
    await figures.take_snapshot(session)
    steps = _steps(view, step, now)
    manager_ids = await people.list_manager_ids(session, after=None, limit=MOST_MANAGERS + 1)
    if len(manager_ids) > MOST_MANAGERS:
        raise InvalidError(f"The company has more than {MOST_MANAGERS} managers.")
    if len(manager_ids) * _days(view) > MOST_DAYS:
        most = MOST_DAYS // len(manager_ids)
        raise _too_long(f"lies at most {most} days after `from`")
    persons = await _persons(session, view, manager_ids, steps)
    return steps, await asyncio.to_thread(together, list(persons.values()), _edges(steps))


def _days(view: View) -> int:
    return (view.period.end - view.period.first).days


def _too_long(detail: str) -> InvalidError:
    return InvalidError("The period is too long.", errors=[("/to", detail)])


def _steps(view: View, name: str, now: datetime) -> Sequence[Step]:
    if _days(view) > LONGEST_DAYS:
        raise _too_long(f"lies at most {LONGEST_DAYS} days after `from`")
    until = known_until(view.known_on, now)
    steps = list(islice(steps_of(view.period, name, until=until), MOST_STEPS + 1))
    if len(steps) > MOST_STEPS:
        raise InvalidError(
            "The period is too long.", errors=[("/step", f"gives more than {MOST_STEPS} steps")]
        )
    return steps


def _edges(steps: Sequence[Step]) -> Sequence[int]:
    """Where each step begins and the last one ends; none for no steps."""
    ends = [micros(step.ends_at) for step in steps]
    return [*(micros(step.begins_at) for step in steps[:1]), *ends]


async def _persons(
    session: Session, view: View, manager_ids: Sequence[UUID], steps: Sequence[Step]
) -> dict[UUID, Person]:
    if not steps:
        return dict.fromkeys(manager_ids, _NOBODY)
    # Shifts are worked out for the whole period, so that they are the same from call to call.
    span, past = Span(view.period.begins_at, view.period.ends_at), steps[-1].ends_at
    most = MOST_CHANGES // max(1, len(manager_ids))
    held = await list_held(
        session, manager_ids, begins_at=span.start, ends_at=past, known_on=view.known_on, most=most
    )
    if any(len(each.moments) > most for each in held.values()):
        raise _too_long(f"a manager has more than {most} changes of load: ask for fewer managers")
    terms = await people.list_terms(session, manager_ids, span, view.known_on)
    statuses = await people.list_statuses(session, manager_ids, span, view.known_on)
    return {
        manager_id: Person(
            held.get(manager_id, NOTHING_HELD),
            capacity_of(terms.get(manager_id, ())),
            presence_of(statuses.get(manager_id, NO_STATUSES), span),
            shifts_of(terms.get(manager_id, ()), span),
        )
        for manager_id in manager_ids
    }
