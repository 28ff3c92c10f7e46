"""A supervisor names the owner. The manager needs room, but may have been passed over before."""

from dataclasses import replace
from uuid import UUID

from services.routing.domain.deciding.candidates import has_room, line_up
from services.routing.domain.deciding.waiting import Choice
from services.routing.domain.lead import MILLI, Lead
from services.routing.domain.manual_choice import ALGORITHM, decide_named
from services.routing.repository.leases import assignments
from services.routing.repository.managers import Manager, lock_managers
from services.routing.repository.pools.pools import get_pool
from services.routing.use_cases.assignments import give_back
from services.routing.use_cases.award import as_waiting, record, write_awards
from services.routing.use_cases.calendars.terms import in_working_time
from services.routing.use_cases.errors import NoRoomError, NotPossibleError
from services.routing.use_cases.lead_actions import (
    LeadAction,
    check_version,
    lock_lead,
    visible_lead,
)
from services.routing.use_cases.merge import make_way
from shared.database import Session
from shared.errors import InvalidError


async def reassign(
    session: Session, action: LeadAction, *, manager_id: UUID, reason: str | None
) -> None:
    """Give an open lead to this manager, who has to accept it like any other.

    Raises NotFoundError, StaleVersionError, NotPossibleError, InvalidError, NoRoomError.
    """
    # Contacts are locked before leads, so the lead is first read without its lock.
    lead = await visible_lead(session, action.lead_id, manager_id=action.manager_id)
    check_version(lead, action)
    if lead.state == "open" and lead.accepted_at is not None and lead.owner_id != manager_id:
        await make_way(session, [lead.contact_id], [lead.lead_id], now=action.now)
    lead = await lock_lead(session, action)
    if lead.state != "open":
        raise NotPossibleError(f"The lead is {lead.state}.")
    if lead.owner_id == manager_id:
        return
    owners = await assignments.owners_of(session, [lead.lead_id])
    managers = await lock_managers(session, owners | {manager_id})
    if manager_id not in managers:
        raise InvalidError("There is no such manager.", errors=[("/manager_id", "unknown manager")])
    require_in_company(managers[manager_id], "/manager_id")
    # For its new owner it weighs what it did before it faded.
    lead = replace(lead, units_milli=lead.full_units_milli)
    _require_room(managers[manager_id], lead)
    leases = await assignments.end(session, [lead.lead_id], outcome="reassigned", now=action.now)
    await give_back(session, leases)
    await give(session, action, lead, managers[manager_id], reason=reason)


def require_in_company(manager: Manager, pointer: str) -> None:
    """Raises InvalidError for a manager who has left the company."""
    if manager.left_at is not None:
        raise InvalidError(
            "The manager has left the company.", errors=[(pointer, "has left the company")]
        )


def _require_room(manager: Manager, lead: Lead) -> None:
    fits = has_room(
        reserved_milli=manager.reserved_milli,
        units_milli=lead.units_milli,
        capacity_milli=manager.capacity_milli,
    )
    if not fits:
        raise NoRoomError(
            "The manager's capacity does not hold this lead.",
            errors=[("/manager_id", "no room")],
            extra={
                "manager_id": str(manager.manager_id),
                "capacity": manager.capacity_milli / MILLI,
                "reserved": manager.reserved_milli / MILLI,
                "work_units": lead.units_milli / MILLI,
            },
        )


async def give(
    session: Session, action: LeadAction, lead: Lead, manager: Manager, *, reason: str | None
) -> None:
    """Give an open lead without an owner to this manager. The caller holds both locks and has seen
    that there is room.
    """
    inputs = {
        "manager_id": str(manager.manager_id),
        "units_milli": lead.units_milli,
        "actor": action.actor,
    }
    pool = await get_pool(session, lead.pool)
    members = [manager.as_member()]
    candidates = line_up(members, at=action.now, policy=pool.policy)
    waiting = as_waiting(lead, since=action.now)
    choice = Choice(lead.lead_id, lead.round, decide_named(inputs, candidates), "named")
    batch = record(
        [(waiting, inputs, choice)],
        candidates,
        pool.policy,
        pool=pool.key,
        policy_version=pool.version,
        at=action.now,
        algorithm=ALGORITHM,
    )
    batch = await in_working_time(session, batch, pool.policy, members=members)
    await write_awards(
        session,
        [waiting],
        batch,
        now=action.now,
        reason=reason or "reassigned",
        actor=action.actor,
    )
