"""What sales come to by any dimensions, managers and parts of a period together, as any model that
names one inquiry and any lookback credit them: told from days of sales that are kept as columns.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from services.kpi.domain.loyalty.counting import cross_sales
from services.kpi.domain.loyalty.series import ORIGINS, Axis, Series
from services.kpi.domain.sales.figures import (
    FiguresByGroup,
    Key,
    SalesFigures,
)
from services.kpi.repository.money.held_columns import read_ledger
from services.kpi.repository.money.origins import USUAL
from services.kpi.repository.money.relations import TIMES, View
from services.kpi.repository.money.sale_days import apart
from services.kpi.repository.money.taken_back import TakenBack, list_taken_back
from shared.database import Session

if TYPE_CHECKING:
    from services.kpi.domain.loyalty.crossed import Crossed
    from services.kpi.domain.loyalty.ledger import Ledger

Chosen = Mapping[str, Any]
Place = tuple[tuple[str, ...], int]
CROSSED: Final = tuple(map(Series, ("people", "ats", "befores", "signs", "currencies", "amounts")))
_IDS: Final = frozenset({"source", "manager"})


async def count_crossed(
    session: Session, view: View, dimensions: Sequence[str], chosen: Chosen, most: int | None
) -> tuple[FiguresByGroup, SalesFigures]:
    """Figures by group, and over all groups together. `chosen` is a model's bit and a lookback. Of
    more than `most` groups those that have fewer sales than so many others are left out.
    """
    names = axes_of(dimensions)
    ledger = await read_ledger(session, view, (*CROSSED, *series_of(names, chosen)))
    axes = await find_axes(session, names, chosen, ledger)
    deed = partial(cross_sales, axes=axes, bounds=view.bounds(dimensions), most=most)
    crossed = await apart(deed, ledger)
    back: dict[Place, list[TakenBack]] = defaultdict(list)
    total = crossed.total
    for one in await list_taken_back(session, view, dimensions, chosen):
        back[_place(dimensions, one.key)].append(one)
        total = total.less(one.currency, one.sales, one.amount)
    return _by_group(crossed, back, keys_of(dimensions, names)), total


def _by_group(
    crossed: "Crossed",
    back: Mapping[Place, Sequence[TakenBack]],
    key_of: Callable[[tuple[str, ...], int], Key],
) -> FiguresByGroup:
    """The figures of the groups that are shown, of all if there are no others."""
    of_cells, shown = crossed.cells, crossed.shown
    alone = of_cells.missing(back)  # nothing of these groups stands
    cells: dict[Key, tuple[Place, int | None]] = {
        key_of(*place): (place, number) for number, place in enumerate(of_cells.places(shown))
    }
    sales = dict(zip(cells, of_cells.sales[shown].tolist(), strict=True))
    if len(shown) == len(of_cells.sales):
        for place in alone:
            key = key_of(*place)
            cells[key], sales[key] = (place, None), 0

    def figures(key: Key) -> SalesFigures:
        place, number = cells[key]
        one = SalesFigures() if number is None else crossed.figures(number)
        for each in back.get(place, ()):
            one = one.less(each.currency, each.sales, each.amount)
        return one

    left_out = len(of_cells.sales) + len(alone) - len(cells)
    return FiguresByGroup(sales, figures, left_out=left_out)


def _place(dimensions: Sequence[str], key: Key) -> Place:
    """The values of axes as texts, and the part of the period, of a group."""
    named = dict(zip(dimensions, key, strict=True))
    values = ("" if named[name] is None else str(named[name]) for name in axes_of(dimensions))
    part = next((value for name, value in named.items() if name in TIMES), 1)
    return tuple(values), part


def axes_of(dimensions: Sequence[str]) -> list[str]:
    """Those by whose values sales are told apart."""
    return [name for name in dimensions if name not in TIMES]


def series_of(axes: Sequence[str], chosen: Chosen) -> list[Series]:
    """What is read of these axes: kept is what the usual model credits, and what any does."""
    return [
        Series(f"{axis}s")
        if axis == "manager" or chosen == USUAL
        else Series(ORIGINS, chosen["model"], chosen["lookback_days"])
        for axis in axes
    ]


async def find_axes(
    session: Session, axes: Sequence[str], chosen: Chosen, ledger: "Ledger"
) -> list[Axis]:
    """What the sales of the ledger are credited to."""
    found = []
    for axis, series in zip(axes, series_of(axes, chosen), strict=True):
        values = None
        if series.name == ORIGINS:
            _, segments = ledger.segments(series)
            values = await _values(session, axis, list(segments))
        found.append(Axis(series, values))
    return found


async def _values(
    session: Session, axis: str, segment_ids: Sequence[int]
) -> dict[str, Sequence[int]]:
    """Of these segments those that have each value of the axis."""
    rows = await session.execute(
        f"SELECT CAST({axis} AS text) AS value, array_agg(segment_id) AS segment_ids FROM segment"
        f" WHERE segment_id = ANY(CAST(:ids AS bigint[])) AND {axis} IS NOT NULL GROUP BY {axis}",
        {"ids": segment_ids},
    )
    return {row.value: row.segment_ids for row in rows}


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
