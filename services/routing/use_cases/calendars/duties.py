"""Keeps managers' duty as their calendars have it: at each edge, and when a calendar changes.

Duty depends on the moment alone, so edges that passed unseen need no making up for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.calendars.plans import (
    Plan,
    Standing,
    is_stale,
    plan_of,
    plan_text,
    prepare,
    standing,
)
from services.routing.domain.calendars.shape import SHIFT, Timetable
from services.routing.repository.calendars.calendars import (
    DutyRow,
    lock_duties,
    lock_duties_due,
    write_duties,
)
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.calendars.timetables import timetables
from services.routing.use_cases.presence import settle_presence
from shared.database import Session

BATCH = 500
# Without a calendar one is always on shift, and there is no edge to wait for.
ALWAYS = Standing(SHIFT, None, None)


async def pass_edges(session: Session, *, now: datetime) -> bool:
    """Write the duty of a batch of managers whose edge has passed. Returns whether to go on."""
    rows = await lock_duties_due(session, now=now, limit=BATCH)
    plans = {row.manager_id: plan_of(row.duty_plan) for row in rows if row.duty_plan}
    stale = [
        row.manager_id
        for row in rows
        if row.manager_id not in plans or is_stale(plans[row.manager_id], now)
    ]
    fresh = await timetables(session, stale, now=now)
    duties = {
        row.manager_id: _by_calendar(fresh[row.manager_id], now)
        if row.manager_id in fresh
        else (standing(plans[row.manager_id], now), row.duty_plan)
        for row in rows
    }
    await _write(session, rows, duties, now=now)
    return len(rows) == BATCH


async def refresh(session: Session, calendars: Mapping[UUID, Timetable], *, now: datetime) -> None:
    """Write the duty of these managers by their calendars, which have just changed."""
    rows = await lock_duties(session, calendars)
    duties = {row.manager_id: _by_calendar(calendars[row.manager_id], now) for row in rows}
    await _write(session, rows, duties, now=now)


def _by_calendar(timetable: Timetable, now: datetime) -> tuple[Standing, str | None]:
    if timetable.calendar is None:
        return ALWAYS, None
    plan: Plan = prepare(timetable, now)
    return standing(plan, now), plan_text(plan)


async def _write(
    session: Session,
    rows: Sequence[DutyRow],
    duties: Mapping[UUID, tuple[Standing, str | None]],
    *,
    now: datetime,
) -> None:
    if not rows:
        return
    await write_duties(session, [(key, duty, plan) for key, (duty, plan) in duties.items()])
    changed = [row.manager_id for row in rows if row.duty != duties[row.manager_id][0].duty]
    await settle_presence(session, changed, now=now)
    # Whoever is on call may be asked too, and a manager who leaves may begin a lead's next round.
    session.notify_after_commit(LEADS)
