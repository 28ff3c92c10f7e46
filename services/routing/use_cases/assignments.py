"""Ends leases and frees their work units, and counts activities as first touches of leases."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.lead import is_touch
from services.routing.repository import assignments
from services.routing.repository.assignments import EndedLease
from services.routing.repository.leads import find_owned
from services.routing.repository.managers import free_units, lock_managers
from shared.contracts.activities import ActivityRecorded
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

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


async def touch(session: Session, events: Sequence[tuple[ReceivedEvent, ActivityRecorded]]) -> None:
    """Mark the leases that run at the time of an activity as touched. An activity without a lead
    counts for all leads of the contact that its manager owns, or that anybody owns where it names
    no manager.
    """
    activities = [
        event
        for _, event in events
        if is_touch(kind=event.kind, direction=event.direction, facts=event.facts)
    ]
    moments: list[tuple[UUID, datetime]] = [
        (event.lead_id, event.learned_at) for event in activities if event.lead_id is not None
    ]
    without_lead = [event for event in activities if event.lead_id is None]
    if without_lead:
        pairs = [(event.contact_id, event.manager_id) for event in without_lead]
        lead_ids_by_place = await find_owned(session, pairs)
        moments += [
            (lead_id, without_lead[place].learned_at)
            for place, lead_ids in lead_ids_by_place.items()
            for lead_id in lead_ids
        ]
    if moments:
        await assignments.touch(session, moments)
