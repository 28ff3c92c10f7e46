"""Three invented companies, on the first page: who works when, what comes in, how work goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from services.routing.domain.policies import DEFAULT_POLICY, Policy

WEEK = range(7)
WEEKDAYS = range(5)
Hours = tuple[float, float]  # of the local day; beyond 24 is the next day


@dataclass(frozen=True, slots=True)
class Crew:
    """`number` people who work alike. `rota` None: every week alike on `days`; else so many days on
    and so many off, each next one beginning a day later. `leave` are days away by the calendar,
    `joins_on` is the first day.
    """

    number: int
    spans: tuple[Hours, ...]
    days: tuple[int, ...] = tuple(WEEKDAYS)
    rota: tuple[int, int] | None = None
    capacity: float = 10.0
    weight: float = 1.0
    languages: tuple[str, ...] = ("ru",)
    leave: tuple[int, int] | None = None
    joins_on: int = 0


@dataclass(frozen=True, slots=True)
class Burst:
    """On such a day of the week, at this hour, so many leads within these minutes: a mailing."""

    weekday: int
    hour: float
    leads: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Work:
    """Minutes: medians of lognormal draws. A slow answer is one by somebody who was not looking."""

    answer: float = 0.7
    slow_answer: float = 40.0
    slow_share: float = 0.05
    decline_share: float = 0.02
    won_share: float = 0.25
    first_task: float = 8.0
    further_task: float = 6.0
    further_tasks: int = 3  # at most
    pause: float = 45.0  # between tasks


@dataclass(frozen=True, slots=True)
class Profile:
    """A company. `per_hour` are leads an hour on a working day, by hour of the day; `calm` is the
    share of it on other days and `holidays`, when only every third of the crews comes.
    """

    name: str
    crews: tuple[Crew, ...]
    per_hour: Mapping[int, float]
    calm: float
    channels: Mapping[str, float]
    languages: Mapping[str, float] = field(default_factory=lambda: {"ru": 1.0})
    high_share: float = 0.1
    repeat_share: float = 0.1
    no_show_share: float = 0.02
    bursts: tuple[Burst, ...] = ()
    holidays: tuple[int, ...] = ()
    work: Work = Work()
    policy: Policy = DEFAULT_POLICY
    days: int = 28


def _hours(*blocks: tuple[int, int, float]) -> dict[int, float]:
    return {hour: rate for begin, end, rate in blocks for hour in range(begin, end)}


SHOP = Profile(
    name="shop",
    crews=(
        Crew(4, ((9, 13), (14, 18)), capacity=10),
        Crew(2, ((11, 15), (16, 20)), days=(0, 1, 2, 3, 4, 5), capacity=8),
    ),
    per_hour=_hours((0, 8, 0.6), (8, 10, 5.0), (10, 19, 8.0), (19, 24, 2.0)),
    calm=0.35,
    channels={"form": 0.7, "call": 0.3},
    bursts=(Burst(1, 11.0, 30, 15), Burst(3, 12.0, 40, 15)),
    work=Work(first_task=6.0, further_task=5.0, further_tasks=2),
)
ESTATE = Profile(
    name="estate",
    crews=(
        Crew(4, ((9, 17),), days=tuple(range(6)), weight=1.0, capacity=10),
        Crew(2, ((9, 17),), days=tuple(range(6)), weight=2.0, capacity=14),
        Crew(4, ((13, 21),), days=tuple(range(6)), weight=1.0, capacity=10),
        Crew(2, ((13, 21),), days=tuple(range(6)), weight=0.5, capacity=6),
        Crew(2, ((9, 17),), languages=("ru", "en"), weight=1.0, capacity=10),
        Crew(2, ((13, 21),), languages=("ru", "en"), weight=1.5, capacity=12),
    ),
    per_hour=_hours((0, 8, 1.0), (8, 12, 10.0), (12, 18, 16.0), (18, 22, 10.0), (22, 24, 2.0)),
    calm=0.5,
    channels={"form": 0.5, "call": 0.35, "email": 0.15},
    languages={"ru": 0.8, "en": 0.2},
    repeat_share=0.2,
    work=Work(first_task=9.0, further_task=6.0, further_tasks=2, pause=60.0),
    policy=Policy(units={"call": 1.5, "email": 0.5}, match=("language",)),
    days=14,
)
CALL_CENTRE = Profile(
    name="call_centre",
    crews=(
        Crew(16, ((8, 12), (12.75, 20)), rota=(2, 2), capacity=10),
        Crew(16, ((8, 12), (12.75, 20)), rota=(2, 2), capacity=8),
        Crew(24, ((20, 24), (24.75, 32)), rota=(2, 2), capacity=10),
        Crew(8, ((10, 14), (15, 19)), capacity=12, weight=1.2),
        Crew(4, ((8, 12), (12.75, 20)), rota=(2, 2), leave=(2, 5)),
        Crew(4, ((8, 12), (12.75, 20)), rota=(2, 2), capacity=6, weight=0.5, joins_on=3),
    ),
    per_hour=_hours((0, 7, 12.0), (7, 9, 40.0), (9, 18, 90.0), (18, 22, 50.0), (22, 24, 20.0)),
    calm=0.6,
    channels={"call": 0.8, "form": 0.1, "chat": 0.1},
    high_share=0.25,
    no_show_share=0.04,
    holidays=(4, 5),
    work=Work(first_task=6.0, further_task=5.0, further_tasks=2, pause=30.0),
    days=7,
)
PROFILES: Mapping[str, Profile] = MappingProxyType(
    {profile.name: profile for profile in (SHOP, ESTATE, CALL_CENTRE)}
)
