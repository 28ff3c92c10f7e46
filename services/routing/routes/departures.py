"""Managers who leave the company: preview, progress, cancelling, undoing, coming back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.routing.schemas.configuration import ManagerOut, manager_out
from services.routing.schemas.departures import (
    DepartureIn,
    DepartureOut,
    DeparturePreviewOut,
    departure_out,
    preview_out,
)
from services.routing.use_cases.departures import leave
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.tokens import Caller

router = APIRouter(prefix="/v1/managers/{manager_id}", tags=["managers"])
MAY_MOVE_LEADS = Allow("supervisor")
Supervisor = Annotated[Caller, Depends(MAY_MOVE_LEADS)]
SUPERVISORS = [Depends(MAY_MOVE_LEADS)]


@router.post("/leave-company/preview", dependencies=SUPERVISORS)
async def preview_departure(
    manager_id: UUID, database: DatabaseOf, now: Now, body: DepartureIn | None = None
) -> DeparturePreviewOut:
    """What would become of the manager's open leads; nothing is changed."""
    plan = (body or DepartureIn()).plan()
    async with reading(database) as session:
        preview = await leave.preview(session, manager_id, plan, now=now)
    return preview_out(preview)


@router.post("/leave-company", status_code=202)
async def leave_company(
    caller: Supervisor,
    manager_id: UUID,
    database: DatabaseOf,
    now: Now,
    body: DepartureIn | None = None,
) -> DepartureOut:
    """The manager gets nothing any more, and all their open leads are moved, in batches. Asked
    again with the same plan it gives the same departure; 409 for another plan.
    """
    plan = (body or DepartureIn()).plan()
    async with transaction(database) as session:
        departure = await leave.leave(session, manager_id, plan, actor=caller.actor, now=now)
    return departure_out(departure)


@router.get("/leave-company", dependencies=SUPERVISORS)
async def read_departure(manager_id: UUID, database: DatabaseOf) -> DepartureOut:
    """The manager's last departure and how far it is."""
    async with reading(database) as session:
        departure = await leave.require_departure(session, manager_id)
    return departure_out(departure)


@router.post("/leave-company/cancel", dependencies=SUPERVISORS)
async def cancel_departure(manager_id: UUID, database: DatabaseOf, now: Now) -> DepartureOut:
    """No further lead is moved; the rest stays with the manager until it goes on or is undone."""
    async with transaction(database) as session:
        departure = await leave.cancel(session, manager_id, now=now)
    return departure_out(departure)


@router.post("/leave-company/undo", status_code=202)
async def undo_departure(
    caller: Supervisor, manager_id: UUID, database: DatabaseOf, now: Now
) -> DepartureOut:
    """Within 30 days: the manager is back in their pools, and gets those leads back that nobody has
    taken on since, as far as there is room.
    """
    async with transaction(database) as session:
        departure = await leave.undo(session, manager_id, actor=caller.actor, now=now)
    return departure_out(departure)


@router.post("/return")
async def return_to_company(
    caller: Supervisor, manager_id: UUID, database: DatabaseOf, now: Now
) -> ManagerOut:
    """The manager works here again, in their former pools, without their former leads."""
    async with transaction(database) as session:
        manager = await leave.come_back(session, manager_id, actor=caller.actor, now=now)
    return manager_out(manager)
