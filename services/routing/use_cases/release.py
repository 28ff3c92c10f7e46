"""A lease ends and its work units come free. The leads are locked by the caller; managers here."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.repository import assignments
from services.routing.repository.assignments import Ended
from services.routing.repository.managers import free_units, lock_managers
from shared.database import Session

LEADS = "leads"  # the wake-up's channel: a lead waits, or room has appeared


async def release(
    session: Session,
    lead_ids: Collection[UUID],
    *,
    outcome: str,
    now: datetime,
    reason: str | None = None,
    pass_over: bool = False,
) -> list[Ended]:
    """End the live leases of these leads and give back what they reserved."""
    await lock_managers(session, await assignments.owners_of(session, lead_ids))
    ended = await assignments.end(session, lead_ids, outcome=outcome, now=now, reason=reason)
    if pass_over and ended:
        await assignments.pass_over(session, ended, reason=outcome, now=now)
    await give_back(session, ended)
    return ended


async def give_back(session: Session, ended: Sequence[Ended]) -> None:
    """Return the work units of ended leases. The managers are locked by the caller."""
    units: dict[UUID, int] = {}
    for item in ended:
        units[item.manager_id] = units.get(item.manager_id, 0) + item.units_milli
    if units:
        await free_units(session, units)
        session.notify_after_commit(LEADS)
