"""What sales come to by any dimensions, managers and parts of a period together, as any model that
names one inquiry and any lookback credit them: told from days of sales that are kept as columns.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from services.kpi.domain.sale_columns.counting import cross_sales
from services.kpi.domain.sale_columns.series import Series
from services.kpi.domain.sales.figures import (
    FiguresByGroup,
    Key,
    SalesFigures,
)
from services.kpi.repository.money.held_columns import read_ledger
from services.kpi.repository.money.origins import USUAL
from services.kpi.repository.money.relations import TIMES, View
from services.kpi.repository.money.sale_days import apart
from shared.database import Session

if TYPE_CHECKING:
    from services.kpi.domain.sale_columns.crossed import Crossed

Chosen = Mapping[str, Any]
BACK: Final = tuple(map(Series, ("ats", "currencies", "amounts")))
CROSSED: Final = (*map(Series, ("people", "befores", "signs")), *BACK)
_IDS: Final = frozenset({"source", "manager"})


async def count_crossed(
    session: Session, view: View, dimensions: Sequence[str], chosen: Chosen, most: int | None
) -> tuple[FiguresByGroup, SalesFigures]:
    """Figures by group, and over all groups together. `chosen` is a model's bit and a lookback. Of
    more than `most` groups those that have fewer sales than so many others are left out.
    """
    axes = axes_of(dimensions)
    of_stand = series_of(axes, {} if chosen == USUAL else chosen)
    of_back = series_of(axes, chosen)
    stand = await read_ledger(session, view, (*CROSSED, *of_stand))
    back = await read_ledger(session, view, (*BACK, *of_back), taken_back=True)
    bounds = view.bounds(dimensions)
    deed = partial(cross_sales, axes=(of_stand, of_back), bounds=bounds, most=most)
    crossed = await apart(deed, (stand, back))
    return _by_group(crossed, keys_of(dimensions, axes)), crossed.total


def _by_group(crossed: "Crossed", key_of: Callable[[tuple[str, ...], int], Key]) -> FiguresByGroup:
    """The figures of the groups that are told, of all if there are no others."""
    cells, chosen, back = crossed.cells, crossed.choice, crossed.back
    keys = [key_of(*place) for place in cells.places(chosen)]
    makers = {key: partial(crossed.figures, place) for place, key in enumerate(keys)}
    sales = dict(zip(keys, cells.sales[chosen].tolist(), strict=True))
    if crossed.largest == len(cells):
        alone = back.cells.places(back.alone)  # nothing of these groups stands
        for place, cell in zip(alone, back.alone.tolist(), strict=True):
            key = key_of(*place)
            makers[key], sales[key] = partial(back.figures, cell), 0
    left_out = len(cells) + len(back.alone) - len(makers)
    return FiguresByGroup(sales, lambda key: makers[key](), left_out=left_out)


def axes_of(dimensions: Sequence[str]) -> list[str]:
    """Those by whose values sales are told apart."""
    return [name for name in dimensions if name not in TIMES]


def series_of(axes: Sequence[str], chosen: Chosen) -> list[Series]:
    """The values of these axes, as they are kept or credited by what is chosen."""
    return [Series(f"{axis}s", **({} if axis == "manager" else chosen)) for axis in axes]


def keys_of(
    dimensions: Sequence[str], axes: Sequence[str]
) -> Callable[[tuple[str, ...], int], Key]:
    """What makes the key of a group of the values of the axes and the part of the period."""
    ids: dict[str, UUID] = {}

    def value(axis: str, text: str) -> UUID | str | None:
        if not text:
            return None
        if axis not in _IDS:
            return text
        return ids.get(text) or ids.setdefault(text, UUID(text))

    def key(values: tuple[str, ...], part: int) -> Key:
        named = {axis: value(axis, text) for axis, text in zip(axes, values, strict=True)}
        return tuple(named.get(name, part) for name in dimensions)

    return key
