"""Segments and their versions, and how far each has been swept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.database import Row, Session
from shared.errors import NotFoundError

_COLUMNS = """segment_id, name, filter, time_zone, is_relative, version, created_at, changed_at,
changed_by, deleted_at, swept_version, swept_at, swept_to, swept_count, member_count"""
_GET = f"SELECT {_COLUMNS} FROM segment WHERE segment_id = :id AND deleted_at IS NULL"
_LIST = f"""
SELECT {_COLUMNS} FROM segment
WHERE deleted_at IS NULL AND (CAST(:before AS uuid) IS NULL OR segment_id < :before)
ORDER BY segment_id DESC LIMIT :limit
"""
_LIST_LIVE = f"SELECT {_COLUMNS} FROM segment WHERE deleted_at IS NULL ORDER BY segment_id"
_ADD = f"""
INSERT INTO segment (segment_id, name, filter, time_zone, is_relative, version, created_at,
    changed_at, changed_by, swept_version, swept_count)
VALUES (:id, :name, CAST(:filter AS jsonb), :zone, :relative, 1, :now, :now, :actor, 0, 0)
RETURNING {_COLUMNS}
"""
# A sweep that was under way was of the former version: it begins again.
_REPLACE = f"""
UPDATE segment SET name = :name, filter = CAST(:filter AS jsonb), time_zone = :zone,
    is_relative = :relative, version = version + 1, changed_at = :now, changed_by = :actor,
    swept_to = NULL, swept_count = 0
WHERE segment_id = :id RETURNING {_COLUMNS}
"""
_DELETE = """
UPDATE segment SET deleted_at = :now, changed_at = :now, changed_by = :actor,
    version = version + 1, swept_to = NULL, swept_count = 0
WHERE segment_id = :id
"""
_ADD_VERSION = """
INSERT INTO segment_version (segment_id, version, at, actor, name, filter, time_zone)
SELECT segment_id, version, changed_at, changed_by, name, filter, time_zone
FROM segment WHERE segment_id = :id
"""
_LIST_VERSIONS = """
SELECT version, at, actor, name, filter, time_zone FROM segment_version
WHERE segment_id = :id AND (CAST(:before AS bigint) IS NULL OR version < :before)
ORDER BY version DESC LIMIT :limit
"""
# `swept_at` is when the sweep began: what time has changed since then is not looked at by it.
# What is being swept goes on; then changed and deleted segments, then those that time has changed.
_LOCK_NEXT = f"""
SELECT {_COLUMNS} FROM segment
WHERE swept_to IS NOT NULL OR swept_version < version
    OR (is_relative AND deleted_at IS NULL AND swept_at < :before)
ORDER BY swept_version < version DESC, swept_to IS NULL, swept_at NULLS FIRST, segment_id
LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
_NOTE_SLICE = """
UPDATE segment SET swept_at = CASE WHEN swept_to IS NULL THEN :now ELSE swept_at END,
    swept_to = :swept_to, swept_count = swept_count + :count
WHERE segment_id = :id
"""
_NOTE_END = """
UPDATE segment SET swept_at = CASE WHEN swept_to IS NULL THEN :now ELSE swept_at END,
    swept_to = NULL, swept_count = 0, swept_version = version
WHERE segment_id = :id
"""


@dataclass(frozen=True, slots=True)
class Segment:
    """`filter` is JSON as it was given. While `swept_version` is below `version`, not everybody has
    been looked at: `swept_count` have.
    """

    segment_id: UUID
    name: str
    filter: Mapping[str, Any]
    time_zone: str
    is_relative: bool
    version: int
    created_at: datetime
    changed_at: datetime
    changed_by: str
    deleted_at: datetime | None
    swept_version: int
    swept_at: datetime | None
    swept_to: UUID | None
    swept_count: int
    member_count: int


@dataclass(frozen=True, slots=True)
class SegmentVersion:
    version: int
    at: datetime
    actor: str
    name: str
    filter: Mapping[str, Any]
    time_zone: str


