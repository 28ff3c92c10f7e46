"""How long steps of many leads took in working time, as arrays. Whoever imports this loads numpy,
which takes a tenth of a second and some megabytes: it is done when something is asked.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.working_days import Own
from services.kpi.domain.working_time import working_time

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)  # of moments, as PostgreSQL sends them
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000
_NEVER: Final = np.iinfo(np.int64).min
_BYTES: Final = 8  # of a moment
_LOWER: Final = 2**64 - 1
_IN_MEMORY: Final = 1024  # calendars of managers, over some days each
_ONE_DAY: Final = timedelta(days=1)


def moments_in(column: bytes) -> Ints:
    """The microseconds since 2000 of each; `are_there` says which are moments at all."""
    return np.frombuffer(column, ">i8").astype(np.int64)


def are_there(moments: Ints) -> Bools:
    there: Bools = moments != _NEVER
    return there


@dataclass(frozen=True, slots=True)
class Work:
    """Intervals of work by when they start. `ends` and `sums`, of what is worked up to each end,
    have a first item more, for the time before all of them.
    """

    starts: Ints
    ends: Ints
    sums: Ints

    def seconds(self, begins: Ints, ends: Ints) -> Floats:
        """Seconds of work from each beginning to its end; 0 where that is not after it."""
        return _seconds(self._up_to(ends) - self._up_to(begins))

    def _up_to(self, moments: Ints) -> Ints:
        places = np.searchsorted(self.starts, moments, side="right")
        beyond = np.maximum(0, self.ends[places] - moments)
        return self.sums[places] - np.where(places > 0, beyond, 0)


def _seconds(micros: Ints) -> Floats:
    seconds: Floats = np.maximum(0, micros) / _SECOND
    return seconds


@dataclass(frozen=True, slots=True)
class Clocks:
    """Measures in the working time of people, over all these moments."""

    first: date
    end: date

    @classmethod
    def over(cls, moments: Iterable[Ints]) -> "Clocks":
        """Whole days, so that a calendar is worked out once for many reports."""
        there = [each[are_there(each)] for each in moments]
        least = min((int(each.min()) for each in there if each.size), default=0)
        most = max((int(each.max()) for each in there if each.size), default=0)
        return cls(_day(least), _day(most) + _ONE_DAY)

    def seconds(self, own: Own | None, begins: Ints, ends: Ints) -> Floats:
        """Whoever has no calendar is always on shift."""
        if own is None or own.calendar is None:
            return _seconds(ends - begins)
        return _work_of(own.calendar, own.time_zone, self.first, self.end).seconds(begins, ends)


@lru_cache(maxsize=_IN_MEMORY)
def _work_of(calendar: str, time_zone: str, first: date, end: date) -> Work:
    """Raises ValueError or KeyError where the calendar does not have the form of its contract."""
    bounds = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, end))
    intervals = working_time(json.loads(calendar), time_zone, *bounds).intervals
    starts = np.array([_micros(item.start) for item in intervals], np.int64)
    ends = np.array([_micros(item.end) for item in intervals], np.int64)
    sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(ends - starts)))
    return Work(starts, np.concatenate((np.zeros(1, np.int64), ends)), sums)


def _micros(at: datetime) -> int:
    return (at - _ORIGIN) // _MICROSECOND


def moment_of(micros: int) -> datetime:
    return _ORIGIN + micros * _MICROSECOND


def _day(micros: int) -> date:
    return moment_of(micros).date()


class Times(NamedTuple):
    """Of so many durations the quantiles, and how many took at most so long as some ends."""

    number: int
    quantiles: Sequence[float | None]
    up_to: Sequence[int]


class Part(NamedTuple):
    """Steps of leads that are measured by one clock: None is the wall's."""

    own: Own | None
    begins: bytes
    ends: bytes


