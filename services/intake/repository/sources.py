"""The sources as rows: read whole by the doors, changed one at a time by people and by the file.

Secrets lie sealed in the table and are opened in memory only, each bound to its row and column.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql

from services.intake.domain.requests import SourceView
from services.intake.tables import source
from shared.database import Row, Session
from shared.sealing import SealedError, Sealing
from shared.statements import among

log = structlog.get_logger()
_SEALED = ("secrets", "previous_secrets")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One configured way in, with the secrets that were valid before for a while longer.

    Not `readable` when its secrets were sealed with a key that this process does not have.
    """

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
    readable: bool = True
    may_merge: bool | None = None

    def view(self) -> SourceView:
        """Raises SealedError."""
        if not self.readable:
            raise SealedError("The source's secrets cannot be opened here.")
        return _view(self, self.secrets, self.previous_secrets)

    def views(self, *, now: datetime) -> tuple[SourceView, ...]:
        """As its channel may see it: by the present secrets and, within the overlap, the former.

        Raises SealedError.
        """
        if self.previous_secrets and self.previous_until and now < self.previous_until:
            return self.view(), _view(self, self.previous_secrets, self.secrets)
        return (self.view(),)

    def outlived(self, *, now: datetime) -> bool:
        """Whether the former secrets are no longer good for anything."""
        return self.previous_until is not None and self.previous_until <= now


def _view(row: SourceRow, secrets: Mapping[str, str], others: Mapping[str, str]) -> SourceView:
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
        former_secrets=others,
        may_merge=row.may_merge,
    )


async def all_sources(session: Session) -> list[SourceRow]:
    rows = await session.execute(select(source))
    return [_row(row, session.sealing) for row in rows]


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
    return [_row(row, session.sealing) for row in await session.execute(query)]


async def find_source(
    session: Session, *, key_or_id: str | UUID, lock: bool = False
) -> SourceRow | None:
    by_id = isinstance(key_or_id, UUID)
    column = source.c.source_id if by_id else source.c.key
    query = select(source).where(column == key_or_id)
    found = (await session.execute(query.with_for_update() if lock else query)).first()
    return _row(found, session.sealing) if found else None


async def find_by_keys(session: Session, *, keys: Sequence[str]) -> dict[str, SourceRow]:
    """The rows of these keys, locked in one order."""
    query = select(source).where(among(source.c.key, keys)).order_by(source.c.key).with_for_update()
    rows = await session.execute(query)
    return {row["key"]: _row(row, session.sealing) for row in rows}


async def untidy_sources(session: Session, *, now: datetime) -> list[SourceRow]:
    """Locked: those whose former secrets have outlived their overlap, or that an older key sealed.

    What cannot be opened here is left alone.
    """
    query = select(source).order_by(source.c.key).with_for_update()
    rows = await session.execute(query)
    return [
        readable
        for row in rows
        if (readable := _row(row, session.sealing)).readable
        and (readable.outlived(now=now) or not _sealed_with_newest(row, session.sealing))
    ]


async def add_source(session: Session, row: SourceRow) -> bool:
    """False when the key is taken."""
    values = _values(row, session.sealing)
    statement = postgresql.insert(source).values(values).on_conflict_do_nothing()
    found = await session.execute(statement.returning(source.c.source_id))
    return found.first() is not None


async def change_source(session: Session, row: SourceRow) -> None:
    values = _values(row, session.sealing)
    await session.execute(update(source).where(source.c.source_id == row.source_id).values(values))


def _values(row: SourceRow, sealing: Sealing) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in SourceRow.__slots__ if name != "readable"}
    for name in ("mapping", "options"):
        values[name] = dict(values[name])
    if not row.readable:
        # Nothing can be said of secrets that could not be opened: they stay as they lie.
        return {name: value for name, value in values.items() if name not in _SEALED}
    for name in _SEALED:
        values[name] = sealed_secrets(sealing, values[name], about=_about(row.source_id, name))
    if not row.previous_secrets:
        values["previous_secrets"] = None
    return values


def _row(found: Row, sealing: Sealing) -> SourceRow:
    opened = {}
    try:
        for name in _SEALED:
            sealed = found[name]
            about = _about(found["source_id"], name)
            opened[name] = {} if sealed is None else opened_secrets(sealing, sealed, about=about)
    except SealedError:
        log.error("sources.sealed", source_id=str(found["source_id"]))  # noqa: TRY400  one line
        return SourceRow(**{**found, **{name: {} for name in _SEALED}}, readable=False)
    return SourceRow(**{**found, **opened})


def sealed_secrets(sealing: Sealing, secrets: Mapping[str, str], *, about: bytes) -> str:
    return sealing.seal(json.dumps(dict(secrets)).encode(), about=about)


def opened_secrets(sealing: Sealing, sealed: str, *, about: bytes) -> dict[str, str]:
    """Raises SealedError."""
    secrets: dict[str, str] = json.loads(sealing.unseal(sealed, about=about))
    return secrets


def _about(source_id: UUID, name: str) -> bytes:
    return f"source:{source_id}:{name}".encode()


def _sealed_with_newest(row: Row, sealing: Sealing) -> bool:
    return all(sealing.is_current(row[name]) for name in _SEALED if row[name] is not None)
