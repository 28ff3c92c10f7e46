"""The sources as rows: read whole by the doors, changed one at a time by people and by the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects import postgresql

from services.intake.domain.wire import SourceView
from services.intake.tables import source
from shared.database import Session


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One configured way in, with the secrets that were valid before for a while longer."""

    source_id: UUID
    key: str
    adapter: str
    country: str
    time_zone: str
    owner: str
    created_at: datetime
    changed_at: datetime
    enabled: bool = True
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    previous_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    previous_until: datetime | None = None
    pool: str | None = None
    pipeline: str | None = None
    campaign: str | Mapping[str, Any] | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    priority: str | None = None

    def view(self) -> SourceView:
        return _view(self, self.secrets)

    def views(self, *, now: datetime) -> tuple[SourceView, ...]:
        """As its channel may see it: by the present secrets and, within the overlap, the former."""
        if self.previous_secrets and self.previous_until and now < self.previous_until:
            return self.view(), _view(self, self.previous_secrets)
        return (self.view(),)


def _view(row: SourceRow, secrets: Mapping[str, str]) -> SourceView:
    return SourceView(
        source_id=row.source_id,
        key=row.key,
        adapter=row.adapter,
        secrets=secrets,
        country=row.country,
        time_zone=row.time_zone,
        pool=row.pool,
        pipeline=row.pipeline,
        campaign=row.campaign,
        mapping=row.mapping,
        options=row.options,
        priority=row.priority,
    )


async def all_sources(session: Session) -> list[SourceRow]:
    rows = (await session.execute(select(source))).mappings()
    return [_row(row) for row in rows]


async def sources_page(
    session: Session,
    *,
    after: UUID | None,
    limit: int,
    adapter: str | None = None,
    enabled: bool | None = None,
) -> list[SourceRow]:
    """Newest id first, one more than `limit`."""
    query = select(source).order_by(source.c.source_id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(source.c.source_id < after)
    if adapter is not None:
        query = query.where(source.c.adapter == adapter)
    if enabled is not None:
        query = query.where(source.c.enabled.is_(enabled))
    return [_row(row) for row in (await session.execute(query)).mappings()]


async def find_source(
    session: Session, *, key_or_id: str | UUID, lock: bool = False
) -> SourceRow | None:
    by_id = isinstance(key_or_id, UUID)
    column = source.c.source_id if by_id else source.c.key
    query = select(source).where(column == key_or_id)
    found = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return _row(found) if found else None


async def find_by_keys(session: Session, *, keys: Sequence[str]) -> dict[str, SourceRow]:
    """The rows of these keys, locked in one order."""
    query = select(source).where(source.c.key.in_(keys)).order_by(source.c.key).with_for_update()
    return {row["key"]: _row(row) for row in (await session.execute(query)).mappings()}


async def add_source(session: Session, row: SourceRow) -> bool:
    """False when the key is taken."""
    statement = postgresql.insert(source).values(_values(row)).on_conflict_do_nothing()
    found = await session.execute(statement.returning(source.c.source_id))
    return found.first() is not None


async def change_source(session: Session, row: SourceRow) -> None:
    await session.execute(
        update(source).where(source.c.source_id == row.source_id).values(_values(row))
    )


def _values(row: SourceRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in SourceRow.__slots__}
    for name in ("secrets", "previous_secrets", "mapping", "options"):
        values[name] = dict(values[name])
    return values


def _row(found: RowMapping) -> SourceRow:
    return SourceRow(**found)