def measure_steps(
    columns: Mapping[Own | None, Sequence[bytes]], steps: Sequence[tuple[int, int]]
) -> list[Floats]:
    """Seconds, ascending, of each step between two of the columns, which have all leads by the
    clock they are measured by. A lead without one of the two moments did not make the step.
    """
    moments = {own: [moments_in(each) for each in of_own] for own, of_own in columns.items()}
    clocks = Clocks.over(each for of_own in moments.values() for each in of_own)
    measured = []
    for begin, end in steps:
        parts = [np.zeros(0)]
        for own, of_own in moments.items():
            is_made = are_there(of_own[begin]) & are_there(of_own[end])
            parts.append(clocks.seconds(own, of_own[begin][is_made], of_own[end][is_made]))
        measured.append(np.sort(np.concatenate(parts)))
    return measured


def measure_groups(parts: Sequence[Part], numbers: Sequence[int], groups: int) -> list[Floats]:
    """Seconds, ascending, of each group, and of all of them at last; `numbers` say of which group
    each part is.
    """
    places: dict[Own | None, list[int]] = defaultdict(list)
    for place, part in enumerate(parts):
        places[part.own].append(place)
    begins, ends, codes = {}, {}, [np.zeros(0, np.int64)]
    for own, of_own in places.items():
        begins[own] = moments_in(b"".join(parts[place].begins for place in of_own))
        ends[own] = moments_in(b"".join(parts[place].ends for place in of_own))
        sizes = [len(parts[place].begins) // _BYTES for place in of_own]
        codes.append(np.repeat([numbers[place] for place in of_own], sizes))
    clocks = Clocks.over([*begins.values(), *ends.values()])
    every = [clocks.seconds(own, begins[own], ends[own]) for own in places]
    seconds, code = np.concatenate([np.zeros(0), *every]), np.concatenate(codes)
    order = np.lexsort((seconds, code))
    bounds = np.searchsorted(code[order], np.arange(1, groups))
    return [*np.split(seconds[order], bounds), np.sort(seconds)] if groups else [seconds]


def times_of(seconds: Floats, shares: Sequence[float], ends: Sequence[float]) -> Times:
    """Of sorted durations."""
    up_to = np.searchsorted(seconds, ends, side="right").tolist()
    return Times(seconds.size, [_percentile(seconds, share) for share in shares], up_to)


def _percentile(seconds: Floats, share: float) -> float | None:
    """Between the two nearest ranks, as PostgreSQL's percentile_cont has it."""
    if not seconds.size:
        return None
    place = share * (seconds.size - 1)
    lower = int(place)
    upper = min(lower + 1, seconds.size - 1)
    return float(seconds[lower] + (seconds[upper] - seconds[lower]) * (place - lower))


class Chosen(NamedTuple):
    """Leads by the moments at which they ended a step, the latest first, and how many there are."""

    items: Sequence[tuple[UUID, datetime]]
    total: int


def choose(
    parts: Sequence[tuple[Part, bytes]],
    most_seconds: float,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Chosen:
    """Of leads, with their ids of 16 bytes each, those that took no longer, after the one before
    the page.
    """
    begins = [moments_in(part.begins) for part, _ in parts]
    ends = [moments_in(part.ends) for part, _ in parts]
    clocks = Clocks.over([*begins, *ends])
    every = [
        clocks.seconds(part.own, *moments)
        for (part, _), *moments in zip(parts, begins, ends, strict=True)
    ]
    is_chosen = np.concatenate([np.zeros(0), *every]) <= most_seconds
    ended = np.concatenate([np.zeros(0, np.int64), *ends])[is_chosen]
    halves = np.frombuffer(b"".join(ids for _, ids in parts), ">u8").astype(np.uint64)
    halves = halves.reshape(-1, 2)[is_chosen]
    upper, lower = halves[:, 0], halves[:, 1]
    order = np.lexsort((lower, upper, ended))[::-1]
    if after is not None:
        at, lead_id = _micros(after[0]), after[1].int
        place = (np.uint64(lead_id >> 64), np.uint64(lead_id & _LOWER))
        is_later = (ended < at) | (
            (ended == at) & ((upper < place[0]) | ((upper == place[0]) & (lower < place[1])))
        )
        order = order[is_later[order]]
    return Chosen(
        [
            (UUID(int=(int(upper[each]) << 64) + int(lower[each])), moment_of(int(ended[each])))
            for each in order[:limit]
        ],
        int(is_chosen.sum()),
    )
