"""How long after the person's sale before sales were, by what they are credited to, told from days
of sales that are kept as columns.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from services.kpi.domain.sale_columns.counting import measure_gaps_of
from services.kpi.domain.sale_columns.series import Series
from services.kpi.domain.sales.figures import Key
from services.kpi.repository.money.crossed import (
    Chosen,
    axes_of,
    keys_of,
    series_of,
)
from services.kpi.repository.money.held_columns import read_ledger
from services.kpi.repository.money.origins import USUAL
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import apart
from shared.database import Session

_GAPS: Final = tuple(map(Series, ("ats", "befores", "signs")))


async def measure_gaps(
    session: Session, view: View, dimensions: Sequence[str], chosen: Chosen
) -> dict[Key | None, Sequence[float]]:
    """Median and ninth decile of the seconds by group; of all under None."""
    names = axes_of(dimensions)
    axes = series_of(names, {} if chosen == USUAL else chosen)
    ledger = await read_ledger(session, view, (*_GAPS, *axes))
    deed = partial(measure_gaps_of, axes=axes, bounds=view.bounds(dimensions))
    key_of = keys_of(dimensions, names)
    return {
        None if place is None else key_of(*place): each
        for place, each in (await apart(deed, ledger)).items()
    }
