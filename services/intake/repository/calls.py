"""Calls as their events have told them so far.

Invariant: calls are locked before points, in one order, so that normalisers do not deadlock.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.intake.domain.call_matching import SAME_CALL, Sighting
from services.intake.domain.calls import CallFacts
from services.intake.domain.keys import key_digest
from services.intake.domain.restoring import RestoredCall
from shared.contracts.inquiry import Inquiry
from shared.database import Row, Session
from shared.statements import columns

_PARTS: Final = """source_id, call_id_digest, call_id, submission_id, heard_at, facts, inquiry_id,
    observation_id, is_erased"""
# Creates what is missing and locks the rest, in one order for everybody.
_LOCK = f"""
INSERT INTO call AS c (source_id, call_id_digest, call_id, submission_id, heard_at, facts)
SELECT source_id, digest, call_id, submission_id, heard_at, '{{}}'
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:call_ids AS text[]),
    CAST(:submissions AS uuid[]), CAST(:times AS timestamptz[]))
    AS n(source_id, digest, call_id, submission_id, heard_at)
ORDER BY source_id, digest
ON CONFLICT (source_id, call_id_digest) DO UPDATE SET heard_at = c.heard_at
RETURNING {_PARTS}
"""
_WRITE = """
UPDATE call AS c SET facts = n.facts, inquiry_id = n.inquiry_id,
    observation_id = n.observation_id, overdue_at = n.overdue_at, caller = n.caller, line = n.line,
    started_at = n.started_at, is_tracking = n.is_tracking
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:facts AS json[]),
    CAST(:inquiries AS uuid[]), CAST(:observations AS uuid[]), CAST(:overdues AS timestamptz[]),
    CAST(:callers AS text[]), CAST(:lines AS text[]), CAST(:starts AS timestamptz[]),
    CAST(:trackings AS boolean[]))
    AS n(source_id, digest, facts, inquiry_id, observation_id, overdue_at, caller, line,
        started_at, is_tracking)
WHERE c.source_id = n.source_id AND c.call_id_digest = n.digest
"""
# What its events had told stays where the call stands already; else it is what the inquiry tells.
_RESTORE = """
INSERT INTO call AS c (source_id, call_id_digest, call_id, submission_id, heard_at, facts,
    inquiry_id, observation_id)
SELECT source_id, digest, call_id, submission_id, heard_at, facts, inquiry_id, observation_id
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:call_ids AS text[]),
    CAST(:submissions AS uuid[]), CAST(:times AS timestamptz[]), CAST(:facts AS json[]),
    CAST(:inquiries AS uuid[]), CAST(:observations AS uuid[]))
    AS n(source_id, digest, call_id, submission_id, heard_at, facts, inquiry_id, observation_id)
JOIN source USING (source_id)
ORDER BY source_id, digest
ON CONFLICT (source_id, call_id_digest) DO UPDATE SET inquiry_id = excluded.inquiry_id,
    observation_id = excluded.observation_id, facts = excluded.facts, overdue_at = NULL
WHERE c.inquiry_id IS NULL AND c.observation_id IS NULL
"""
_SETTLED = """
SELECT c.source_id, c.call_id_digest
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[])) AS n(source_id, digest)
JOIN call AS c ON c.source_id = n.source_id AND c.call_id_digest = n.digest
WHERE c.inquiry_id IS NOT NULL
"""
_SIGHTINGS = """
SELECT DISTINCT c.source_id, c.inquiry_id, c.caller, c.line, c.started_at, c.is_tracking
FROM unnest(CAST(:callers AS text[]), CAST(:sinces AS timestamptz[]),
    CAST(:untils AS timestamptz[])) AS n(caller, since, until)
JOIN call AS c ON c.caller = n.caller AND c.started_at BETWEEN n.since AND n.until
WHERE c.inquiry_id IS NOT NULL
"""
_OVERDUE = """
SELECT source_id, call_id_digest FROM call WHERE overdue_at <= :now ORDER BY overdue_at LIMIT :limit
"""
_LOCK_OVERDUE = f"""
SELECT {_PARTS} FROM call
WHERE (source_id, call_id_digest) IN (
        SELECT * FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[])))
    AND overdue_at <= :now
ORDER BY source_id, call_id_digest FOR UPDATE SKIP LOCKED
"""
_POSTPONE = """
UPDATE call SET overdue_at = :until
WHERE overdue_at IS NOT NULL AND (source_id, call_id_digest) IN (
    SELECT * FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[])))