@dataclass(frozen=True, slots=True)
class SegmentFields:
    """What a supervisor gives."""

    name: str
    filter: Mapping[str, Any]
    time_zone: str
    is_relative: bool


async def get_segment(session: Session, segment_id: UUID) -> Segment:
    """Raises NotFoundError."""
    row = (await session.execute(_GET, {"id": segment_id})).first()
    if row is None:
        raise NotFoundError("There is no such segment.")
    return _segment(row)


async def lock_segment(session: Session, segment_id: UUID) -> Segment:
    """The segment under a row lock. Raises NotFoundError."""
    row = (await session.execute(f"{_GET} FOR NO KEY UPDATE", {"id": segment_id})).first()
    if row is None:
        raise NotFoundError("There is no such segment.")
    return _segment(row)


async def list_segments(session: Session, *, before: UUID | None, limit: int) -> list[Segment]:
    """The newest first; one more than `limit` shows that there is a next page."""
    rows = await session.execute(_LIST, {"before": before, "limit": limit + 1})
    return [_segment(row) for row in rows]


async def list_live(session: Session) -> list[Segment]:
    """All that are not deleted."""
    return [_segment(row) for row in await session.execute(_LIST_LIVE)]


async def add_segment(
    session: Session, segment_id: UUID, content: SegmentFields, *, actor: str, now: datetime
) -> Segment:
    return await _write(session, _ADD, segment_id, content, actor=actor, now=now)


async def replace_segment(
    session: Session, segment_id: UUID, content: SegmentFields, *, actor: str, now: datetime
) -> Segment:
    """A new version; the caller has locked the segment."""
    return await _write(session, _REPLACE, segment_id, content, actor=actor, now=now)


async def _write(
    session: Session,
    statement: str,
    segment_id: UUID,
    content: SegmentFields,
    *,
    actor: str,
    now: datetime,
) -> Segment:
    params = {
        "id": segment_id,
        "name": content.name,
        "filter": json.dumps(content.filter, ensure_ascii=False),
        "zone": content.time_zone,
        "relative": content.is_relative,
        "actor": actor,
        "now": now,
    }
    segment = _segment((await session.execute(statement, params)).one())
    await session.execute(_ADD_VERSION, {"id": segment_id})
    return segment


async def delete_segment(session: Session, segment_id: UUID, *, actor: str, now: datetime) -> None:
    """Its members leave with the sweeps that follow; its versions stay."""
    await session.execute(_DELETE, {"id": segment_id, "actor": actor, "now": now})


async def list_versions(
    session: Session, segment_id: UUID, *, before: int | None, limit: int
) -> list[SegmentVersion]:
    """The newest first; one more than `limit` shows that there is a next page."""
    params = {"id": segment_id, "before": before, "limit": limit + 1}
    return [SegmentVersion(**row) for row in await session.execute(_LIST_VERSIONS, params)]


async def lock_next_to_sweep(session: Session, *, before: datetime) -> Segment | None:
    """The segment whose sweep goes on or is due: one of relative dates if it was last swept before
    that moment.
    """
    row = (await session.execute(_LOCK_NEXT, {"before": before})).first()
    return None if row is None else _segment(row)


async def note_slice(
    session: Session, segment_id: UUID, *, swept_to: UUID, count: int, now: datetime
) -> None:
    """The sweep stands behind this person now."""
    params = {"id": segment_id, "swept_to": swept_to, "count": count, "now": now}
    await session.execute(_NOTE_SLICE, params)


async def note_sweep(session: Session, segment_id: UUID, *, now: datetime) -> None:
    """Everybody has been looked at."""
    await session.execute(_NOTE_END, {"id": segment_id, "now": now})


def names(segments: Sequence[Segment]) -> str:
    """Their names for a refusal, the first few."""
    return ", ".join(segment.name for segment in segments[:5])


def _segment(row: Row) -> Segment:
    return Segment(**{item.name: row[item.name] for item in fields(Segment)})
