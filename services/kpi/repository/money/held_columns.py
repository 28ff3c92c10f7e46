"""Columns of kept days in memory, as arrays: a day of which nothing changed is read once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

from services.kpi.domain.loyalty.counting import hold_all, open_ledger
from services.kpi.domain.loyalty.series import Series
from services.kpi.domain.loyalty.stretches import Stretch
from services.kpi.domain.rollups.lately import Lately
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import Days, apart, find_days, read_days
from shared.database import Session

if TYPE_CHECKING:
    from services.kpi.domain.loyalty.held import Column
    from services.kpi.domain.loyalty.ledger import Ledger

MOST_BYTES: Final = 100_000_000
_HELD: "Final[Lately[Column]]" = Lately(MOST_BYTES)


async def read_ledger(session: Session, view: View, series: Collection[Series]) -> "Ledger":
    """These columns of the sales of the period that stand, as they are known or were."""
    names = sorted({each.name for each in series})
    days = await find_days(session, view, names)
    columns: dict[Series, Column] = {}
    missing: dict[tuple[tuple[date, str], ...], list[Series]] = defaultdict(list)
    for each in series:
        column = _HELD.find(each)
        if column is not None:
            columns[each] = column
        stamps = days.stamps if column is None else column.missing(days.stamps)
        if stamps or column is None:
            missing[tuple(stamps.items())].append(each)
    for items, of_days in missing.items():
        stamps, read = dict(items), sorted({each.name for each in of_days})
        stretches: list[Stretch] = await read_days(session, Days(stamps, []), read)
        hold = partial(hold_all, {each: columns.get(each) for each in of_days}, stamps)
        for each, column in (await apart(hold, stretches)).items():
            columns[each] = column
            _HELD.add(each, column, column.size)
    deed = partial(open_ledger, columns, tuple(days.stamps), span=view.period)
    return await apart(deed, days.rest)
