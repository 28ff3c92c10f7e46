"""How long customers waited for a first contact, and how long leads took to each step."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Subquery, func, literal_column, select, tuple_

from services.kpi.domain.periods import STEPS
from services.kpi.domain.rollups.classes import ClassCount, quantiles_of, within
from services.kpi.domain.rollups.lead_days import MEASURES, TooManyValuesError
from services.kpi.domain.stories.signature import RESPONSE_MINUTES
from services.kpi.repository.cohort import View, groups, leads_of
from services.kpi.repository.kept_days import MOST_DIMENSIONS, RESPONSE, find_kept, tally
from services.kpi.repository.rollups.parts import RESPONSE_CLASS
from services.kpi.repository.rollups.reading import is_rolled_up, sum_durations
from services.kpi.repository.sides import Key, key_of
from shared.database import Session

SHARES: Final = (0.5, 0.9, 0.99)
_CONTACTED: Final = MEASURES.index("contacted")


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
    session: Session, view: View, dimensions: Sequence[str]
) -> tuple[dict[Key, Response], Response]:
    """First response by group, and over all groups together. Of many leads by one dimension the
    quantiles are at most 1 % off, see domain/rollups/classes.py; all else is exact.
    """
    is_single = len(dimensions) == 1 and dimensions[0] not in STEPS
    if is_single and await is_rolled_up(session, view):
        counts = await sum_durations(session, view, f"response:{dimensions[0]}")
        keyed = {(key_of(dimensions[0], value),): item for value, item in counts.items()}
        return {key: response_of(item) for key, item in keyed.items()}, response_of(_all(keyed))
    if len(dimensions) < MOST_DIMENSIONS and await is_rolled_up(session, view):
        classes = await _classes_of_days(session, view, dimensions)
        if classes is not None:
            responses = {key: response_of(item) for key, item in classes.items()}
            return responses, response_of(_all(classes))
    return await _measure_stories(session, view, dimensions)


async def _classes_of_days(
    session: Session, view: View, dimensions: Sequence[str]
) -> dict[Key, list[ClassCount]] | None:
    """How many leads were contacted how fast, by group; None where no days are kept."""
    whole = (*dimensions, RESPONSE)
    days = await find_kept(session, view, whole)
    if not days.rows:
        return None
    times: Counter[Key] = Counter()
    try:
        numbers = await tally(session, view, days, whole)
    except TooManyValuesError:
        return None
    times.update({key: each[_CONTACTED] for key, each in numbers.items()})
    parts = [leads_of(part) for part in days.views_beside(view)]
    queries: list[tuple[Subquery, ColumnElement[int]]] = [(leads, func.count()) for leads in parts]
    if (changes := days.changes(view)) is not None:
        queries.append((changes, func.sum(changes.c.sign)))
    for facts, number in queries:
        keys = [*groups(facts, view.period, dimensions), literal_column(RESPONSE_CLASS)]
        query = (
            select(*keys, number)
            .select_from(facts)
            .where(facts.c.contacted_at.is_not(None))
            .group_by(*keys)
        )
        for *key, count in await session.execute(query):
            times[*key[:-1], str(key[-1])] += count
    classes: dict[Key, list[ClassCount]] = defaultdict(list)
    for (*key, number_of_class), count in times.items():
        if number_of_class is not None and count:
            classes[tuple(key)].append(ClassCount(int(number_of_class), count))
    return {key: sorted(items) for key, items in classes.items()}


def response_of(counts: Sequence[ClassCount]) -> Response:
    p50, p90, p99 = quantiles_of(counts, SHARES)
    return Response(
        sum(item.times for item in counts),
        p50,
        p90,
        p99,
        *(within(counts, minutes) for minutes in RESPONSE_MINUTES),
    )


def _all(counts: Mapping[Key, Sequence[ClassCount]]) -> list[ClassCount]:
    total: Counter[int] = Counter()
    for items in counts.values():
        total.update(dict(items))
    return [ClassCount(number, count) for number, count in sorted(total.items())]


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
    responses: dict[Key, Response] = {}
    together = Response()
    width = len(dimensions)
    for row in await session.execute(query):
        response = Response(*row[width + 1 :])
        if row[width]:
            together = response
        else:
            responses[tuple(row[:width])] = response
    return responses, together
