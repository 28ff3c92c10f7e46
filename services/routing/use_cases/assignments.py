"""Ends leases and frees their work units."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.repository.leases import assignments
from services.routing.repository.leases.assignments import EndedLease
from services.routing.repository.managers import free_units, lock_managers
from shared.database import Session

LEADS = "leads"  # the wake-up's channel: a lead waits, or room has appeared


async def release(
    session: Session,
    lead_ids: Collection[UUID],
    *,
    outcome: str,
    now: datetime,
    pass_over: bool = False,
) -> None:
    """End the live leases of these leads and free their work units; locks the managers.

    The caller holds the leads' locks.
    """
    await lock_managers(session, await assignments.owners_of(session, lead_ids))
    leases = await assignments.end(session, lead_ids, outcome=outcome, now=now)
    if pass_over and leases:
        await assignments.pass_over(session, leases)
    await give_back(session, leases)


async def give_back(session: Session, leases: Sequence[EndedLease]) -> None:
    """Free the work units of ended leases. The caller holds the managers' locks."""
    units: dict[UUID, int] = {}
    for item in leases:
        units[item.manager_id] = units.get(item.manager_id, 0) + item.units_milli
    if units:
        await free_units(session, units)
        session.notify_after_commit(LEADS)
