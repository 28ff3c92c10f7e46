"""Configuring managers; managers' status."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.routing.repository import managers as manager_rows
from services.routing.schemas.configuration import (
    ManagerIn,
    ManagerOut,
    StatusIn,
    manager_out,
)
from services.routing.schemas.fields import KEY_PATTERN
from services.routing.settings import Settings
from services.routing.use_cases import configure
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import (
    Page,
    page,
    uuid_cursor,
)
from shared.web.tokens import Caller

router = APIRouter(tags=["configuration"])
MAY_CONFIGURE = Allow()
Configurer = Annotated[Caller, Depends(MAY_CONFIGURE)]
MAY_READ_CONFIGURATION = Depends(Allow("supervisor"))
# A manager has to do with their own row only.
MAY_ACCESS_MANAGERS = Allow("supervisor", "manager")
Staff = Annotated[Caller, Depends(MAY_ACCESS_MANAGERS)]
Cursor = Annotated[str | None, Query(max_length=400)]


def _own_or_absent(caller: Caller, manager_id: UUID) -> None:
    """To a manager, other managers do not exist."""
    if caller.manager_id is not None and caller.manager_id != manager_id:
        raise manager_rows.no_such_manager()


@router.post("/v1/managers", status_code=201)
async def create_manager(
    caller: Configurer, body: ManagerIn, database: DatabaseOf, now: Now
) -> ManagerOut:
    """Add a manager, who is offline until their status is set."""
    async with transaction(database) as session:
        manager = await configure.create_manager(
            session, body.fields(), actor=caller.actor, now=now
        )
    return manager_out(manager)


@router.get("/v1/managers", dependencies=[MAY_READ_CONFIGURATION])
async def list_managers(
    database: DatabaseOf,
    pool: Annotated[str | None, Query(pattern=KEY_PATTERN)] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[ManagerOut]:
    """All managers, the newest first, or those of one pool."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        managers = await manager_rows.list_managers(session, before=before, pool=pool, limit=limit)
    items = [manager_out(manager) for manager in managers]
    return page(items, limit=limit, key=lambda item: item.manager_id)


@router.get("/v1/managers/{manager_id}")
async def read_manager(caller: Staff, database: DatabaseOf, manager_id: UUID) -> ManagerOut:
    """One manager; to a manager, the others do not exist."""
    _own_or_absent(caller, manager_id)
    async with reading(database) as session:
        manager = await manager_rows.get_manager(session, manager_id)
    return manager_out(manager)


@router.put("/v1/managers/{manager_id}")
async def replace_manager(
    caller: Configurer, body: ManagerIn, database: DatabaseOf, now: Now, manager_id: UUID
) -> ManagerOut:
    """Replace what is configured; capacity may be lowered below what is reserved."""
    async with transaction(database) as session:
        manager = await configure.replace_manager(
            session, manager_id, body.fields(), actor=caller.actor, now=now
        )
    return manager_out(manager)


@router.put("/v1/managers/{manager_id}/status")
async def set_status(
    *,
    caller: Staff,
    body: StatusIn,
    database: DatabaseOf,
    now: Now,
    request: Request,
    manager_id: UUID,
) -> ManagerOut:
    """A manager sets their own status, a supervisor anybody's."""
    _own_or_absent(caller, manager_id)
    settings: Settings = request.app.state.settings
    lasts = timedelta(seconds=body.ttl_seconds or settings.status_seconds)
    async with transaction(database) as session:
        manager = await configure.set_status(
            session, manager_id, status=body.status, lasts=lasts, actor=caller.actor, now=now
        )
    return manager_out(manager)
