"""Versions of territories: only added, the latest of each is true."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from services.kpi.domain.territories.tree import Territory
from services.kpi.repository.lines import lock
from services.kpi.repository.versions import (
    EVERY,
    Part,
    latest_versions,
    put_version,
    versions_of,
)
from services.kpi.tables.territories import territory
from shared.database import Row, Session
from shared.errors import NotFoundError

# The tree is changed, and versions are counted, by whoever holds this until the commit.
LOCK: Final = "leadflow:kpi:territories"
_MEMBERS: Final = tuple(territory.c[item.name] for item in fields(Territory))


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryVersion:
    territory: Territory
    version: int
    changed_at: datetime
    changed_by: str


def no_such_territory() -> NotFoundError:
    return NotFoundError("There is no such territory.")


async def lock_territories(session: Session) -> None:
    await lock(session, LOCK)


async def read_tree(session: Session) -> dict[UUID, Territory]:
    """Every territory as it is now, by id."""
    query = select(*_MEMBERS).where(territory.c.is_latest)
    return {row[0]: Territory(*row) for row in await session.execute(query)}


async def add_version(session: Session, item: TerritoryVersion) -> None:
    """The version is the latest from now on."""
    whole = item.territory
    values = {
        "territory_id": whole.territory_id,
        "version": item.version,
        "name": whole.name,
        "parent_id": whole.parent_id,
        "region": whole.region,
        "country": whole.country,
        "changed_at": item.changed_at,
        "changed_by": item.changed_by,
    }
    await put_version(session, territory.c.territory_id, values)


async def list_territories(
    session: Session, *, parent_id: UUID | None, before: UUID | None, limit: int
) -> list[TerritoryVersion]:
    """The latest versions, newest id first, one more than `limit`; those in one, or all."""
    query = latest_versions(territory.c.territory_id, before=before, limit=limit)
    if parent_id is not None:
        query = query.where(territory.c.parent_id == parent_id)
    return [_version(row) for row in await session.execute(query)]


async def list_versions(
    session: Session, territory_id: UUID, part: Part = EVERY
) -> Sequence[TerritoryVersion]:
    """Its versions, the latest first, one more than the limit."""
    rows = await versions_of(session, territory.c.territory_id, territory_id, part)
    return [_version(row) for row in rows]


async def get_latest(session: Session, territory_id: UUID) -> TerritoryVersion:
    """Raises NotFoundError."""
    versions = await list_versions(session, territory_id, Part(limit=1))
    if not versions:
        raise no_such_territory()
    return versions[0]


async def delete_versions(session: Session, territory_id: UUID) -> None:
    """All of them."""
    await session.execute(delete(territory).where(territory.c.territory_id == territory_id))


def _territory(row: Row) -> Territory:
    return Territory(row.territory_id, row.name, row.parent_id, row.region, row.country)


def _version(row: Row) -> TerritoryVersion:
    return TerritoryVersion(
        territory=_territory(row),
        version=row.version,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
