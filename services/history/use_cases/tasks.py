"""Tasks of managers: which are due, and what is reported about them."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.history.repository import tasks
from services.history.repository.activities import Activity
from services.history.repository.tasks import OpenTask
from services.history.use_cases.activities import TASK, Report, record_activity
from shared.database import Session
from shared.errors import NotFoundError

BEGINNING, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


class UnknownTaskError(NotFoundError):
    """There is no such task, or it is not the caller's: the answer is the same."""


def due_between(due: str, *, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when and before when tasks are due that are `overdue`, due `today` in the zone, `later`
    than today, or `any`.
    """
    today = now.astimezone(zone).date()
    begin, end = (
        datetime.combine(day, time(), zone).astimezone(UTC)
        for day in (today, today + timedelta(days=1))
    )
    bounds = {"overdue": (BEGINNING, now), "today": (begin, end), "later": (end, END)}
    return bounds.get(due, (BEGINNING, END))


async def list_tasks(
    session: Session,
    *,
    owner_id: UUID | None,
    between: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[OpenTask]:
    """Up to `limit` open tasks behind `after`, the first due first."""
    since, until = between
    place = after or (BEGINNING, UUID(int=0))
    return await tasks.list_open(
        session, owner_id=owner_id, since=since, until=until, after=place, limit=limit
    )


async def report_on_task(
    session: Session,
    task_id: UUID,
    *,
    done: bool,
    text: str | None,
    actor: str,
    manager_id: UUID | None,
    key: str | None,
    now: datetime,
) -> Activity:
    """Report that a task is done, or is to be done after all. `manager_id` is a manager who may
    report on own tasks only. Raises UnknownTaskError, and what `record_activity` raises.
    """
    task = await tasks.lock_task(session, task_id)
    if task is None or manager_id not in {None, task.owner_id}:
        raise UnknownTaskError("There is no such task.")
    report = Report(
        kind=TASK,
        lead_id=task.lead_id,
        contact_id=task.contact_id,
        text=text,
        task_id=task_id,
        done=done,
    )
    return await record_activity(
        session, report, actor=actor, manager_id=manager_id, key=key, now=now
    )
