"""Exports of segments that were begun, how far each is, and whether it is to end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.database import Session
from shared.errors import NotFoundError

STALLED_AFTER = timedelta(minutes=1)  # without a step: broken off, or its reader has stopped
SHOWN_FOR = timedelta(days=30)

_COLUMNS = 'export_id, segment_id, format, actor, state, persons, "of", began_at, moved_at'
_ADD = f"""
INSERT INTO segment_export ({_COLUMNS})
VALUES (:id, :segment, :format, :actor, 'running', 0, :of, :now, :now) RETURNING {_COLUMNS}
"""
_FORGET = "DELETE FROM segment_export WHERE segment_id = :segment AND began_at < :before"
_COUNT_MOVING = """
SELECT count(*) FROM segment_export WHERE state = 'running' AND moved_at > :since
"""
# One at a time counts those that run, or several would see room for one.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('segment_export'))"
_LIST = f"""
SELECT {_COLUMNS} FROM segment_export
WHERE segment_id = :segment AND (CAST(:before AS uuid) IS NULL OR export_id < :before)
ORDER BY export_id DESC LIMIT :limit
"""
_GET = f"SELECT {_COLUMNS} FROM segment_export WHERE segment_id = :segment AND export_id = :id"
# Who was cancelled stays so, whatever the export notes afterwards.
_NOTE = """
UPDATE segment_export SET persons = :persons, moved_at = greatest(moved_at, :now),
    state = CASE WHEN state = 'running' THEN :state ELSE state END
WHERE export_id = :id RETURNING state
"""
_CANCEL = """
UPDATE segment_export SET state = 'cancelled' WHERE export_id = :id AND state = 'running'
"""


@dataclass(frozen=True, slots=True)
class SegmentExport:
    """`persons` have been written, `of` were in the segment when it began. `state`: `running`,
    `done`, `cancelled` or `failed`.
    """

    export_id: UUID
    segment_id: UUID
    format: str
    actor: str
    state: str
    persons: int
    of: int
    began_at: datetime
    moved_at: datetime

    def is_stalled(self, now: datetime) -> bool:
        """Whether it has not gone on for so long that nobody may be fetching it any more."""
        return self.state == "running" and now - self.moved_at > STALLED_AFTER


async def count_moving(session: Session, *, now: datetime) -> int:
    """How many are being written; nobody else begins one before the transaction ends."""
    await session.execute(_LOCK)
    return int(await session.scalar(_COUNT_MOVING, {"since": now - STALLED_AFTER}))


async def add_export(
    session: Session,
    export_id: UUID,
    segment_id: UUID,
    *,
    form: str,
    actor: str,
    of: int,
    now: datetime,
) -> SegmentExport:
    """Note that one begins; old ones of the segment are forgotten."""
    await session.execute(_FORGET, {"segment": segment_id, "before": now - SHOWN_FOR})
    params = {"id": export_id, "segment": segment_id, "format": form, "actor": actor, "of": of}
    row = (await session.execute(_ADD, {**params, "now": now})).one()
    return SegmentExport(**row)


async def list_exports(
    session: Session, segment_id: UUID, *, before: UUID | None, limit: int
) -> list[SegmentExport]:
    """The newest first; one more than `limit` shows that there is a next page."""
    params = {"segment": segment_id, "before": before, "limit": limit + 1}
    return [SegmentExport(**row) for row in await session.execute(_LIST, params)]


async def get_export(session: Session, segment_id: UUID, export_id: UUID) -> SegmentExport:
    """Raises NotFoundError."""
    row = (await session.execute(_GET, {"segment": segment_id, "id": export_id})).first()
    if row is None:
        raise NotFoundError("There is no such export.")
    return SegmentExport(**row)


async def note_export(
    session: Session, export_id: UUID, *, persons: int, state: str, now: datetime
) -> str:
    """Write how far it is and what it is now. Returns what it is: somebody may have cancelled."""
    params = {"id": export_id, "persons": persons, "state": state, "now": now}
    return str(await session.scalar(_NOTE, params))


async def cancel_export(session: Session, export_id: UUID) -> None:
    await session.execute(_CANCEL, {"id": export_id})
