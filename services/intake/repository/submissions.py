"""Submissions as rows: taken up by the normaliser, settled by it, looked at by people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from services.intake.domain.wire import RawRequest
from services.intake.tables import submission
from shared.database import Row, Session
from shared.statements import among

_WHOLE = """
SELECT submission_id, source_id, native, method, rest, query, headers, received_at, traceparent,
    coalesce(repaired_body, body) AS body, repaired_content_type, overrides
FROM submission WHERE submission_id = ANY(CAST(:ids AS uuid[])) AND state = 'pending'
ORDER BY submission_id
"""
_LOCK = """
SELECT submission_id FROM submission
WHERE submission_id = ANY(CAST(:ids AS uuid[])) AND state = 'pending'
ORDER BY submission_id FOR UPDATE SKIP LOCKED
"""
_SETTLE = """
UPDATE submission AS s SET state = o.state, reason = o.reason, settled_at = :now,
    inquiry_ids = CAST(o.inquiry_ids AS uuid[]), external_id = o.external_id,
    linked_to = CASE WHEN s.key_digest IS NULL OR s.native THEN NULL ELSE nullif((
        SELECT f.submission_id FROM submission AS f
        WHERE f.source_id = s.source_id AND f.key_digest = s.key_digest AND NOT f.native
        ORDER BY f.submission_id LIMIT 1), s.submission_id) END
FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
    CAST(:inquiries AS text[]), CAST(:externals AS text[]))
    AS o(submission_id, state, reason, inquiry_ids, external_id)
WHERE s.submission_id = o.submission_id
"""
_FIRSTS = """
INSERT INTO external_thing (source_id, external_digest, submission_id)
SELECT * FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:ids AS uuid[]))
    AS n(source_id, external_digest, submission_id)
ORDER BY source_id, external_digest
ON CONFLICT DO NOTHING RETURNING submission_id
"""
_KNOWN_FIRSTS = """
SELECT asked.submission_id AS later, t.submission_id AS first, s.inquiry_ids
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:ids AS uuid[]))
    AS asked(source_id, external_digest, submission_id)
JOIN external_thing AS t USING (source_id, external_digest)
JOIN submission AS s ON s.submission_id = t.submission_id
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A submission as the normaliser reads it: a repaired body stands for the first one."""

    submission_id: UUID
    source_id: UUID
    native: bool
    request: RawRequest
    received_at: datetime
    traceparent: str | None
    overrides: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission."""

    submission_id: UUID
    state: str
    reason: str | None = None
    inquiry_ids: tuple[UUID, ...] = ()
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class First:
    """The submission that first told of a thing, and the inquiries made of it."""

    submission_id: UUID
    inquiry_ids: tuple[UUID, ...] = field(default=())


async def pending_whole(session: Session, ids: Sequence[UUID]) -> list[Stored]:
    rows = await session.execute(_WHOLE, {"ids": list(ids)})
    return [_stored(row) for row in rows]


async def lock_pending(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those that are still pending and in nobody else's hands, locked until the commit."""
    return set((await session.execute(_LOCK, {"ids": list(ids)})).scalars())


async def settle(session: Session, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    await session.execute(
        _SETTLE,
        {
            "ids": [outcome.submission_id for outcome in outcomes],
            "states": [outcome.state for outcome in outcomes],
            "reasons": [outcome.reason for outcome in outcomes],
            "inquiries": [
                "{" + ",".join(map(str, outcome.inquiry_ids)) + "}" for outcome in outcomes
            ],
            "externals": [outcome.external_id for outcome in outcomes],
            "now": now,
        },
    )


async def claim_things(
    session: Session, things: Sequence[tuple[UUID, bytes, UUID]]
) -> dict[UUID, First]:
    """Register (source, digest of the external id, submission); give those that came too late.

    A submission that registered the thing itself, at an earlier attempt, is not late.
    """
    asked = {
        "sources": [source for source, _, _ in things],
        "digests": [digest for _, digest, _ in things],
        "ids": [submission_id for _, _, submission_id in things],
    }
    fresh = set((await session.execute(_FIRSTS, asked)).scalars())
    if len(fresh) == len(things):
        return {}
    rows = await session.execute(_KNOWN_FIRSTS, asked)
    return {
        row.later: First(row.first, tuple(row.inquiry_ids))
        for row in rows
        if row.later != row.first
    }


def headers_of(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The headers as they were kept, one a line."""
    pairs = (line.partition(b":") for line in raw.split(b"\n") if line)
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, _, value in pairs)


def _stored(row: Row) -> Stored:
    headers = headers_of(row["headers"])
    if row["repaired_content_type"]:
        headers = (
            ("content-type", row["repaired_content_type"]),
            *(pair for pair in headers if pair[0] != "content-type"),
        )
    return Stored(
        submission_id=row["submission_id"],
        source_id=row["source_id"],
        native=row["native"],
        request=RawRequest(
            method=row["method"],
            rest=row["rest"],
            query=row["query"],
            headers=headers,
            body=row["body"],
        ),
        received_at=row["received_at"],
        traceparent=row["traceparent"],
        overrides=row["overrides"],
    )


_LISTED = (
    submission.c.submission_id,
    submission.c.source_id,
    submission.c.state,
    submission.c.reason,
    submission.c.inquiry_ids,
    submission.c.received_at,
    submission.c.settled_at,
    submission.c.linked_to,
    submission.c.external_id,
    submission.c.repaired_at,
    submission.c.repaired_by,
)


async def find_receipt(session: Session, submission_id: UUID) -> Row | None:
    query = select(*_LISTED).where(submission.c.submission_id == submission_id)
    return (await session.execute(query)).first()


async def find_submission(
    session: Session, submission_id: UUID, *, lock: bool = False
) -> Row | None:
    query = select(submission).where(submission.c.submission_id == submission_id)
    found = await session.execute(query.with_for_update() if lock else query)
    return found.first()


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which submissions are meant; what is None does not matter."""

    state: str | None = None
    reason: str | None = None
    source_id: UUID | None = None
    ids: tuple[UUID, ...] | None = None


def sieved(query: Select[Any], sieve: Sieve) -> Select[Any]:
    if sieve.state is not None:
        query = query.where(submission.c.state == sieve.state)
    if sieve.reason is not None:
        query = query.where(submission.c.reason == sieve.reason)
    if sieve.source_id is not None:
        query = query.where(submission.c.source_id == sieve.source_id)
    if sieve.ids is not None:
        query = query.where(among(submission.c.submission_id, sieve.ids))
    return query


async def submissions_page(
    session: Session, sieve: Sieve, *, after: UUID | None, limit: int
) -> list[Row]:
    """Newest id first, one more than `limit`, without bodies."""
    query = sieved(select(*_LISTED), sieve)
    if after is not None:
        query = query.where(submission.c.submission_id < after)
    ordered = query.order_by(submission.c.submission_id.desc()).limit(limit + 1)
    return await session.execute(ordered)
