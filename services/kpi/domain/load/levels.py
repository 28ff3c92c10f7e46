"""Step functions of time, in whole microseconds since 1970, so that sums over time are exact."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate, chain, pairwise, zip_longest
from operator import mul, sub
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
Interval = tuple[int, int]


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """The moment so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=microseconds)


class Level:
    """`before` holds up to the first of the moments; from each moment on it is higher by the change
    beside it. Moments are sorted and differ.
    """

    def __init__(self, before: int, moments: Sequence[int], changes: Iterable[int]) -> None:
        self._moments = moments
        self._values: list[int] = list(accumulate(changes, initial=before))

    @cached_property
    def _areas(self) -> list[int]:
        """Up to each moment from the first one on. Of many a level only the height is asked for."""
        lengths = map(sub, self._moments[1:], self._moments)
        return list(accumulate(map(mul, self._values[1:], lengths), initial=0))

    @classmethod
    def within(cls, intervals: Sequence[Interval]) -> "Level":
        """1 within the intervals, which are sorted and apart, and else 0."""
        edges = [edge for interval in intervals for edge in interval]
        return cls(0, edges, [1, -1] * len(intervals))

    @classmethod
    def of_all(cls, levels: Sequence["Level"]) -> "Level":
        """The sum of the levels."""
        pairs = chain.from_iterable(level.changes() for level in levels)
        return cls.together(sum(level.value_before for level in levels), pairs)

    @classmethod
    def together(cls, before: int, pairs: Iterable[tuple[int, int]]) -> "Level":
        """Of moments with their changes in any order, moments more than once among them."""
        sums: dict[int, int] = {}
        for moment, change in pairs:
            sums[moment] = sums.get(moment, 0) + change
        moments = sorted(sums)
        return cls(before, moments, [sums[moment] for moment in moments])

    @property
    def value_before(self) -> int:
        """The level up to the first of the moments."""
        return self._values[0]

    def changes(self) -> Iterator[tuple[int, int]]:
        """Each moment with the change there."""
        yield from zip(self._moments, map(sub, self._values[1:], self._values), strict=True)

    def areas(self, edges: Sequence[int]) -> list[int]:
        """The sums of the level over the time between each two of the edges, which are sorted."""
        moments, values, sums = self._moments, self._values, self._areas
        if not moments:
            return [values[0] * (end - start) for start, end in pairwise(edges)]
        # Up to each edge from the first of the moments on, which may lie later.
        places = [bisect_right(moments, edge) for edge in edges]
        passed = [
            sums[number - 1] + values[number] * (edge - moments[number - 1])
            if number
            else values[0] * (edge - moments[0])
            for edge, number in zip(edges, places, strict=True)
        ]
        return [end - start for start, end in pairwise(passed)]

    def peak(self, start: int, end: int) -> int:
        """The highest level between the moments, of which `end` is later."""
        first = bisect_right(self._moments, start)
        highest: int = max(self._values[first : bisect_left(self._moments, end) + 1])
        return highest

    def peak_at(self, start: int, end: int) -> int:
        """When the highest level between the moments is first reached."""
        highest = self.peak(start, end)
        return next(begin for begin, _, value in self.pieces(start, end) if value == highest)

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Beginning, end and level of each piece of the time."""
        first = bisect_right(self._moments, start)
        last = bisect_left(self._moments, end)
        edges = (start, *self._moments[first:last], end)
        for (begin, until), value in zip(
            pairwise(edges), self._values[first : last + 1], strict=True
        ):
            yield begin, until, value

    def pieces_above(self, most: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The pieces of the time whose level is higher."""
        first = bisect_right(self._moments, start)
        last = bisect_left(self._moments, end)
        values = self._values[first : last + 1]
        if max(values) <= most:
            return
        edges = (start, *self._moments[first:last], end)
        for place, value in enumerate(values):
            if value > most:
                yield edges[place], edges[place + 1], value

    def _runs_above(self, most: int, start: int, end: int) -> Iterator[Interval]:
        """The same, with pieces that follow one another as one."""
        first = bisect_right(self._moments, start)
        last = bisect_left(self._moments, end)
        edges = (start, *self._moments[first:last], end)
        begin: int | None = None
        # The last edge has no level: it ends what lasts until then.
        for edge, value in zip_longest(edges, self._values[first : last + 1], fillvalue=most):
            if value > most:
                begin = edge if begin is None else begin
            elif begin is not None:
                yield begin, edge
                begin = None

    def above(self, limit: "Level", start: int, end: int) -> list[Interval]:
        """When this level is above another one."""
        return merged(
            interval
            for since, to, most in limit.pieces(start, end)
            for interval in self._runs_above(most, since, to)
        )


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Those that touch as one; they come in order and do not overlap."""
    apart: list[Interval] = []
    for start, end in intervals:
        if apart and apart[-1][1] == start:
            apart[-1] = (apart[-1][0], end)
        else:
            apart.append((start, end))
    return apart


def common(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """What lies in both; each is sorted, and its intervals are apart."""
    both: list[Interval] = []
    here = there = 0
    while here < len(one) and there < len(other):
        start = max(one[here][0], other[there][0])
        end = min(one[here][1], other[there][1])
        if start < end:
            both.append((start, end))
        if one[here][1] <= other[there][1]:
            here += 1
        else:
            there += 1
    return both
