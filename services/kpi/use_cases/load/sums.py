"""What managers' load adds up to by steps: from days that are summed up, and from single changes of
what lies beside them, has changed since, or was not known yet on the day that is asked for.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.kpi.domain.load.days import DAY, NO_PARTS, Live, plan_of, sums_kept
from services.kpi.domain.load.figures import EVERYTHING, Parts, Person, sums_of, sums_together
from services.kpi.domain.load.levels import micros, moment_of
from services.kpi.domain.load.people import Span
from services.kpi.domain.load.steps import Step
from services.kpi.domain.load.sums import Sums
from services.kpi.repository.load.days import EVERYBODY, list_kept, read_parts
from services.kpi.repository.load.persons import TooManyChangesError, list_persons
from shared.database import Session
from shared.errors import InvalidError

# Managers times days that are not summed up, of the company and of a page.
MOST_DAYS: Final = 400_000
MOST_DAYS_OF_PAGE: Final = 20_000
MOST_CHANGES: Final = 1_000_000  # that are read for one answer
Summed = list[list[Sums]]  # by holder and step


def edges_of(steps: Sequence[Step]) -> Sequence[int]:
    """Where each step begins and the last one ends; none for no steps."""
    ends = [micros(step.ends_at) for step in steps]
    return [*(micros(step.begins_at) for step in steps[:1]), *ends]


async def find_sums(
    session: Session, manager_ids: Sequence[UUID], steps: Sequence[Step], known_on: date | None
) -> Summed:
    """Of each of the managers, who follow one another in the order of their ids. Raises
    InvalidError for too many changes.
    """
    if not steps or not manager_ids:
        return [[] for _ in manager_ids]
    edges = edges_of(steps)
    is_kept = EVERYBODY not in manager_ids
    runs = await list_kept(session, edges[0], edges[-1], manager_ids, known_on) if is_kept else ()
    plan = plan_of(edges, runs)
    most = MOST_DAYS_OF_PAGE // max(1, _days(plan.live))
    if len(manager_ids) > most:
        detail = f"is at most {most} with so long a period"
        raise InvalidError("That is too much for one answer.", errors=[("/limit", detail)])
    parts = await read_parts(session, plan, min(manager_ids), max(manager_ids))
    # Sums over many numbers take long enough for others to notice.
    sums = await asyncio.to_thread(
        lambda: [sums_kept(plan, len(steps), parts.get(each, NO_PARTS)) for each in manager_ids]
    )
    for live in plan.live:
        persons = await find_persons(session, manager_ids, live, known_on)
        await asyncio.to_thread(_add_each, sums, persons, live)
    return sums


async def find_company_sums(
    session: Session, manager_ids: Sequence[UUID], steps: Sequence[Step], known_on: date | None
) -> list[Sums]:
    """Of all these managers, who are all there are, as one. Raises InvalidError for too many
    changes.
    """
    if not steps:
        return []
    edges = edges_of(steps)
    plan = plan_of(edges, await list_kept(session, edges[0], edges[-1], manager_ids, known_on))
    _require_few(len(manager_ids), _days(plan.live))
    parts = await read_parts(session, plan, EVERYBODY, EVERYBODY)
    sums = await asyncio.to_thread(sums_kept, plan, len(steps), parts.get(EVERYBODY, NO_PARTS))
    for live in plan.live:
        persons = await find_persons(session, manager_ids, live, known_on)
        more = await asyncio.to_thread(sums_together, list(persons.values()), live.edges)
        _add(sums, more, live)
    return sums


async def find_persons(
    session: Session,
    manager_ids: Sequence[UUID],
    live: Live,
    known_on: date | None,
    parts: Parts = EVERYTHING,
) -> dict[UUID, Person]:
    """The course of each manager over some time, as far as it is asked for.
    Raises InvalidError for too many changes, or managers times days.
    """
    _require_few(len(manager_ids), _days([live]))
    begin, end = live.edges[0], live.edges[-1]
    # Shifts are worked out for whole days, so that they are the same from call to call.
    span = Span(moment_of(begin // DAY * DAY), moment_of(-(-end // DAY) * DAY))
    most = MOST_CHANGES // max(1, len(manager_ids))
    try:
        return await list_persons(
            session,
            manager_ids,
            span,
            known_on=known_on,
            most=most,
            parts=parts,
            past=moment_of(end),
        )
    except TooManyChangesError:
        detail = f"a manager has more than {most} changes of load: ask for fewer managers"
        raise too_long(detail) from None


def too_long(detail: str) -> InvalidError:
    return InvalidError("The period is too long.", errors=[("/to", detail)])


def _days(spans: Sequence[Live]) -> int:
    """How many days are not summed up."""
    return sum(-(-(live.edges[-1] - live.edges[0]) // DAY) for live in spans)


def _require_few(managers: int, days: int) -> None:
    if managers * days > MOST_DAYS:
        raise too_long(f"lies at most {MOST_DAYS // managers} days after `from`")


def _add_each(sums: Summed, persons: Mapping[UUID, Person], live: Live) -> None:
    for own, person in zip(sums, persons.values(), strict=True):
        _add(own, sums_of(person, live.edges), live)


def _add(sums: list[Sums], more: Sequence[Sums], live: Live) -> None:
    for step, each in enumerate(more, live.step):
        sums[step] = sums[step].plus(each)