"""
_LOCK_INQUIRIES = """
SELECT inquiry_id, content FROM inquiry
WHERE inquiry_id = ANY(CAST(:ids AS uuid[])) ORDER BY inquiry_id FOR UPDATE
"""
_CHANGE_INQUIRIES = """
UPDATE inquiry AS i SET content = CAST(CAST(i.content AS jsonb) || CAST(n.changes AS jsonb) AS json)
FROM unnest(CAST(:ids AS uuid[]), CAST(:changes AS text[])) AS n(inquiry_id, changes)
WHERE i.inquiry_id = n.inquiry_id
"""

CallKey = tuple[UUID, bytes]  # source, digest of the provider's id of the call


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as it was before. `submission_id` was the first to tell of it, at `heard_at`;
    `is_erased`: its person was.
    """

    source_id: UUID
    call_id: str
    submission_id: UUID
    heard_at: datetime
    facts: CallFacts
    inquiry_id: UUID | None = None
    observation_id: UUID | None = None
    is_erased: bool = False

    @property
    def key(self) -> CallKey:
        return self.source_id, key_digest(self.call_id)

    @property
    def is_settled(self) -> bool:
        """Whether it has become an inquiry or was observed."""
        return self.inquiry_id is not None or self.observation_id is not None


@dataclass(frozen=True, slots=True)
class CallState:
    """A call as it is afterwards; `sighting` is what another source may recognise it by."""

    row: CallRow
    overdue_at: datetime | None
    sighting: Sighting | None
    is_tracking: bool


async def lock_calls(session: Session, rows: Sequence[CallRow]) -> dict[CallKey, CallRow]:
    """Create the calls that are missing, each with the given first submission, and lock all."""
    names = "sources digests call_ids submissions times"
    values = [(*row.key, row.call_id, row.submission_id, row.heard_at) for row in rows]
    locked = await session.execute(_LOCK, columns(names, values))
    return {row.key: row for row in map(_call_row, locked)}


async def write_calls(session: Session, states: Sequence[CallState]) -> None:
    names = "sources digests facts inquiries observations overdues callers lines starts trackings"
    await session.execute(_WRITE, columns(names, map(_values, states)))


def _values(state: CallState) -> tuple[Any, ...]:
    row, sighting = state.row, state.sighting
    return (
        *(*row.key, row.facts.as_text(), row.inquiry_id, row.observation_id, state.overdue_at),
        *(
            (sighting.caller, sighting.line, sighting.started_at)
            if sighting
            else (None, None, None)
        ),
        state.is_tracking,
    )


async def restore_calls(session: Session, restored: Sequence[RestoredCall]) -> None:
    """Write the calls that intake's own events tell of."""
    names = "sources digests call_ids submissions times facts inquiries observations"
    unique = {(call.source_id, key_digest(call.call_id)): call for call in restored}
    values = [
        (
            *(*key, call.call_id, call.submission_id, call.heard_at, call.facts.as_text()),
            *(call.inquiry_id, call.observation_id),
        )
        for key, call in unique.items()
    ]
    await session.execute(_RESTORE, columns(names, values))


async def find_settled(session: Session, keys: Sequence[CallKey]) -> set[CallKey]:
    """Those that are in an inquiry."""
    rows = await session.execute(_SETTLED, columns("sources digests", keys))
    return {(row.source_id, bytes(row.call_id_digest)) for row in rows}


async def find_sightings(session: Session, calls: Collection[Sighting]) -> list[Sighting]:
    """Calls of the same callers around the same moments that are in an inquiry already."""
    values = [(c.caller, c.started_at - SAME_CALL, c.started_at + SAME_CALL) for c in calls]
    rows = await session.execute(_SIGHTINGS, columns("callers sinces untils", values))
    return [
        Sighting(
            row.source_id, row.inquiry_id, row.caller, row.line, row.started_at, row.is_tracking
        )
        for row in rows
    ]


async def list_overdue(session: Session, *, now: datetime, limit: int) -> list[CallKey]:
    rows = await session.execute(_OVERDUE, {"now": now, "limit": limit})
    return [(row.source_id, bytes(row.call_id_digest)) for row in rows]


async def lock_overdue(
    session: Session, keys: Sequence[CallKey], *, now: datetime
) -> list[CallRow]:
    """Those that are still open and that nobody else has in hand."""
    params = {**columns("sources digests", keys), "now": now}
    return [_call_row(row) for row in await session.execute(_LOCK_OVERDUE, params)]


async def postpone_calls(
    session: Session, keys: Sequence[CallKey], *, until: datetime | None
) -> None:
    """Look at overdue calls later, or never again."""
    if keys:
        await session.execute(_POSTPONE, {**columns("sources digests", keys), "until": until})


async def lock_inquiries(session: Session, ids: Collection[UUID]) -> dict[UUID, Inquiry]:
    """Lock inquiries that are going to change, until the commit."""
    rows = await session.execute(_LOCK_INQUIRIES, {"ids": sorted(ids)})
    return {row.inquiry_id: Inquiry.model_validate(row.content) for row in rows}


async def change_inquiries(
    session: Session, changes: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> None:
    """Lay changed members over the contents of inquiries, each of which is named once."""
    texts = [(inquiry_id, json.dumps(members)) for inquiry_id, members in changes]
    await session.execute(_CHANGE_INQUIRIES, columns("ids changes", texts))


def _call_row(row: Row) -> CallRow:
    return CallRow(
        source_id=row.source_id,
        call_id=row.call_id,
        submission_id=row.submission_id,
        heard_at=row.heard_at,
        facts=CallFacts.of(row.facts),
        inquiry_id=row.inquiry_id,
        observation_id=row.observation_id,
        is_erased=row.is_erased,
    )
