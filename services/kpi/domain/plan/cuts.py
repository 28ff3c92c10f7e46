"""The single cuts of a plan: a value of an axis in a month that is over, as planned and as sold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import NamedTuple

ByMonth = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """In the measure's smallest unit. `is_planned` tells whether the plan has the value at all."""

    value: str
    month: int
    plan: int
    fact: int
    is_planned: bool

    @property
    def difference(self) -> int:
        return self.fact - self.plan


class CutPlace(NamedTuple):
    """Where a cut stands: the largest difference first, whatever its sign, then by month and value.
    `miss` is the difference without its sign, negated.
    """

    miss: int
    month: int
    value: str


def place_of(cut: Cut) -> CutPlace:
    return CutPlace(-abs(cut.difference), cut.month, cut.value)


def largest_errors(
    plan: ByMonth,
    fact: ByMonth,
    months: Sequence[int],
    is_over: Sequence[bool],
    *,
    after: CutPlace | None,
    limit: int,
) -> list[Cut]:
    """So many cuts behind a place, in their order; `months` are the numbers of the amounts. Where
    nothing was planned and nothing sold there is no cut.
    """
    places = _places(plan, fact, months, is_over)
    behind = places if after is None else (place for place in places if place > after)
    numbers = {month: number for number, month in enumerate(months)}
    nothing = [0] * len(months)
    return [
        Cut(
            value,
            month,
            plan.get(value, nothing)[numbers[month]],
            fact.get(value, nothing)[numbers[month]],
            value in plan,
        )
        for _, month, value in nsmallest(limit, behind)
    ]


def _places(
    plan: ByMonth, fact: ByMonth, months: Sequence[int], is_over: Sequence[bool]
) -> Iterator[tuple[int, int, str]]:
    nothing = [0] * len(months)
    for value in {**plan, **fact}:
        pairs = zip(plan.get(value, nothing), fact.get(value, nothing), strict=True)
        for (planned, sold), month, over in zip(pairs, months, is_over, strict=True):
            if over and (planned or sold):
                yield -abs(sold - planned), month, value
