"""How many leads managers held over time, against how many they could, and who was there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from services.kpi.domain.load.steps import Beside, Step, steps_beside, steps_of
from services.kpi.domain.load.sums import LoadFigures, figures_of
from services.kpi.domain.periods import known_until
from services.kpi.repository.load import people
from services.kpi.repository.reports import figures
from services.kpi.repository.reports.cohort import View
from services.kpi.use_cases.load.sums import edges_of, find_company_sums, find_sums, too_long
from shared.database import Session
from shared.errors import InvalidError

LONGEST_DAYS: Final = 1100  # three years
MOST_STEPS: Final = 1000  # of one report: a month of hours
# Managers times steps of one page, steps of the period before among them; or times days, where
# single changes are read.
MOST_CELLS: Final = 2500
MOST_MANAGERS: Final = 2000  # of the company


@dataclass(frozen=True, slots=True)
class ManagersLoad:
    """A manager's figures, one for each step of the report; `earlier` those of the steps of the
    period before, where that was asked for.
    """

    manager_id: UUID
    name: str | None
    figures: Sequence[LoadFigures]
    earlier: Sequence[LoadFigures] = ()


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Of some managers, in the order of their ids; `has_more`: there are others after the last."""

    steps: Sequence[Step]
    managers: Sequence[ManagersLoad]
    beside: Beside | None = None
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class CompanyLoad:
    """Of all managers as one."""

    steps: Sequence[Step]
    figures: Sequence[LoadFigures]
    earlier: Sequence[LoadFigures] = ()
    beside: Beside | None = None


@dataclass(frozen=True, slots=True)
class LoadQuery:
    """What is asked for: a view by steps, beside the period `before` if that is set."""

    view: View
    step: str
    before: View | None = None


async def show_load(
    session: Session,
    query: LoadQuery,
    *,
    only: UUID | None,
    after: UUID | None,
    limit: int,
    now: datetime,
) -> LoadReport:
    """The load of at most `limit` managers after an id, and of fewer where there are many steps, or
    of that one alone, up to now. Raises InvalidError for too many steps.
    """
    await figures.take_snapshot(session)
    steps = list_steps(query.view, query.step, now)
    every = [only] if only is not None else []
    if only is None:
        limit = min(limit, _most_managers(query, steps))
        every = await people.list_manager_ids(session, after=after, limit=limit + 1)
    manager_ids = every[:limit]
    names = await figures.list_manager_names(session)
    own = await _figures(session, query.view, manager_ids, steps)
    beside = _beside(query, steps)
    earlier: Sequence[Sequence[LoadFigures]] = [()] * len(manager_ids)
    if beside is not None and query.before is not None:
        earlier = await _figures(session, query.before, manager_ids, beside.steps)
    rows = zip(manager_ids, own, earlier, strict=True)
    managers = [
        ManagersLoad(manager_id, names.get(manager_id), ours, before)
        for manager_id, ours, before in rows
    ]
    return LoadReport(steps, managers, beside, has_more=len(every) > limit)


def _most_managers(query: LoadQuery, steps: Sequence[Step]) -> int:
    """Of one page."""
    lines = max(len(steps), 0 if query.view.known_on is None else _days(query.view))
    return max(1, MOST_CELLS // max(1, lines * (1 if query.before is None else 2)))


async def _figures(
    session: Session, view: View, manager_ids: Sequence[UUID], steps: Sequence[Step]
) -> list[list[LoadFigures]]:
    sums = await find_sums(session, manager_ids, steps, view.known_on)
    edges = edges_of(steps)
    return [figures_of(each, edges) for each in sums]


def _beside(query: LoadQuery, steps: Sequence[Step]) -> Beside | None:
    if query.before is None:
        return None
    return steps_beside(query.view.period, query.before.period, query.step, steps)


async def show_company_load(session: Session, query: LoadQuery, *, now: datetime) -> CompanyLoad:
    """The load of all managers as one. Raises InvalidError for too many steps or managers."""
    await figures.take_snapshot(session)
    steps = list_steps(query.view, query.step, now)
    manager_ids = await list_company(session)
    own = await _together(session, query.view, manager_ids, steps)
    beside = _beside(query, steps)
    if beside is None or query.before is None:
        return CompanyLoad(steps, own)
    earlier = await _together(session, query.before, manager_ids, beside.steps)
    return CompanyLoad(steps, own, earlier, beside)


async def _together(
    session: Session, view: View, manager_ids: Sequence[UUID], steps: Sequence[Step]
) -> list[LoadFigures]:
    sums = await find_company_sums(session, manager_ids, steps, view.known_on)
    return figures_of(sums, edges_of(steps))


async def list_company(session: Session) -> list[UUID]:
    """All managers. Raises InvalidError for too many of them."""
    manager_ids = await people.list_manager_ids(session, after=None, limit=MOST_MANAGERS + 1)
    if len(manager_ids) > MOST_MANAGERS:
        raise InvalidError(f"The company has more than {MOST_MANAGERS} managers.")
    return manager_ids


def _days(view: View) -> int:
    return (view.period.end - view.period.first).days


def list_steps(view: View, name: str, now: datetime) -> Sequence[Step]:
    """The steps that have begun. Raises InvalidError for too many days or steps."""
    if _days(view) > LONGEST_DAYS:
        raise too_long(f"lies at most {LONGEST_DAYS} days after `from`")
    until = known_until(view.known_on, now)
    steps = list(islice(steps_of(view.period, name, until=until), MOST_STEPS + 1))
    if len(steps) > MOST_STEPS:
        raise InvalidError(
            "The period is too long.", errors=[("/step", f"gives more than {MOST_STEPS} steps")]
        )
    return steps
