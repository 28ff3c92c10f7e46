"""How long after the person's sale before sales were, by what the usual model credits, told from
days of sales that are kept as columns.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from services.kpi.domain.loyalty.counting import measure_gaps_of
from services.kpi.repository.money.relations import TIMES, View
from services.kpi.repository.money.sale_days import GAPS, count
from shared.database import Session

Key = tuple[Any, ...]


async def measure_gaps(
    session: Session, view: View, dimensions: Sequence[str]
) -> dict[Key | None, Sequence[float]]:
    """Median and ninth decile of the seconds by group; of all under None."""
    axes = [name for name in dimensions if name not in TIMES]
    deed = partial(measure_gaps_of, axes=axes, span=view.period, bounds=view.bounds(dimensions))
    names = (*GAPS, *(f"{axis}s" for axis in axes))
    gaps: dict[Key | None, Sequence[float]] = {}
    for place, each in (await count(session, view, names, deed)).items():
        if place is None:
            gaps[None] = each
            continue
        values = {axis: _value(axis, text) for axis, text in zip(axes, place[0], strict=True)}
        gaps[tuple(values.get(name, place[1]) for name in dimensions)] = each
    return gaps


def _value(axis: str, text: str) -> UUID | str | None:
    if not text:
        return None
    return UUID(text) if axis == "source" else text
