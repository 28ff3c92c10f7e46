"""In which quarters of an hour the next items of a number are, as counters tell it: a page of a
long period reads the stories of few.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final, NamedTuple

from services.kpi.domain.stories.contributions import value_of
from services.kpi.domain.stories.signature import begin_of_quarter
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.reports.cohort import NOTHING, QUARTER, FunnelFilter, View
from services.kpi.repository.reports.counted import no_sums, sum_counters
from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

_PLACED: Final = frozenset({"manager", "pipeline"})  # axes of leads, not of inquiries


class Number(NamedTuple):
    """What the counters keep of a value of an axis: a measure, less others."""

    axis: str
    value: str
    measure: str
    less: tuple[str, ...] = ()


def number_of(
    view: View, criteria: FunnelFilter, measure: str, less: tuple[str, ...] = ()
) -> Number | None:
    """The number of the view's items that meet the criteria; None where no counter tells it."""
    if len(criteria) > 1 or not view.period.is_even:
        return None
    axis, criterion = next(iter(criteria.items()), (COMPANY, NOTHING))
    if measure == "received" and axis in _PLACED and criterion is NOTHING:
        return None  # inquiries without a lead are on no such axis
    if axis == "loss_reason" and measure not in {"lost", "cohort_lost"}:
        return None
    value = "" if criterion is NOTHING else value_of(str(criterion))
    return Number(axis, value, measure, less)


async def count_number(session: Session, view: View, number: Number) -> int:
    measures = (number.measure, *number.less)
    sums = await sum_counters(session, view.period, number.axis, view.known_on, measures)
    counts = sums.get(number.value, no_sums()).counts
    return counts[number.measure] - sum(counts[name] for name in number.less)


class Quarters(NamedTuple):
    """The beginnings of some quarters, the latest first; `is_all`: the others hold nothing."""

    begins: list[datetime]
    is_all: bool


async def find_quarters(
    session: Session, view: View, number: Number, *, last: datetime | None, limit: int
) -> Quarters:
    """The latest quarters that hold so many items together; `last` is the moment of the last item
    of the page before, whose quarter may hold more.
    """
    ends_at = view.period.ends_at
    last_quarter = None if last is None else begin_of_quarter(last)
    rows = await session.execute(
        _find(number.measure, number.less),
        {
            "axis": number.axis,
            "value": number.value,
            "known_on": view.known_on or FOR_EVER,
            "begins_at": view.period.begins_at,
            "ends_at": ends_at if last_quarter is None else min(ends_at, last_quarter + QUARTER),
            "limit": limit + 1,  # each holds one at least
        },
    )
    quarters, items = [], 0
    for row in rows:
        if items >= limit:
            break
        quarters.append(row.bucket)
        items += 0 if row.bucket == last_quarter else row.items
    return Quarters(quarters, items < limit)


async def rarest(session: Session, view: View, numbers: Sequence[Number]) -> Number | None:
    """The number of the fewest items; None of none."""
    if len(numbers) < 2:
        return next(iter(numbers), None)
    sizes = [await count_number(session, view, number) for number in numbers]
    return numbers[sizes.index(min(sizes))]


@cache
def _find(measure: str, less: tuple[str, ...]) -> str:
    items = f"CAST(sum({' - '.join((measure, *less))}) AS bigint)"
    return f"""
    SELECT bucket, {items} AS items FROM counter
    WHERE axis = :axis AND value = :value AND currency = ''
        AND bucket >= :begins_at AND bucket < :ends_at AND known_on <= :known_on
    GROUP BY bucket HAVING {items} > 0 ORDER BY bucket DESC LIMIT :limit"""
