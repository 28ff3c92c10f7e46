"""All that a number of managers' load is of."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.kpi.domain.load.days import DAY, QUARTER, Live
from services.kpi.domain.load.figures import Parts, Person, all_held
from services.kpi.domain.load.levels import Level, moment_of
from services.kpi.domain.load.steps import Step
from services.kpi.domain.load.sums import Sums
from services.kpi.use_cases.load.sums import edges_of, find_company_sums, find_persons, find_sums
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Whole:
    """All that a number is of: one manager, or the company."""

    session: Session
    known_on: date | None
    manager_ids: Sequence[UUID]
    is_company: bool

    async def sums(self, steps: Sequence[Step]) -> Sequence[Sums]:
        if self.is_company:
            return await find_company_sums(self.session, self.manager_ids, steps, self.known_on)
        (sums,) = await find_sums(self.session, self.manager_ids, steps, self.known_on)
        return sums

    async def peak_at(self, step: Step) -> datetime:
        """When the most leads of a step are first held: in which day, then in which quarter."""
        for length in (DAY, QUARTER):
            steps = _cut(step, length)
            sums = await self.sums(steps)
            highest = max(each.peak for each in sums)
            step = next(one for one, each in zip(steps, sums, strict=True) if each.peak == highest)
        edges = edges_of([step])
        persons = await self.persons(Live(0, edges), Parts(held=True))
        level = await asyncio.to_thread(_all_leads, list(persons.values()))
        return moment_of(level.peak_at(*edges))

    async def persons(self, live: Live, parts: Parts) -> dict[UUID, Person]:
        return await find_persons(self.session, self.manager_ids, live, self.known_on, parts)


def _cut(step: Step, length: int) -> list[Step]:
    """By so many microseconds, of which whole ones have passed since 1970 at each edge."""
    begin, end = edges_of([step])
    inner = range((begin // length + 1) * length, end, length)
    moments = [moment_of(at) for at in (begin, *inner, end)]
    return list(map(Step, moments, moments[1:]))


def _all_leads(persons: Sequence[Person]) -> Level:
    held = all_held([person.held for person in persons])
    changes = (begun - ended for begun, ended in zip(held.begun, held.ended, strict=True))
    return Level(held.leads, held.moments, changes)
