"""A manager leaves the company, comes back, or the leaving is undone; leads are moved by a loop.

Rows are locked in the order: configuration, departure, pools, managers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.routing.domain.departures import (
    OUTSIDE,
    UNDO_FOR,
    Departure,
    Plan,
    State,
    fitting,
)
from services.routing.domain.pools import DEFAULT_POOL
from services.routing.repository.departures import departures
from services.routing.repository.departures import previews as departure_previews
from services.routing.repository.departures.previews import PoolShare
from services.routing.repository.managers import (
    Manager,
    get_manager,
    lock_managers,
    no_such_manager,
)
from services.routing.repository.pools import pools as pool_rows
from services.routing.repository.pools.versions import lock_configuration, record_versions
from services.routing.use_cases.errors import AlreadyLeftError, NotPossibleError
from services.routing.use_cases.manager_events import emit_changed
from services.routing.use_cases.presence import settle_presence
from services.routing.use_cases.reassign import require_in_company
from shared.contracts.managers import ManagerStatusChanged
from shared.database import Session
from shared.errors import InvalidError, NotFoundError
from shared.ids import new_id
from shared.messaging.outbox.publish import emit

DEPARTURES = "departures"  # the wake-up's channel: leads are to be moved


@dataclass(frozen=True, slots=True)
class Preview:
    """What leaving would do. `supervises`: pool → whether nobody else does; `fits` leads have room
    at the successor, whose room is in thousandths of a work unit.
    """

    manager: Manager
    shares: list[PoolShare]
    supervises: dict[str, bool]
    room_milli: int | None
    fits: int | None


async def preview(session: Session, manager_id: UUID, plan: Plan, *, now: datetime) -> Preview:
    """Raises NotFoundError, InvalidError."""
    manager = await get_manager(session, manager_id)
    shares = await departure_previews.list_shares(session, manager_id, now=now)
    supervises = await departures.list_supervised(session, manager_id)
    if plan.successor_id is None:
        return Preview(manager, shares, supervises, None, None)
    try:
        successor: Manager | None = await get_manager(session, plan.successor_id)
    except NotFoundError:
        successor = None
    room_milli = _require_successor(manager_id, plan, successor)
    units = await departure_previews.list_units(session, manager_id)
    fits = len(fitting(units, room_milli=room_milli))
    return Preview(manager, shares, supervises, room_milli, fits)


async def leave(
    session: Session, manager_id: UUID, plan: Plan, *, actor: str, now: datetime
) -> Departure:
    """Take the manager out of all pools and begin to move their leads. Asked again with the same
    plan it gives the departure that runs or has ended; a cancelled one goes on by this plan.

    Raises NotFoundError, InvalidError, AlreadyLeftError.
    """
    await lock_configuration(session)
    last = await _lock_last(session, manager_id)
    supervised = await departures.lock_supervised(session, manager_id)
    managers = await lock_managers(session, {manager_id, plan.successor_id or manager_id})
    if manager_id not in managers:
        raise no_such_manager()
    if plan.successor_id is not None:
        _require_successor(manager_id, plan, managers.get(plan.successor_id))
    # After a restore only that the manager has left is known: the moving begins again.
    if last is not None and managers[manager_id].left_at is not None:
        return await _again(session, last, plan)
    if last is not None and last.state == State.GIVING_BACK:
        await departures.change_state(session, last, State.GIVEN_BACK, ended_at=now)
    await _begin(session, manager_id, plan, supervised, actor=actor, now=now)
    return await _woken(session, manager_id)


async def _begin(
    session: Session,
    manager_id: UUID,
    plan: Plan,
    supervised: Sequence[str],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Write the departure and take the manager out of all pools. The caller holds the locks."""
    manager = await get_manager(session, manager_id)
    values = {
        "manager_id": manager_id,
        "destination": plan.destination,
        "successor_id": plan.successor_id,
        "reason": plan.reason,
        "actor": actor,
        "pools": list(manager.pools),
        "supervises": list(supervised),
    }
    departure_id = new_id()
    await departures.create_departure(session, departure_id, values, now=now)
    await departures.mark_left(session, manager_id, now=now)
    await departures.set_supervising(session, manager_id, supervised, supervises=False)
    await pool_rows.set_pools_of(session, manager_id, ())
    await record_versions(session, actor=actor, now=now)
    if manager.status != "offline":
        event = ManagerStatusChanged(
            manager_id=manager_id, status="offline", changed_at=now, actor=actor
        )
        emit(session, event, now=now)
    await settle_presence(session, [manager_id], now=now)
    await emit_changed(session, manager_id, now=now)


