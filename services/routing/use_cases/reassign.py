"""A supervisor names the owner. Capacity holds for them too; who was passed over does not."""

from uuid import UUID

from services.routing.domain import assigning
from services.routing.domain.lead import MILLI, Lead
from services.routing.domain.naming import ALGORITHM, decide_named
from services.routing.domain.pools import Policy
from services.routing.domain.records import candidate_record
from services.routing.repository import decisions, leases, transitions
from services.routing.repository.decisions import NewDecision
from services.routing.repository.leases import NewLease
from services.routing.repository.managers import Manager, lock_managers, reserve
from services.routing.repository.pools import read_pool
from services.routing.use_cases.assign import say_assigned
from services.routing.use_cases.fold import make_way
from services.routing.use_cases.refusals import NoRoomError, NotPossibleError
from services.routing.use_cases.release import give_back
from services.routing.use_cases.work import Visit, check_version, locked_lead, visible_lead
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id


async def reassign(session: Session, visit: Visit, *, manager_id: UUID, reason: str | None) -> None:
    """Give an open lead to this manager, who has to accept it like any other."""
    seen = await visible_lead(session, visit.lead_id, manager_id=visit.manager_id)
    check_version(seen, visit)
    if seen.state == "open" and seen.accepted_at is not None and seen.owner_id != manager_id:
        await make_way(session, [seen.contact_id], [seen.lead_id], now=visit.now)
    lead = await locked_lead(session, visit)
    if lead.state != "open":
        raise NotPossibleError(f"The lead is {lead.state}.", lead)
    if lead.owner_id == manager_id:
        return
    owners = await leases.owners_of(session, [lead.lead_id])
    found = await lock_managers(session, owners | {manager_id})
    if manager_id not in found:
        raise InvalidError("There is no such manager.", errors=[("/manager_id", "unknown manager")])
    _require_room(found[manager_id], lead)
    ended = await leases.end(
        session, [lead.lead_id], outcome="reassigned", now=visit.now, reason=reason
    )
    await give_back(session, ended, now=visit.now)
    await _give(session, visit, lead, found[manager_id], reason=reason)


def _require_room(manager: Manager, lead: Lead) -> None:
    fits = assigning.has_room(
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


async def _give(
    session: Session, visit: Visit, lead: Lead, manager: Manager, *, reason: str | None
) -> None:
    decision_id = await _record(session, visit, lead, manager)
    epoch, version = await transitions.hand_over(session, lead.lead_id, manager.manager_id)
    pool = await read_pool(session, lead.pool)
    policy = pool.policy if pool else Policy()
    accept_by, first_touch_by = policy.deadlines(visit.now)
    lease = NewLease(
        lead_id=lead.lead_id,
        epoch=epoch,
        manager_id=manager.manager_id,
        round=lead.round,
        units_milli=lead.units_milli,
        decision_id=decision_id,
        accept_by=accept_by,
        first_touch_by=first_touch_by,
    )
    await leases.begin(session, [lease], now=visit.now)
    await reserve(session, {manager.manager_id: lead.units_milli}, now=visit.now)
    say_assigned(
        session,
        lease,
        contact_id=lead.contact_id,
        version=version,
        reason=reason or "reassigned",
        now=visit.now,
        actor=visit.actor,
    )


async def _record(session: Session, visit: Visit, lead: Lead, manager: Manager) -> UUID:
    inputs = {
        "manager_id": str(manager.manager_id),
        "units_milli": lead.units_milli,
        "actor": visit.actor,
    }
    candidates = [manager.as_candidate()]
    decision = NewDecision(
        decision_id=new_id(),
        lead_id=lead.lead_id,
        inputs=inputs,
        manager_id=decide_named(inputs, candidates),
        round=lead.round,
        reason="named",
    )
    await decisions.record(
        session,
        new_id(),
        [decision],
        algorithm=ALGORITHM,
        pool=lead.pool,
        at=visit.now,
        candidates=[candidate_record(candidate) for candidate in candidates],
    )
    return decision.decision_id
