"""Tasks of managers."""

from typing import Annotated, Literal, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query

from services.history.schemas.activities import ActivityOut
from services.history.schemas.tasks import TaskOut, TaskPage, TaskReportIn
from services.history.use_cases import tasks
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now, Zone
from shared.web.pagination import moment_cursor, page
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(tags=["history"])
MAY_USE_TASKS = Depends(Allow("supervisor", "manager"))
TaskCaller = Annotated[Caller, MAY_USE_TASKS]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
ME = "me"


class Reporter(Protocol):
    """Stores what a request reports of a task: that it is done, or to be done after all."""

    async def __call__(self, task_id: UUID, *, done: bool) -> ActivityOut: ...


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
    zone: Zone,
    audit: Audit,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> TaskPage:
    """Tasks that are not done, the first due first. A manager sees their own; a supervisor those of
    one owner, or everybody's.
    """
    owner_id = _owner(owner, caller)
    between = tasks.due_between(due, now=now, zone=zone)
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
    subjects = {item.contact_id or item.lead_id or item.activity_id for item in items.items}
    audit.record("tasks", subjects)
    return TaskPage(items=items.items, next_cursor=items.next_cursor)


def _reporter(
    body: TaskReportIn,
    caller: TaskCaller,
    database: DatabaseOf,
    now: Now,
    idempotency_key: Key = None,
) -> Reporter:
    async def report(task_id: UUID, *, done: bool) -> ActivityOut:
        async with transaction(database) as session:
            activity = await tasks.report_on_task(
                session,
                task_id,
                done=done,
                text=body.text,
                actor=caller.actor,
                manager_id=caller.manager_id,
                key=idempotency_key,
                now=now,
            )
        return ActivityOut.of(activity)

    return report


ReporterOf = Annotated[Reporter, Depends(_reporter)]


@router.post("/v1/tasks/{task_id}/done", status_code=201)
async def finish_task(task_id: UUID, report: ReporterOf) -> ActivityOut:
    """Report that a task is done: an activity of its own, which ends the task."""
    return await report(task_id, done=True)


@router.post("/v1/tasks/{task_id}/undone", status_code=201)
async def reopen_task(task_id: UUID, report: ReporterOf) -> ActivityOut:
    """Report that a task is to be done after all: it is open again, due when it was due."""
    return await report(task_id, done=False)


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
