"""Tasks of managers."""

from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Header, Query

from services.history.schemas.activities import ActivityOut
from services.history.schemas.tasks import TaskOut, TaskPage, TaskReportIn
from services.history.use_cases import tasks
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import moment_cursor, page
from shared.web.tokens import Caller

router = APIRouter(tags=["history"])
MAY_USE_TASKS = Depends(Allow("supervisor", "manager"))
TaskCaller = Annotated[Caller, MAY_USE_TASKS]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
ME = "me"


@router.get("/v1/tasks")
async def list_tasks(
    *,
    caller: TaskCaller,
    database: DatabaseOf,
    now: Now,
    owner: Annotated[
        str | None, Query(max_length=36, description="a manager's id, or `me`")
    ] = None,
    due: Literal["overdue", "today", "later", "any"] = "any",
    tz: Annotated[str, Query(max_length=64, description="IANA zone of `today`")] = "UTC",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> TaskPage:
    """Tasks that are not done, the first due first. A manager sees their own; a supervisor those of
    one owner, or everybody's.
    """
    owner_id = _owner(owner, caller)
    between = tasks.due_between(due, now=now, zone=_zone(tz))
    async with reading(database) as session:
        rows = await tasks.list_tasks(
            session,
            owner_id=owner_id,
            between=between,
            after=moment_cursor(cursor),
            limit=limit + 1,
        )
    items = page(
        [TaskOut.of(row, now=now) for row in rows],
        limit=limit,
        key=lambda row: (row.due_at.isoformat(), row.activity_id),
    )
    return TaskPage(items=items.items, next_cursor=items.next_cursor)


@router.post("/v1/tasks/{task_id}/done", status_code=201)
async def finish_task(
    *,
    task_id: UUID,
    body: TaskReportIn,
    caller: TaskCaller,
    database: DatabaseOf,
    now: Now,
    idempotency_key: Key = None,
) -> ActivityOut:
    """Report that a task is done: an activity of its own, which ends the task."""
    async with transaction(database) as session:
        activity = await tasks.report_on_task(
            session,
            task_id,
            done=True,
            text=body.text,
            actor=caller.actor,
            manager_id=caller.manager_id,
            key=idempotency_key,
            now=now,
        )
    return ActivityOut.of(activity)


@router.post("/v1/tasks/{task_id}/undone", status_code=201)
async def reopen_task(
    *,
    task_id: UUID,
    body: TaskReportIn,
    caller: TaskCaller,
    database: DatabaseOf,
    now: Now,
    idempotency_key: Key = None,
) -> ActivityOut:
    """Report that a task is to be done after all: it is open again, due when it was due."""
    async with transaction(database) as session:
        activity = await tasks.report_on_task(
            session,
            task_id,
            done=False,
            text=body.text,
            actor=caller.actor,
            manager_id=caller.manager_id,
            key=idempotency_key,
            now=now,
        )
    return ActivityOut.of(activity)


def _owner(owner: str | None, caller: Caller) -> UUID | None:
    """Whose tasks to list, None for everybody's. Raises InvalidError, UnknownTaskError."""
    if owner is None or owner == ME:
        if owner == ME and caller.manager_id is None:
            raise InvalidError("You are no manager.", errors=[("/owner", "names a manager")])
        return caller.manager_id
    try:
        owner_id = UUID(owner)
    except ValueError:
        raise InvalidError(
            "The owner is unknown.", errors=[("/owner", "is no id, nor `me`")]
        ) from None
    if caller.manager_id not in {None, owner_id}:
        raise tasks.UnknownTaskError("There is no such manager.")
    return owner_id


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise InvalidError(
            "The time zone is unknown.", errors=[("/tz", "is no time zone of the IANA list")]
        ) from None
