"""Columns of kept days in memory, as arrays: a day of which nothing changed is read once."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

from services.kpi.domain.rollups.lately import Lately
from services.kpi.domain.sale_columns.counting import credit_stretches, hold_all, open_ledger
from services.kpi.domain.sale_columns.series import Series
from services.kpi.domain.sale_columns.stretches import Stretch
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import (
    Days,
    apart,
    find_days,
    read_days,
    read_taken_back,
    read_taken_back_days,
)
from shared.database import Session

if TYPE_CHECKING:
    from services.kpi.domain.sale_columns.held import Column
    from services.kpi.domain.sale_columns.ledger import Ledger

MOST_BYTES: Final = 100_000_000
_HELD: "Final[Lately[Column]]" = Lately(MOST_BYTES)
Stamps = dict[date, str]


async def read_ledger(
    session: Session, view: View, series: Collection[Series], *, taken_back: bool = False
) -> "Ledger":
    """These columns of the sales of the period that stand, or that were taken back, as they are
    known or were.
    """
    names = sorted({each.source for each in series})
    days = await find_days(session, view, () if taken_back else names)
    rest = await read_taken_back(session, view, names, days) if taken_back else days.rest
    columns: dict[Series, Column] = {}
    for stamps, of_days in _missing(series, days.stamps, columns, taken_back=taken_back):
        sources = sorted({each.source for each in of_days})
        of_stamps = Days(stamps, [])
        stretches = await (
            read_taken_back_days(session, of_stamps, sources)
            if taken_back
            else read_days(session, of_stamps, sources)
        )
        stretches = await _credited(session, stretches, of_days)
        hold = partial(hold_all, {each: columns.get(each) for each in of_days}, stamps)
        for each, column in (await apart(hold, stretches)).items():
            columns[each] = column
            _HELD.add((taken_back, each), column, column.size)
    rest = await _credited(session, rest, series)
    return await apart(partial(open_ledger, columns, tuple(days.stamps), span=view.period), rest)


def _missing(
    series: Collection[Series],
    stamps: Stamps,
    columns: "dict[Series, Column]",
    *,
    taken_back: bool,
) -> list[tuple[Stamps, list[Series]]]:
    """What is to be read, of which days; what is held is put among the columns."""
    missing: dict[tuple[tuple[date, str], ...], list[Series]] = defaultdict(list)
    for each in series:
        column = _find(each, taken_back=taken_back)
        if column is not None:
            columns[each] = column
        others = stamps if column is None else _other_days(column, stamps)
        if others or column is None:
            missing[tuple(others.items())].append(each)
    return [(dict(items), of_days) for items, of_days in missing.items()]


def _find(series: Series, *, taken_back: bool) -> "Column | None":
    return _HELD.find((taken_back, series))


def _other_days(column: "Column", stamps: Stamps) -> Stamps:
    """Of these days those that are not in the column as they are."""
    return {day: stamp for day, stamp in stamps.items() if column.stamps.get(day) != stamp}


async def _credited(
    session: Session, stretches: list[Stretch], series: Collection[Series]
) -> list[Stretch]:
    """The stretches with what a model credits their sales to, if it is among what is asked for."""
    axes = {each.name.removesuffix("s"): each for each in series if each.model}
    if not axes or not stretches:
        return stretches
    (chosen, *_) = axes.values()  # the same for all
    deed = partial(credit_stretches, model=chosen.model, lookback_days=chosen.lookback_days)
    credits_ = await apart(deed, stretches)
    numbers = credits_.numbers()
    values = {axis: await _values(session, axis, numbers) for axis in axes}
    return await apart(partial(credits_.credited, values=values), stretches)


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
