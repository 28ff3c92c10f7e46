"""How long after the person's sale before sales were, by what they are credited to, told from days
of sales that are kept as columns.
"""

from collections.abc import Sequence
from functools import partial

from services.kpi.domain.loyalty.counting import measure_gaps_of
from services.kpi.domain.sales.figures import Key
from services.kpi.repository.money.crossed import (
    Chosen,
    axes_of,
    columns_of,
    credited_by,
    keys_of,
)
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import GAPS, apart, read_stretches
from shared.database import Session


async def measure_gaps(
    session: Session, view: View, dimensions: Sequence[str], chosen: Chosen
) -> dict[Key | None, Sequence[float]]:
    """Median and ninth decile of the seconds by group; of all under None."""
    axes = axes_of(dimensions)
    stretches = await read_stretches(session, view, (*GAPS, *columns_of(axes, chosen)))
    credit = await credited_by(session, view, axes, chosen, stretches)
    deed = partial(
        measure_gaps_of,
        axes=axes,
        span=view.period,
        bounds=view.bounds(dimensions),
        credit=credit,
    )
    key_of = keys_of(dimensions, axes)
    return {
        None if place is None else key_of(*place): each
        for place, each in (await apart(deed, stretches)).items()
    }
