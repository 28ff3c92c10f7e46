"""Managers and pools as people set them up. Whoever joins or leaves a pool is locked meanwhile."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.domain.pools import DEFAULT_POOL, Pool
from services.routing.repository import pools as pool_rows
from services.routing.repository.managers import (
    Manager,
    lock_managers,
    read_manager,
    write_manager,
    write_status,
)
from services.routing.use_cases.errors import PoolExistsError, PoolInUseError
from services.routing.use_cases.release import LEADS
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.database import Session
from shared.errors import InvalidError, NotFoundError
from shared.ids import new_id
from shared.messaging.outbox.publish import emit


@dataclass(frozen=True, slots=True)
class ManagerFields:
    """`pools` None leaves memberships as they are."""

    name: str
    email: str | None
    capacity_milli: int
    time_zone: str
    skills: Mapping[str, float]
    pools: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class PoolFields:
    """None leaves the position and the members as they are."""

    name: str
    position: int | None
    manager_ids: Collection[UUID] | None
    rules: Sequence[Mapping[str, Sequence[str]]]
    policy: Mapping[str, Any]


def no_such_manager() -> NotFoundError:
    return NotFoundError("There is no such manager.")


def no_such_pool() -> NotFoundError:
    return NotFoundError("There is no such pool.")


async def require_manager(session: Session, manager_id: UUID) -> Manager:
    manager = await read_manager(session, manager_id)
    if manager is None:
        raise no_such_manager()
    return manager


async def create_manager(session: Session, fields: ManagerFields, *, now: datetime) -> Manager:
    """A new manager, offline until they say otherwise, in the default pool unless told."""
    manager_id = new_id()
    await _write(session, manager_id, fields, create=True, now=now)
    await _join(session, manager_id, (DEFAULT_POOL,) if fields.pools is None else fields.pools)
    return await _changed(session, manager_id, now=now)


async def replace_manager(
    session: Session, manager_id: UUID, fields: ManagerFields, *, now: datetime
) -> Manager:
    """Capacity may be lowered below what is reserved: nothing is added until it fits again."""
    if not await lock_managers(session, [manager_id]):
        raise no_such_manager()
    await _write(session, manager_id, fields, create=False, now=now)
    if fields.pools is not None:
        await _join(session, manager_id, fields.pools)
    return await _changed(session, manager_id, now=now)


async def _write(
    session: Session, manager_id: UUID, fields: ManagerFields, *, create: bool, now: datetime
) -> None:
    await write_manager(
        session,
        manager_id,
        name=fields.name,
        email=fields.email,
        capacity_milli=fields.capacity_milli,
        time_zone=fields.time_zone,
        skills=fields.skills,
        create=create,
        now=now,
    )


async def _join(session: Session, manager_id: UUID, keys: Sequence[str]) -> None:
    known = await pool_rows.known_pools(session, keys)
    errors = [
        (f"/pools/{place}", "there is no such pool")
        for place, key in enumerate(keys)
        if key not in known
    ]
    if errors:
        raise InvalidError("A pool is not known.", errors=errors)
    await pool_rows.set_pools_of(session, manager_id, keys)


async def _changed(session: Session, manager_id: UUID, *, now: datetime) -> Manager:
    manager = await require_manager(session, manager_id)
    said = ManagerChanged(
        manager_id=manager_id,
        changed_at=now,
        name=manager.name,
        email=manager.email,
        capacity=manager.capacity_milli / 1000,
        time_zone=manager.time_zone,
        skills=dict(manager.skills),
        pools=list(manager.pools),
    )
    emit(session, said, now=now)
    session.notify_after_commit(LEADS)
    return manager


async def set_status(
    session: Session, manager_id: UUID, *, status: str, lasts: timedelta, actor: str, now: datetime
) -> Manager:
    """Say whether a manager can take leads, and for how long that holds."""
    if not await lock_managers(session, [manager_id]):
        raise no_such_manager()
    until = None if status == "offline" else now + lasts
    await write_status(session, manager_id, status=status, until=until)
    said = ManagerStatusChanged(
        manager_id=manager_id, status=status, changed_at=now, until=until, actor=actor
    )
    emit(session, said, now=now)
    session.notify_after_commit(LEADS)
    return await require_manager(session, manager_id)


async def found_pool(session: Session, key: str) -> Pool:
    pool = await pool_rows.read_pool(session, key)
    if pool is None:
        raise no_such_pool()
    return pool


async def put_pool(
    session: Session, key: str, fields: PoolFields, *, create_only: bool, now: datetime
) -> Pool:
    """Create the pool or replace it. Raises PoolExistsError when it may only be created."""
    before = await pool_rows.lock_pool(session, key)
    if before is not None and create_only:
        raise PoolExistsError("There is such a pool already.", errors=[("/key", "taken")])
    position = fields.position
    if position is None:
        position = before.position if before else await pool_rows.next_position(session)
    await pool_rows.write_pool(
        session,
        key,
        name=fields.name,
        position=position,
        rules=fields.rules,
        policy=fields.policy,
    )
    if fields.manager_ids is not None:
        await _set_members(session, key, fields.manager_ids, before=before, now=now)
    session.notify_after_commit(LEADS)
    return await found_pool(session, key)


async def _set_members(
    session: Session, key: str, manager_ids: Collection[UUID], *, before: Pool | None, now: datetime
) -> None:
    old = set(before.manager_ids) if before else set()
    known = await lock_managers(session, old | set(manager_ids))
    errors = [
        (f"/manager_ids/{place}", "there is no such manager")
        for place, manager_id in enumerate(manager_ids)
        if manager_id not in known
    ]
    if errors:
        raise InvalidError("A manager is not known.", errors=errors)
    await pool_rows.set_members(session, key, manager_ids)
    for manager_id in sorted(old ^ set(manager_ids)):
        await _changed(session, manager_id, now=now)


async def remove_pool(session: Session, key: str, *, now: datetime) -> None:
    """A pool that never had a lead may go. Raises PoolInUseError for any other, and the default."""
    pool = await pool_rows.lock_pool(session, key)
    if pool is None:
        raise no_such_pool()
    if key == DEFAULT_POOL:
        raise PoolInUseError("The default pool takes what no other claims: it stays.")
    if await pool_rows.is_used(session, key):
        raise PoolInUseError("Leads belong to this pool; take its rules away instead.")
    await _set_members(session, key, (), before=pool, now=now)
    await pool_rows.delete_pool(session, key)
