"""How long leads took to one step, by a dimension, and whether a promised time was kept."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Subquery,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
)

from services.kpi.domain.waiting import BIN_ENDS, NO_WAITS, SHARES, Step, Waits
from services.kpi.repository.reports.cohort import DIMENSIONS, View, groups, leads_of
from services.kpi.repository.reports.ways import NOTHING, first_owner, in_bytes, owner_ids
from shared.database import Session

_MOMENT: Final = DateTime(timezone=True)
# The hour of the day and the day of the week, from Monday as 1, at which the inquiry came.
OF_CLOCK: Final = {"hour": "hour", "weekday": "isodow"}
WAIT_DIMENSIONS: Final = (*DIMENSIONS, *OF_CLOCK)


class Walks(NamedTuple):
    """Leads of one value of the dimension that one person had first: moments, as of `ways.Ways`, at
    which those that made the step began and ended it; of promised times how many are `due` and how
    many were `kept`.
    """

    key: Any
    owner_id: UUID | None
    begins: bytes
    ends: bytes
    due: int
    kept: int


def walks_of(
    leads: Subquery,
    view: View,
    step: Step,
    dimension: str | None,
    until: datetime,
    *more: ColumnElement[Any],
) -> Subquery:
    """Of each lead the value of the dimension, its first owner, the moments of the step, and
    whether what was promised is due and was kept; and `more` of its columns.
    """
    begin, end = leads.c[step.begin], leads.c[step.end]
    owner = first_owner(leads)
    due: ColumnElement[Any] = literal(value=False)
    in_time: ColumnElement[Any] = literal(value=False)
    if step.deadline is not None:
        deadline = leads.c[step.deadline]
        in_time = func.coalesce(end <= deadline, False)
        # Who was forgotten before the time was over takes the promise back.
        over = func.coalesce(deadline <= leads.c.aside_at, True)
        due = deadline.is_not(None) & (in_time | (over & (deadline <= literal(until, _MOMENT))))
    return select(
        _key(leads, view, step, dimension).label("key"),
        owner.label("owner"),
        begin.label("begin"),
        end.label("end"),
        due.label("due"),
        in_time.label("kept"),
        *more,
    ).subquery("walks")


def seconds_of(walks: Subquery) -> ColumnElement[Any]:
    """How long the step took; NULL where it was not made."""
    after = func.date_part("epoch", walks.c.end - walks.c.begin)
    return case((_is_made(walks), cast(func.greatest(0, after), Double)))


def _key(
    leads: Subquery,
    view: View,
    step: Step,
    dimension: str | None,
) -> ColumnElement[Any]:
    if dimension is None:
        return null()
    if dimension == "manager":
        return cast(first_owner(leads), Uuid) if step.of_whom is None else leads.c[step.of_whom]
    if dimension in OF_CLOCK:
        clock = func.timezone(bindparam("zone", view.period.zone.key, Text), leads.c.received_at)
        return cast(func.date_part(OF_CLOCK[dimension], clock), Integer)
    return groups(leads, view.period, [dimension])[0]


async def measure_waits(
    session: Session, view: View, step: Step, dimension: str | None, *, until: datetime
) -> tuple[dict[Any, Waits], Waits]:
    """By the clock, by value of the dimension and over all; what was promised up to `until` is over
    by then. A day, week or month is its number from 1.
    """
    walks = walks_of(leads_of(view), view, step, dimension, until)
    times = select(
        walks.c.key, walks.c.due, walks.c.kept, seconds_of(walks).label("seconds")
    ).subquery("times")
    seconds = times.c.seconds
    query = select(
        times.c.key,
        func.grouping(times.c.key),
        func.count(seconds),
        *(func.percentile_cont(share).within_group(seconds) for share in SHARES),
        *(func.count().filter(seconds <= end) for end in BIN_ENDS),
        func.count().filter(times.c.due),
        func.count().filter(times.c.kept),
    ).group_by(func.grouping_sets(tuple_(times.c.key), tuple_()))
    waits: dict[Any, Waits] = {}
    together = NO_WAITS
    for key, is_total, count, p50, p90, p99, *numbers, due, in_time in await session.execute(query):
        item = Waits(count, [p50, p90, p99], numbers, due, in_time)
        if is_total:
            together = item
        else:
            waits[key] = item
    return waits, together


async def list_walks(
    session: Session,
    view: View,
    step: Step,
    dimension: str | None,
    *,
    until: datetime,
) -> list[Walks]:
    """The steps of the leads of the view, by value of the dimension and first owner."""
    walks = walks_of(leads_of(view), view, step, dimension, until)
    query = select(
        walks.c.key,
        walks.c.owner,
        *(
            func.coalesce(in_bytes(moment).filter(_is_made(walks)), NOTHING)
            for moment in (walks.c.begin, walks.c.end)
        ),
        func.count().filter(walks.c.due),
        func.count().filter(walks.c.kept),
    ).group_by(walks.c.key, walks.c.owner)
    rows = [*await session.execute(query)]
    owners = owner_ids(row[1] for row in rows)
    return [Walks(key, owners[owner], *columns) for key, owner, *columns in rows]


def _is_made(walks: Subquery) -> ColumnElement[bool]:
    """Whoever takes a lead that nobody was given has accepted it without a beginning."""
    return walks.c.begin.is_not(None) & walks.c.end.is_not(None)
