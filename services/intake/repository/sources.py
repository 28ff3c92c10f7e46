"""The sources as rows.

Invariant: secrets are encrypted in the table, each bound to its row and column.
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

from services.intake.domain.requests import SourceSettings, SourceView
from services.intake.tables import source
from shared.database import Row, Session
from shared.sealing import SealedError, Sealing
from shared.statements import among

log = structlog.get_logger()
_SEALED = ("secrets", "previous_secrets")
_LISTS = ("own_addresses", "own_numbers", "networks")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow(SourceSettings):
    """A configured source; its `previous_secrets` stay valid until `previous_until`.

    Not `readable` if its secrets were sealed with a key that this process does not have.
    """

    source_id: UUID
    key: str
    adapter: str
    owner: str
    created_at: datetime
    changed_at: datetime
    enabled: bool = True
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    previous_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    previous_until: datetime | None = None
    readable: bool = True

    def view(self) -> SourceView:
        """Raises SealedError."""
        if not self.readable:
            raise SealedError("The source's secrets cannot be opened here.")
        return _view(self, self.secrets, self.previous_secrets)

    def views(self, *, now: datetime) -> tuple[SourceView, ...]:
        """The view by its present secrets and, within the overlap, that by the former ones.

        Raises SealedError.
        """
        if self.previous_secrets and self.previous_until and now < self.previous_until:
            return self.view(), _view(self, self.previous_secrets, self.secrets)
        return (self.view(),)

    def outlived(self, *, now: datetime) -> bool:
        """Whether the overlap of the former secrets is over."""
        return self.previous_until is not None and self.previous_until <= now


def _view(row: SourceRow, secrets: Mapping[str, str], others: Mapping[str, str]) -> SourceView:
    return SourceView(
        source_id=row.source_id,
        key=row.key,
        adapter=row.adapter,
        secrets=secrets,
        former_secrets=others,
        **row.settings(),
    )


async def list_all_sources(session: Session) -> list[SourceRow]:
    rows = await session.execute(select(source))
    return [_row(row, session.sealing) for row in rows]


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """Conditions on sources; None is no condition."""

    adapter: str | None = None
    enabled: bool | None = None


async def list_sources(
    session: Session, criteria: SourceFilter, *, after: UUID | None, limit: int
) -> list[SourceRow]:
    """Newest id first, one more than `limit`."""
    query = select(source).order_by(source.c.source_id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(source.c.source_id < after)
    if criteria.adapter is not None:
        query = query.where(source.c.adapter == criteria.adapter)
    if criteria.enabled is not None:
        query = query.where(source.c.enabled.is_(criteria.enabled))
    return [_row(row, session.sealing) for row in await session.execute(query)]


async def find_source(
    session: Session, *, key_or_id: str | UUID, lock: bool = False
) -> SourceRow | None:
    by_id = isinstance(key_or_id, UUID)
    column = source.c.source_id if by_id else source.c.key
    query = select(source).where(column == key_or_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    return _row(row, session.sealing) if row else None


async def lock_sources(session: Session, *, keys: Sequence[str]) -> dict[str, SourceRow]:
    """Lock the rows of these keys in one order. Returns key → source."""
    query = select(source).where(among(source.c.key, keys)).order_by(source.c.key).with_for_update()
    rows = await session.execute(query)
    return {row["key"]: _row(row, session.sealing) for row in rows}


async def lock_untidy_sources(session: Session, *, now: datetime) -> list[SourceRow]:
    """Lock all sources. Returns the readable ones that are to be written anew.

    These have former secrets beyond their overlap, or are sealed with an older key.
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
    """False if the key is taken."""
    values = _values(row, session.sealing)
    statement = postgresql.insert(source).values(values).on_conflict_do_nothing()
    rows = await session.execute(statement.returning(source.c.source_id))
    return rows.first() is not None


async def change_source(session: Session, row: SourceRow) -> None:
    values = _values(row, session.sealing)
    await session.execute(update(source).where(source.c.source_id == row.source_id).values(values))


def _values(row: SourceRow, sealing: Sealing) -> dict[str, Any]:
    values = {
        name: getattr(row, name)
        for name in (*SourceSettings.__slots__, *SourceRow.__slots__)
        if name != "readable"
    }
    for name in ("mapping", "options"):
        values[name] = dict(values[name])
    for name in _LISTS:
        values[name] = list(values[name])
    if not row.readable:
        # Secrets that could not be opened stay in the table as they are.
        return {name: value for name, value in values.items() if name not in _SEALED}
    for name in _SEALED:
        values[name] = sealed_secrets(sealing, values[name], about=_about(row.source_id, name))
    if not row.previous_secrets:
        values["previous_secrets"] = None
    return values


def _row(row: Row, sealing: Sealing) -> SourceRow:
    values = {**row, **{name: tuple(row[name]) for name in _LISTS}}
    secrets = {}
    try:
        for name in _SEALED:
            ciphertext = row[name]
            about = _about(row["source_id"], name)
            secrets[name] = (
                {} if ciphertext is None else opened_secrets(sealing, ciphertext, about=about)
            )
    except SealedError:
        log.error("sources.sealed", source_id=str(row["source_id"]))  # noqa: TRY400  one line
        return SourceRow(**{**values, **{name: {} for name in _SEALED}}, readable=False)
    return SourceRow(**{**values, **secrets})


def sealed_secrets(sealing: Sealing, secrets: Mapping[str, str], *, about: bytes) -> str:
    return sealing.seal(json.dumps(dict(secrets)).encode(), about=about)


def opened_secrets(sealing: Sealing, ciphertext: str, *, about: bytes) -> dict[str, str]:
    """Raises SealedError."""
    secrets: dict[str, str] = json.loads(sealing.unseal(ciphertext, about=about))
    return secrets


def _about(source_id: UUID, name: str) -> bytes:
    return f"source:{source_id}:{name}".encode()


def _sealed_with_newest(row: Row, sealing: Sealing) -> bool:
    return all(sealing.is_current(row[name]) for name in _SEALED if row[name] is not None)
