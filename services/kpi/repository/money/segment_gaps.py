"""How long after the person's sale before sales were, by groups of segments that the usual model
credits, told from the days of sales that are kept as columns.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from services.kpi.domain.loyalty.counting import measure_gaps_of
from services.kpi.repository.money.relations import TIMES, View
from services.kpi.repository.money.sale_days import SEGMENT_GAPS, apart, read_stretches
from shared.database import Session

Key = tuple[Any, ...]


async def segment_gaps(
    session: Session, view: View, dimensions: Sequence[str]
) -> dict[Key | None, Sequence[float]]:
    """Median and ninth decile of the seconds by group; of all under None."""
    stretches = await read_stretches(session, view, SEGMENT_GAPS)
    segments = {name for one in stretches for name in one.segments.names if name}
    axes = [name for name in dimensions if name not in TIMES]
    values = await _values(session, segments, axes)
    numbers: dict[Key, int] = {}
    group_of = {
        segment: numbers.setdefault(value, len(numbers)) for segment, value in values.items()
    }
    bounds = view.bounds(dimensions)
    deed = partial(measure_gaps_of, group_of=group_of, span=view.period, bounds=bounds)
    groups = list(numbers)
    gaps: dict[Key | None, Sequence[float]] = {}
    for place, each in (await apart(deed, stretches)).items():
        if place is None:
            gaps[None] = each
            continue
        own = dict(zip(axes, groups[place[0]], strict=True))
        gaps[tuple(own.get(name, place[1]) for name in dimensions)] = each
    return gaps


async def _values(
    session: Session, segments: set[str], axes: Sequence[str]
) -> dict[str, tuple[Any, ...]]:
    """What these segments have on each axis."""
    rows = await session.execute(
        f"SELECT segment_id, {', '.join(axes)} FROM segment"
        " WHERE segment_id = ANY(CAST(:segments AS bigint[]))",
        {"segments": sorted(map(int, segments))},
    )
    return {str(row[0]): tuple(row)[1:] for row in rows}
