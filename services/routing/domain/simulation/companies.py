"""An invented company's days, drawn from a seed: equal seeds give equal days.

What happens to a lead is drawn with the lead, so every algorithm meets the same customers, the same
slow answers and the same amount of work.
"""

import math
import random
from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import accumulate
from uuid import UUID

from services.routing.domain.lead import MILLI
from services.routing.domain.policies import Policy
from services.routing.domain.simulation.profiles import Crew, Profile, Work
from services.routing.domain.simulation.scenario import (
    DAY,
    HOUR,
    MINUTE,
    Agent,
    Arrival,
    Presence,
    Reaction,
    Scenario,
    Span,
    Task,
    Team,
)

START = datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=3)))  # a Monday
POOL = "default"
SPREAD = 0.6  # of the logarithm of lognormal draws
OWNERS = 8  # for so many owners of one lead an answer is drawn
LATE = 6 * MINUTE  # the most that somebody comes late
CREW_ON_HOLIDAYS = 3  # every third of a crew


@dataclass(frozen=True, slots=True)
class _Person:
    agent: Agent
    presences: tuple[Presence, ...]


def invent(
    profile: Profile, *, seed: int, days: int | None = None, policy: Policy | None = None
) -> Scenario:
    """The company's days from a Monday on; `policy` instead of its own."""
    draw = random.Random(f"{profile.name} {seed}")  # noqa: S311  the seed makes it repeatable
    days = profile.days if days is None else days
    people = list(_people(profile, draw, days))
    arrivals = sorted(_arrivals(profile, draw, days), key=lambda arrival: arrival.at)
    agents = tuple(person.agent for person in people)
    team = Team(POOL, policy or profile.policy, tuple(range(len(agents))))
    presences = sorted(item for person in people for item in person.presences)
    return Scenario(
        name=f"{profile.name} {seed}",
        start=START,
        end=days * DAY,
        agents=agents,
        teams={POOL: team},
        arrivals=tuple(arrivals),
        presences=tuple(presences),
    )


def _id(draw: random.Random) -> UUID:
    return UUID(int=draw.getrandbits(128), version=4)


# -- who works when --------------------------------------------------------------------------


def _people(profile: Profile, draw: random.Random, days: int) -> Iterator[_Person]:
    place = 0
    for crew in profile.crews:
        for number in range(crew.number):
            shifts = tuple(
                span
                for day in range(days)
                if _works(profile, crew, number, day)
                for span in _spans(crew, day)
            )
            agent = Agent(
                manager_id=_id(draw),
                name=f"{place + 1:02d}",
                capacity_milli=round(crew.capacity * MILLI),
                weight_milli=round(crew.weight * MILLI),
                languages=crew.languages,
                shifts=shifts,
            )
            yield _Person(agent, tuple(_presences(profile, draw, place, shifts)))
            place += 1


def _works(profile: Profile, crew: Crew, number: int, day: int) -> bool:
    if day < crew.joins_on or (crew.leave and crew.leave[0] <= day < crew.leave[1]):
        return False
    if day in profile.holidays and number % CREW_ON_HOLIDAYS:
        return False
    if crew.rota is None:
        return day % 7 in crew.days
    on, off = crew.rota
    return (day + number) % (on + off) < on


def _spans(crew: Crew, day: int) -> list[Span]:
    return [
        (day * DAY + round(begin * HOUR), day * DAY + round(end * HOUR))
        for begin, end in crew.spans
    ]


def _presences(
    profile: Profile, draw: random.Random, place: int, shifts: tuple[Span, ...]
) -> Iterator[Presence]:
    """Comes late, leaves in time; or the calendar says a shift and nobody comes all day."""
    absent_on: int | None = None
    day = -1
    for begin, end in shifts:
        if begin // DAY != day:
            day = begin // DAY
            absent_on = day if draw.random() < profile.no_show_share else None
        comes = begin + round(draw.random() * LATE)
        yield Presence(comes, place, "shift", "offline" if absent_on == day else "online")
        yield Presence(end, place, "off", "offline")


# -- what comes in ---------------------------------------------------------------------------


def _arrivals(profile: Profile, draw: random.Random, days: int) -> Iterator[Arrival]:
    contacts: list[UUID] = []
    for at in sorted(_moments(profile, draw, days)):
        if contacts and draw.random() < profile.repeat_share:
            contact_id = contacts[draw.randrange(len(contacts))]
        else:
            contact_id = _id(draw)
            contacts.append(contact_id)
        yield Arrival(
            lead_id=_id(draw),
            at=at,
            pool=POOL,
            contact_id=contact_id,
            channel=_pick(draw, profile.channels),
            priority_class="high" if draw.random() < profile.high_share else "normal",
            language=_pick(draw, profile.languages),
            reactions=tuple(_reactions(draw, profile.work)),
            tasks=tuple(_tasks(draw, profile.work)),
            wins=draw.random() < profile.work.won_share,
        )


def _moments(profile: Profile, draw: random.Random, days: int) -> Iterator[int]:
    for day in range(days):
        is_calm = day % 7 not in range(5) or day in profile.holidays
        for hour, rate in profile.per_hour.items():
            rate_of_day = rate * (profile.calm if is_calm else 1.0)
            yield from _poisson(draw, day * DAY + hour * HOUR, rate_of_day)
        for burst in profile.bursts:
            if burst.weekday == day % 7:
                begin = day * DAY + round(burst.hour * HOUR)
                for _ in range(burst.leads):
                    yield begin + round(draw.random() * burst.minutes * MINUTE)


def _poisson(draw: random.Random, begin: int, per_hour: float) -> Iterator[int]:
    at = draw.expovariate(per_hour)
    while at < 1:
        yield begin + round(at * HOUR)
        at += draw.expovariate(per_hour)


def _pick(draw: random.Random, shares: Mapping[str, float]) -> str:
    bounds = list(accumulate(shares.values()))
    return list(shares)[bisect(bounds, draw.random() * bounds[-1], hi=len(bounds) - 1)]


def _minutes(draw: random.Random, median: float) -> int:
    return round(draw.lognormvariate(math.log(median), SPREAD) * MINUTE)


def _reactions(draw: random.Random, work: Work) -> Iterator[Reaction]:
    """One for each of the first owners; all further ones accept in the usual time."""
    for _ in range(OWNERS):
        chance = draw.random()
        if chance < work.slow_share:
            yield Reaction(_minutes(draw, work.slow_answer))
        else:
            declines = chance < work.slow_share + work.decline_share
            yield Reaction(_minutes(draw, work.answer), declines)
    yield Reaction(round(work.answer * MINUTE))


def _tasks(draw: random.Random, work: Work) -> Iterator[Task]:
    yield Task(0, _minutes(draw, work.first_task))
    for _ in range(draw.randint(0, work.further_tasks)):
        yield Task(_minutes(draw, work.pause), _minutes(draw, work.further_task))
