"""How long customers waited for a first contact, and how long leads took to each step."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, literal_column, select, tuple_

from services.kpi.domain.periods import STEPS
from services.kpi.domain.rollups.classes import (
    Counts,
    quantiles_in,
    quantiles_of,
    together,
    within,
    within_in,
)
from services.kpi.domain.rollups.tally import CLASS_BYTES, Key
from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.repository.reports.cohort import View, groups, leads_of
from services.kpi.repository.reports.day_blocks import collect_classes
from services.kpi.repository.reports.grouped import Grouped
from services.kpi.repository.reports.kept_days import MOST_DIMENSIONS, RESPONSE, Kept, find_kept
from services.kpi.repository.reports.lead_days import Naming
from services.kpi.repository.reports.sides import key_of
from services.kpi.repository.reports.summed import is_rolled_up, sum_durations
from services.kpi.repository.reports.unkept import rest_of
from services.kpi.repository.rollups.parts import RESPONSE_CLASS
from shared.database import Session

SHARES: Final = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class Response:
    """Seconds from receipt to first contact, over `count` leads, and how many of them were
    contacted within so many minutes.
    """

    count: int = 0
    p50_seconds: float | None = None
    p90_seconds: float | None = None
    p99_seconds: float | None = None
    within_1: int = 0
    within_5: int = 0
    within_15: int = 0
    within_60: int = 0


async def measure_responses(
    session: Session, view: View, dimension: str
) -> tuple[dict[Any, Response], Response]:
    """First response by value of one dimension that is none of time, and over all together; see
    `group_responses`.
    """
    responses = await group_responses(session, view, [dimension])
    named = {value: key_of(dimension, str(value or "")) for (value,) in responses.sizes}
    return {named[value]: responses.of((value,)) for value in named}, responses.total


async def group_responses(
    session: Session, view: View, dimensions: Sequence[str]
) -> Grouped[Response]:
    """First response by group, and over all groups together. Of many leads by up to two dimensions
    the quantiles are at most 1 % off, see domain/rollups/classes.py; all else is exact.
    """
    is_single = len(dimensions) == 1 and dimensions[0] not in STEPS
    if is_single and await is_rolled_up(session, view):
        counts = await sum_durations(session, view, f"response:{dimensions[0]}")
        return _grouped(
            {(value or None,): response_of(each) for value, each in counts.items()},
            response_of(together(counts.values())),
        )
    if len(dimensions) < MOST_DIMENSIONS and await is_rolled_up(session, view):
        return await _group_days(session, view, dimensions)
    return _grouped(*await _measure_stories(session, view, dimensions))


def _grouped(responses: Mapping[Key, Response], of_all: Response) -> Grouped[Response]:
    sizes = {key: response.count for key, response in responses.items()}
    return Grouped(sizes, responses.__getitem__, of_all)


async def _group_days(session: Session, view: View, dimensions: Sequence[str]) -> Grouped[Response]:
    days = await find_kept(session, view, (*dimensions, RESPONSE))
    classes, total = await collect_classes(session, view.period, days, dimensions)
    times = await _classes_beside(session, view, dimensions, days)
    sizes = {key: len(each) // CLASS_BYTES for key, each in classes.items()}
    total = total.copy()
    for key, of_key in times.items():
        sizes[key] = sizes.get(key, 0) + of_key.total()
        total.update(of_key)
    of_all = [total[number] for number in range(max(total, default=-1) + 1)]

    def of(key: Key) -> Response:
        numbers = array("H", classes.get(key, b"")).tolist()
        for number, count in times.get(key, {}).items():
            for _ in range(-count):
                numbers.remove(number)
            numbers += [number] * count
        numbers.sort()
        p50, p90, p99 = quantiles_in(numbers, SHARES)
        shares = (within_in(numbers, minutes) for minutes in RESPONSE_MINUTES)
        return Response(len(numbers), p50, p90, p99, *shares)

    return Grouped({key: size for key, size in sizes.items() if size}, of, response_of(of_all))


async def _classes_beside(
    session: Session, view: View, dimensions: Sequence[str], days: Kept
) -> dict[Key, Counter[int]]:
    """How many more leads, or fewer, were contacted how fast than the days say, by group."""
    times: dict[Key, Counter[int]] = defaultdict(Counter)
    rest = rest_of(view, days)
    if rest is None:
        return times
    naming = Naming(view.period, dimensions)
    keys = [*groups(rest, view.period, dimensions), literal_column(RESPONSE_CLASS)]
    query = select(*keys, func.sum(rest.c.sign)).where(rest.c.contacted_at.is_not(None))
    for *key, of_class, count in await session.execute(query.group_by(*keys)):
        times[naming.key(key)][int(of_class)] += count
    return times


def response_of(counts: Counts) -> Response:
    p50, p90, p99 = quantiles_of(counts, SHARES)
    return Response(
        sum(counts),
        p50,
        p90,
        p99,
        *(within(counts, minutes) for minutes in RESPONSE_MINUTES),
    )


async def _measure_stories(
    session: Session, view: View, dimensions: Sequence[str]
) -> tuple[dict[Key, Response], Response]:
    leads = leads_of(view)
    keys = groups(leads, view.period, dimensions)
    percentiles = [func.percentile_cont(share).within_group(leads.c.seconds) for share in SHARES]
    shares = [func.count().filter(leads.c.seconds <= 60 * minutes) for minutes in RESPONSE_MINUTES]
    query = (
        select(*keys, func.grouping(*keys) > 0, func.count(), *percentiles, *shares)
        .where(leads.c.contacted_at.is_not(None))
        .group_by(func.grouping_sets(tuple_(*keys), tuple_()))
    )
    naming = Naming(view.period, dimensions)
    responses: dict[Key, Response] = {}
    of_all = Response()
    width = len(dimensions)
    for row in await session.execute(query):
        response = Response(*row[width + 1 :])
        if row[width]:
            of_all = response
        else:
            responses[naming.key(row[:width])] = response
    return responses, of_all