def _require_successor(manager_id: UUID, plan: Plan, successor: Manager | None) -> int:
    """The successor's room in thousandths of a work unit. Raises InvalidError."""
    pointer = "/successor_id"
    if successor is None:
        raise InvalidError("There is no such manager.", errors=[(pointer, "unknown manager")])
    if plan.successor_id == manager_id:
        raise InvalidError("Nobody succeeds themselves.", errors=[(pointer, "the one who leaves")])
    require_in_company(successor, pointer)
    return max(0, successor.capacity_milli - successor.reserved_milli)


async def _again(session: Session, last: Departure, plan: Plan) -> Departure:
    if last.state == State.CANCELLED:
        await departures.change_state(
            session,
            last,
            State.MOVING,
            destination=plan.destination,
            successor_id=plan.successor_id,
        )
        return await _woken(session, last.manager_id)
    if (last.destination, last.successor_id) != (plan.destination, plan.successor_id):
        raise AlreadyLeftError(
            "The manager has left the company by another plan.",
            extra={"departure_id": str(last.departure_id), "state": str(last.state)},
        )
    return last


async def cancel(session: Session, manager_id: UUID, *, now: datetime) -> Departure:
    """Move no further leads: those not moved yet stay with the manager until the leaving goes on or
    is undone. Raises NotFoundError, NotPossibleError.
    """
    departure = await _require_departure(session, manager_id)
    if departure.state == State.CANCELLED:
        return departure
    if departure.state != State.MOVING:
        raise NotPossibleError(f"The departure is {departure.state}.")
    await departures.change_state(session, departure, State.CANCELLED, ended_at=now)
    return await _woken(session, manager_id)


async def undo(session: Session, manager_id: UUID, *, actor: str, now: datetime) -> Departure:
    """Take the manager back into their pools and begin to give back those leads that nobody has
    taken on since. Raises NotFoundError, NotPossibleError.
    """
    await lock_configuration(session)
    departure = await _require_departure(session, manager_id)
    if departure.state not in OUTSIDE:
        return departure
    if not departure.is_undoable(now):
        raise NotPossibleError(f"It can be undone for {UNDO_FOR.days} days only.")
    await _restore(session, departure)
    await record_versions(session, actor=actor, now=now)
    await settle_presence(session, [manager_id], now=now)
    await departures.change_state(session, departure, State.GIVING_BACK, undone_at=now)
    await emit_changed(session, manager_id, now=now)
    return await _woken(session, manager_id)


async def come_back(session: Session, manager_id: UUID, *, actor: str, now: datetime) -> Manager:
    """Take a manager who had left into the company again, without their former leads. They are in
    the pools that they were in. Raises NotFoundError, NotPossibleError.
    """
    await lock_configuration(session)
    departure = await _lock_last(session, manager_id)
    if departure is not None and departure.state == State.MOVING:
        raise NotPossibleError("Their leads are being moved; cancel that, or undo the leaving.")
    await lock_managers(session, [manager_id])
    manager = await get_manager(session, manager_id)
    if manager.left_at is None:
        return manager
    await departures.mark_back(session, manager_id)
    pools = departure.pools if departure else (DEFAULT_POOL,)
    await _join(session, manager_id, pools)
    await record_versions(session, actor=actor, now=now)
    await settle_presence(session, [manager_id], now=now)
    return await emit_changed(session, manager_id, now=now)


async def _restore(session: Session, departure: Departure) -> None:
    manager_id = departure.manager_id
    keys = await pool_rows.lock_pool_keys(session, departure.supervises)
    await lock_managers(session, [manager_id])
    await departures.mark_back(session, manager_id)
    await departures.set_supervising(session, manager_id, sorted(keys), supervises=True)
    await _join(session, manager_id, departure.pools)


async def _join(session: Session, manager_id: UUID, pools: tuple[str, ...]) -> None:
    """Join those of the pools that still exist."""
    keys = await pool_rows.lock_pool_keys(session, pools)
    await pool_rows.set_pools_of(session, manager_id, sorted(keys))


async def _lock_last(session: Session, manager_id: UUID) -> Departure | None:
    last = await departures.find_departure(session, manager_id)
    return await departures.lock_departure(session, last.departure_id) if last else None


async def require_departure(session: Session, manager_id: UUID) -> Departure:
    """The manager's last departure, without its lock. Raises NotFoundError."""
    await get_manager(session, manager_id)
    departure = await departures.find_departure(session, manager_id)
    if departure is None:
        raise NotFoundError("The manager has never left the company.")
    return departure


async def _require_departure(session: Session, manager_id: UUID) -> Departure:
    departure = await require_departure(session, manager_id)
    return await departures.lock_departure(session, departure.departure_id)


async def _woken(session: Session, manager_id: UUID) -> Departure:
    session.notify_after_commit(DEPARTURES)
    return await require_departure(session, manager_id)
