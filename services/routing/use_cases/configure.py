"""Configures managers and pools. A manager is locked to join or leave a pool."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.domain.pools import DEFAULT_POOL, Pool
from services.routing.repository.managers import (
    Manager,
    ManagerFields,
    get_manager,
    lock_managers,
    no_such_manager,
    write_manager,
    write_status,
)
from services.routing.repository.pools import pools as pool_rows
from services.routing.repository.pools.versions import lock_configuration, record_versions
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.calendars.changes import begin, follow
from services.routing.use_cases.errors import PoolExistsError, PoolInUseError, StaleVersionError
from services.routing.use_cases.manager_events import emit_changed
from services.routing.use_cases.presence import settle_presence
from shared.contracts.managers import ManagerStatusChanged
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id
from shared.messaging.outbox.publish import emit


@dataclass(frozen=True, slots=True)
class PoolFields:
    """None leaves the position and the members as they are."""

    name: str
    position: int | None
    manager_ids: Collection[UUID] | None
    rules: Sequence[Mapping[str, Sequence[str]]]
    policy: Mapping[str, Any]
    supervisor_ids: Sequence[UUID] = ()


async def create_manager(
    session: Session, fields: ManagerFields, *, actor: str, now: datetime
) -> Manager:
    """Create a manager, offline at first, in the default pool unless `pools` are given.

    Raises InvalidError for a pool that does not exist.
    """
    manager_id = new_id()
    await lock_configuration(session)
    await write_manager(session, manager_id, fields, create=True)
    keys = (DEFAULT_POOL,) if fields.pools is None else fields.pools
    await _join(session, manager_id, keys, actor=actor, now=now)
    return await emit_changed(session, manager_id, now=now)


async def replace_manager(
    session: Session, manager_id: UUID, fields: ManagerFields, *, actor: str, now: datetime
) -> Manager:
    """Replace what is configured for a manager. Raises NotFoundError, InvalidError."""
    if fields.pools is not None:
        await lock_configuration(session)
    # Capacity may fall below what is reserved; then nothing is added until there is room again.
    if not await lock_managers(session, [manager_id]):
        raise no_such_manager()
    calendars = await begin(session, [manager_id], now=now)
    await write_manager(session, manager_id, fields, create=False)
    await follow(session, calendars, now=now)  # the zone may be another one now
    if fields.pools is not None:
        await _join(session, manager_id, fields.pools, actor=actor, now=now)
        await settle_presence(session, [manager_id], now=now)
    return await emit_changed(session, manager_id, now=now)


async def _join(
    session: Session, manager_id: UUID, keys: Sequence[str], *, actor: str, now: datetime
) -> None:
    pool_keys = await pool_rows.lock_pool_keys(session, keys)
    errors = [
        (f"/pools/{place}", "there is no such pool")
        for place, key in enumerate(keys)
        if key not in pool_keys
    ]
    if errors:
        raise InvalidError("A pool is not known.", errors=errors)
    await pool_rows.set_pools_of(session, manager_id, keys)
    await record_versions(session, actor=actor, now=now)


async def set_status(
    session: Session, manager_id: UUID, *, status: str, lasts: timedelta, actor: str, now: datetime
) -> Manager:
    """Set whether a manager can take leads, and for how long. Raises NotFoundError."""
    if not await lock_managers(session, [manager_id]):
        raise no_such_manager()
    until = None if status == "offline" else now + lasts
    await write_status(session, manager_id, status=status, until=until, now=now)
    await settle_presence(session, [manager_id], now=now)
    event = ManagerStatusChanged(
        manager_id=manager_id, status=status, changed_at=now, until=until, actor=actor
    )
    emit(session, event, now=now)
    session.notify_after_commit(LEADS)
    return await get_manager(session, manager_id)


async def put_pool(
    session: Session,
    key: str,
    fields: PoolFields,
    *,
    actor: str,
    now: datetime,
    create_only: bool = False,
    version: int | None = None,
) -> Pool:
    """Create the pool or replace it, if it has this version still. Leads whose policy has changed
    are weighed anew by the timers.

    Raises PoolExistsError with `create_only`, StaleVersionError, InvalidError.
    """
    await lock_configuration(session)
    before = await pool_rows.lock_pool(session, key)
    if before is not None and create_only:
        raise PoolExistsError("There is such a pool already.", errors=[("/key", "taken")])
    if version is not None and (before is None or before.version != version):
        raise StaleVersionError("The pool has changed since the version you have seen.")
    position = fields.position
    if position is None:
        position = before.position if before else await pool_rows.get_next_position(session)
    await pool_rows.write_pool(
        session,
        key,
        name=fields.name,
        position=position,
        rules=fields.rules,
        policy=fields.policy,
        supervisor_ids=fields.supervisor_ids,
    )
    if fields.manager_ids is not None:
        await _set_members(session, key, fields.manager_ids, before=before, now=now)
    await record_versions(session, actor=actor, now=now)
    session.notify_after_commit(LEADS)
    return await pool_rows.get_pool(session, key)


async def _set_members(
    session: Session, key: str, manager_ids: Collection[UUID], *, before: Pool | None, now: datetime
) -> None:
    member_ids = set(before.manager_ids) if before else set()
    managers = await lock_managers(session, member_ids | set(manager_ids))
    errors = [
        (f"/manager_ids/{place}", "there is no such manager")
        for place, manager_id in enumerate(manager_ids)
        if manager_id not in managers
    ]
    if errors:
        raise InvalidError("A manager is not known.", errors=errors)
    await pool_rows.set_members(session, key, manager_ids)
    await settle_presence(session, set(manager_ids) - member_ids, now=now)
    for manager_id in sorted(member_ids ^ set(manager_ids)):
        await emit_changed(session, manager_id, now=now)


async def remove_pool(session: Session, key: str, *, now: datetime) -> None:
    """Delete a pool that never had a lead.

    Raises NotFoundError, and PoolInUseError for a pool with leads and for the default pool.
    """
    await lock_configuration(session)
    pool = await pool_rows.lock_pool(session, key)
    if pool is None:
        raise pool_rows.no_such_pool()
    if key == DEFAULT_POOL:
        raise PoolInUseError("The default pool takes what no other claims: it stays.")
    if await pool_rows.is_used(session, key):
        raise PoolInUseError("Leads belong to this pool; take its rules away instead.")
    await _set_members(session, key, (), before=pool, now=now)
    await pool_rows.delete_pool(session, key)
