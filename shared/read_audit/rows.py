"""Writes and reads what was noted of reads."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.database import Row, Session
from shared.statements import columns

Place = tuple[datetime, UUID]

_ADD = """
INSERT INTO read_audit (audit_id, at, actor, role, token_id, what, subject_ids, shape, trace_id)
SELECT audit_id, at, actor, role, token_id, what, CAST(subject_ids AS uuid[]),
    CAST(shape AS jsonb), trace_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:actors AS text[]),
    CAST(:roles AS text[]), CAST(:tokens AS text[]), CAST(:whats AS text[]),
    CAST(:subjects AS text[]), CAST(:shapes AS text[]), CAST(:traces AS text[]))
    AS n(audit_id, at, actor, role, token_id, what, subject_ids, shape, trace_id)
ON CONFLICT (audit_id) DO NOTHING
"""
_REMOVE = """
WITH old AS (
    SELECT audit_id FROM read_audit WHERE at < :before ORDER BY at, audit_id LIMIT :limit
), removed AS (
    DELETE FROM read_audit USING old WHERE read_audit.audit_id = old.audit_id RETURNING 1
)
SELECT count(*) FROM removed
"""
_CONDITIONS: Mapping[str, str] = {
    "actor": "actor = :actor",
    "what": "what = :what",
    "subject_ids": "subject_ids && CAST(:subject_ids AS uuid[])",
    "since": "at >= :since",
    "until": "at < :until",
    "at": "(at, audit_id) < (CAST(:at AS timestamptz), CAST(:audit_id AS uuid))",
}


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody was shown or given personal data of these subjects: contacts, leads, inquiries,
    submissions. `shape` says how they were asked for, without a word of what was searched.
    """

    audit_id: UUID
    at: datetime
    actor: str
    role: str
    token_id: str | None
    what: str
    subject_ids: Sequence[UUID]
    shape: Mapping[str, Any] = field(default_factory=dict)
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReadFilter:
    """Those of an actor, of a kind, about any of these subjects, from `since` until `until`."""

    actor: str | None = None
    what: str | None = None
    subject_ids: Collection[UUID] | None = None
    since: datetime | None = None
    until: datetime | None = None


async def add(session: Session, reads: Sequence[Read]) -> None:
    """Keep these reads; one that is kept already is not kept twice."""
    names = "ids ats actors roles tokens whats subjects shapes traces"
    rows = [
        (
            note.audit_id, note.at, note.actor, note.role, note.token_id, note.what,
            f"{{{','.join(map(str, note.subject_ids))}}}", json.dumps(note.shape), note.trace_id,
        )
        for note in reads
    ]  # fmt: skip
    await session.execute(_ADD, columns(names, rows))


async def list_reads(
    session: Session, criteria: ReadFilter, *, after: Place | None, limit: int
) -> Sequence[Read]:
    """Up to `limit` reads behind `after`, the latest first."""
    params: dict[str, Any] = {
        "actor": criteria.actor,
        "what": criteria.what,
        "subject_ids": None if criteria.subject_ids is None else list(criteria.subject_ids),
        "since": criteria.since,
        "until": criteria.until,
        "at": after and after[0],
    }
    conditions = [text for name, text in _CONDITIONS.items() if params[name] is not None]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = await session.execute(
        f"SELECT * FROM read_audit {where} ORDER BY at DESC, audit_id DESC LIMIT :limit",
        {**params, "audit_id": after and after[1], "limit": limit},
    )
    return [_read(row) for row in rows]


async def remove_old(session: Session, *, before: datetime, limit: int) -> int:
    """Delete the oldest of the reads before a moment. Returns how many, at most `limit`."""
    return int(await session.scalar(_REMOVE, {"before": before, "limit": limit}))


def _read(row: Row) -> Read:
    return Read(**row)
