"""Brings routing's tables to what its own events say, after an older backup was restored.

Decisions, answers, pipelines and rules of pools are in no event: a missing pool gets no rules and
the default policy. What history and intake tell comes back with their events; then the timers weigh
all open leads. Work that managers received since the backup is missing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog

from services.routing.domain import restoring
from services.routing.domain.restored_paths import restored_paths
from services.routing.repository.pools.reweighing import weigh_all_anew
from services.routing.repository.pools.versions import lock_configuration, record_versions
from services.routing.repository.restored import managers as restored_managers
from services.routing.repository.restored.leads import (
    add_contacts,
    add_pools,
    lock_rows,
    write_leads,
    write_leases,
)
from services.routing.repository.restored.paths import find_paths, write_paths
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.calendars.changes import restore_calendars
from shared.contracts.envelope import Event
from shared.contracts.leads import LeadEvent
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

log = structlog.get_logger()
M = TypeVar("M", ManagerChanged, ManagerStatusChanged)


async def restore(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """See `Restore`. A deadline that has passed meanwhile begins anew."""
    facts = [item.event for item in events]
    profiles, statuses = _last(facts, ManagerChanged), _last(facts, ManagerStatusChanged)
    await add_contacts(session, {item.contact_id for item in facts if isinstance(item, LeadEvent)})
    leads_by_id, leases = await lock_rows(session, restoring.lead_ids(facts))
    paths = restored_paths(await find_paths(session, leads_by_id.keys()), facts)
    rows = restoring.restored(leads_by_id, leases, facts, now=now)
    leads = [rows.leads[lead_id] for lead_id in sorted(rows.changed)]
    await lock_configuration(session)
    await add_pools(
        session, {lead.pool for lead in leads} | {pool for item in profiles for pool in item.pools}
    )
    await write_leads(session, leads, list(rows.placings.values()))
    await write_paths(session, paths)
    written = [*rows.ended, *rows.leases.values()]
    await write_leases(session, written, rows.passed_over)
    await restored_managers.write_profiles(session, profiles)
    await restore_calendars(session, profiles, now=now)
    await record_versions(session, actor="system", now=now)
    await weigh_all_anew(session)
    await restored_managers.write_statuses(session, statuses)
    for manager_id in await restored_managers.count_reservations(session, written, profiles):
        log.warning("manager.over_capacity", manager_id=str(manager_id))
    session.notify_after_commit(LEADS)


def _last(events: Iterable[Event], kind: type[M]) -> list[M]:
    """The last event of this kind of each manager."""
    return list({event.manager_id: event for event in events if isinstance(event, kind)}.values())
