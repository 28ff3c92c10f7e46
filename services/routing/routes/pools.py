"""Configuring pools: their rules, policies, members and versions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.routing.repository.pools import pools as pool_rows
from services.routing.repository.pools import versions as pool_versions
from services.routing.schemas.fields import KEY_PATTERN
from services.routing.schemas.pools import (
    ComparedVersionOut,
    PoolIn,
    PoolOut,
    PoolReplacementIn,
    PoolVersionOut,
    compared_version_out,
    pool_out,
    pool_version_out,
)
from services.routing.use_cases import configure
from services.routing.use_cases.errors import StaleVersionError
from services.routing.use_cases.pools.versions import differences, restore_version
from shared.database import Database, reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatchGiven, Limit, Now
from shared.web.pagination import Page, number_cursor, page
from shared.web.tokens import Caller

router = APIRouter(tags=["configuration"])
MAY_CONFIGURE_POOLS = Allow()
MAY_READ_POOLS = Depends(Allow("supervisor"))
Configurer = Annotated[Caller, Depends(MAY_CONFIGURE_POOLS)]
Cursor = Annotated[str | None, Query(max_length=400)]
PoolKey = Annotated[str, Path(pattern=KEY_PATTERN)]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]
Against = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.post("/v1/pools", status_code=201)
async def create_pool(caller: Configurer, body: PoolIn, database: DatabaseOf, now: Now) -> PoolOut:
    """Add a pool; its key must be new."""
    async with transaction(database) as session:
        pool = await configure.put_pool(
            session, body.key, body.fields(), actor=caller.actor, now=now, create_only=True
        )
    return pool_out(pool)


@router.get("/v1/pools", dependencies=[MAY_READ_POOLS])
async def list_pools(
    database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[PoolOut]:
    """Newest first; the rules of pools are tried in the order of `position`."""
    before = number_cursor(cursor)
    async with reading(database) as session:
        pools = await pool_rows.list_pools(session, before=before, limit=limit)
    rows = page(pools, limit=limit, key=lambda row: row.number)
    items = [pool_out(row.pool) for row in rows.items]
    return Page(items=items, next_cursor=rows.next_cursor)


@router.get("/v1/pools/{key}", dependencies=[MAY_READ_POOLS])
async def read_pool(database: DatabaseOf, key: PoolKey) -> PoolOut:
    """One pool with its rules, policy and managers."""
    async with reading(database) as session:
        pool = await pool_rows.get_pool(session, key)
    return pool_out(pool)


@router.put("/v1/pools/{key}")
async def put_pool(
    *,
    caller: Configurer,
    body: PoolReplacementIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatchGiven,
    key: PoolKey,
) -> PoolOut:
    """Create the pool under this key, or replace it; with `If-Match` only that version of it."""
    try:
        async with transaction(database) as session:
            pool = await configure.put_pool(
                session, key, body.fields(), actor=caller.actor, now=now, version=version
            )
    except StaleVersionError as error:
        await _show_present(database, key, error)
        raise
    return pool_out(pool)


async def _show_present(database: Database, key: str, error: StaleVersionError) -> None:
    async with reading(database) as session:
        pool = await pool_rows.find_pool(session, key)
    present = None if pool is None else pool_out(pool).model_dump(mode="json", by_alias=True)
    error.extra["pool"] = present


@router.delete("/v1/pools/{key}", status_code=204, dependencies=[Depends(MAY_CONFIGURE_POOLS)])
async def delete_pool(database: DatabaseOf, now: Now, key: PoolKey) -> Response:
    """Only a pool that never had a lead can go."""
    async with transaction(database) as session:
        await configure.remove_pool(session, key, now=now)
    return Response(status_code=204)


@router.get("/v1/pools/{key}/versions", dependencies=[MAY_READ_POOLS])
async def list_pool_versions(
    database: DatabaseOf, key: PoolKey, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[PoolVersionOut]:
    """Every change of a pool, the newest first; those of a deleted pool stay."""
    before = number_cursor(cursor)
    async with reading(database) as session:
        versions = await pool_versions.list_versions(session, key, before=before, limit=limit)
    items = [pool_version_out(version) for version in versions]
    return page(items, limit=limit, key=lambda item: item.version)


@router.get("/v1/pools/{key}/versions/{version}", dependencies=[MAY_READ_POOLS])
async def read_pool_version(
    database: DatabaseOf, key: PoolKey, version: Version, against: Against = None
) -> ComparedVersionOut:
    """A pool as it was; with `against` also what has changed since that other version."""
    async with reading(database) as session:
        row = await pool_versions.get_version(session, key, version)
        if against is None:
            return compared_version_out(row, None, None)
        other = await pool_versions.get_version(session, key, against)
    return compared_version_out(row, against, differences(other.content, row.content))


@router.post("/v1/pools/{key}/versions/{version}/restore")
async def restore_pool_version(
    *,
    caller: Configurer,
    database: DatabaseOf,
    now: Now,
    present: IfMatchGiven,
    key: PoolKey,
    version: Version,
) -> PoolOut:
    """Make the pool what it was in this version, as a new one; nobody who has left comes back."""
    try:
        async with transaction(database) as session:
            pool = await restore_version(
                session, key, version, actor=caller.actor, now=now, version=present
            )
    except StaleVersionError as error:
        await _show_present(database, key, error)
        raise
    return pool_out(pool)
