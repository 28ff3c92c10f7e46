"""How long a step of many leads took, by class: the columns of days that are kept, and from stories
what lies beside them or became known since.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select

from services.kpi.domain.periods import STEPS as TIME_STEPS
from services.kpi.domain.rollups.lately import Lately
from services.kpi.domain.rollups.lead_days import DUE, KEPT, Column
from services.kpi.domain.rollups.wait_days import NO_VALUES, Change, Clock, Grouping, WaitDay
from services.kpi.domain.waiting import STEPS
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.kept_days import Kept, find_kept
from services.kpi.repository.reports.unkept import leads_beside
from services.kpi.repository.reports.waits import OF_CLOCK, seconds_of, walks_of
from services.kpi.repository.rollups.parts import class_of_seconds
from shared.database import Session

if TYPE_CHECKING:
    from services.kpi.domain.rollups.wait_counts import WaitColumns

_CLASS: Final = f"CASE WHEN seconds IS NOT NULL THEN {class_of_seconds('seconds')} END"


MOST_READ: Final = 40_000_000  # bytes in memory
_READ: Final[Lately["WaitColumns"]] = Lately(MOST_READ)


class KeptWaits(NamedTuple):
    """Of which `count_waits` tells the waits: ids are text, steps of time numbers from 1."""

    columns: "WaitColumns"
    changes: Sequence[Change]
    grouping: Grouping


async def find_waits(
    session: Session, view: View, step: str, dimension: str | None, *, until: datetime
) -> KeptWaits:
    """Of one step of all leads of the view; what was promised up to `until` is over by then."""
    is_promised = STEPS[step].deadline is not None
    due_by = until if is_promised else None
    days = await find_kept(session, view, (), are_whole=True, due_by=due_by)
    clock = _clock(view, dimension)
    grouping = Grouping(
        clock,
        clock is None and dimension is not None,
        DUE[step] if is_promised else 0,
        KEPT[step] if is_promised else 0,
    )
    return KeptWaits(
        await _columns(session, days, step, dimension, grouping),
        await _read_changes(session, view, days, step, dimension, until=until),
        grouping,
    )


def _clock(view: View, dimension: str | None) -> Clock | None:
    zone = view.period.zone
    if dimension in TIME_STEPS:
        return Clock(dimension, zone, view.period.steps(dimension).bounds)
    return Clock(dimension, zone) if dimension in OF_CLOCK else None


async def _columns(
    session: Session, days: Kept, step: str, dimension: str | None, grouping: Grouping
) -> "WaitColumns":
    """As they were read lately, found by the digests of the days, or are read now."""
    from services.kpi.domain.rollups import wait_counts  # noqa: PLC0415 (it loads numpy)

    dated = b"".join(b"%s%d " % (row.digest, row.day.toordinal()) for row in days.rows)
    clock = grouping.clock
    span = () if clock is None else (clock.zone.key, *clock.bounds)
    name = (step, dimension, *span, blake2b(dated).digest())
    columns = _READ.find(name)
    if columns is None:
        waits = await _read_days(session, days, step, dimension, clock)
        columns = await asyncio.to_thread(wait_counts.columns_of, waits, grouping)
        _READ.add(name, columns, columns.size)
    return columns


async def _read_days(
    session: Session, days: Kept, step: str, dimension: str | None, clock: Clock | None
) -> list[WaitDay]:
    more = ""
    if clock is not None:
        more = ", quarters"
    elif dimension is not None:
        axis = (STEPS[step].of_whom or "first_owner") if dimension == "manager" else dimension
        # Most days have the same managers: these are sent once, and compared where they lie.
        before = f"lag({axis}_values) OVER (ORDER BY day)"
        more = f", {axis}_places AS places, nullif({axis}_values, {before}) AS names"
    rows = await session.execute(
        f"SELECT day, promises, {step}_classes AS classes{more} FROM lead_day"
        " WHERE day = ANY(CAST(:dates AS date[])) ORDER BY day",
        {"dates": [row.day for row in days.rows]},
    )
    if clock is not None:
        return [WaitDay(row.day, row.classes, row.promises, quarters=row.quarters) for row in rows]
    values, names = NO_VALUES, NO_VALUES.values
    waits = []
    for row in rows:
        if dimension is not None:
            names = names if row.names is None else row.names
            values = Column(row.places, names)
        waits.append(WaitDay(row.day, row.classes, row.promises, values))
    return waits


async def _read_changes(
    session: Session, view: View, days: Kept, step: str, dimension: str | None, *, until: datetime
) -> list[Change]:
    leads = leads_beside(view, days)
    if leads is None:
        return []
    walks = walks_of(leads, view, STEPS[step], dimension, until, leads.c.sign)
    # The offset keeps the seconds from being worked out for each bound of a class.
    times = select(
        walks.c.key, walks.c.due, walks.c.kept, walks.c.sign, seconds_of(walks).label("seconds")
    ).offset(0)
    each = times.subquery("times")
    number: ColumnElement[int] = literal_column(_CLASS).label("number")
    sign = func.sum(each.c.sign)
    due, in_time = (func.coalesce(sign.filter(each.c[name]), 0) for name in ("due", "kept"))
    query = select(each.c.key, number, sign, due, in_time).group_by(each.c.key, number)
    return [Change(_name(key), *numbers) for key, *numbers in await session.execute(query)]


def _name(key: Any) -> Any:
    return str(key) if isinstance(key, UUID) else key
