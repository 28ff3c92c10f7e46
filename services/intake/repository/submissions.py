"""Submissions as rows: read and settled by the normaliser, listed for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select

from services.intake.domain.requests import RawRequest, Submission
from services.intake.domain.states import Reason, SubmissionState
from services.intake.tables import submission
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.statements import among

PENDING: Final = f"state = '{SubmissionState.PENDING}'"
# A source's row changes its xmin whenever somebody writes it.
PARTS: Final = """submission_id, source_id, native, method, rest, query, headers, received_at,
    traceparent, repaired_content_type, overrides, released,
    CASE WHEN repaired_body IS NULL THEN coalesce(body_bytes, 0) ELSE 0 END AS piece_bytes,
    (SELECT xmin FROM source WHERE source.source_id = submission.source_id) AS source_revision"""
_WITH_FETCHED = f"""
SELECT {PARTS}, coalesce(repaired_body, body) AS body,
    ARRAY(SELECT name FROM follow_up AS f WHERE f.submission_id = submission.submission_id
        AND f.status = 'fetched' ORDER BY name) AS fetched_names,
    ARRAY(SELECT answer FROM follow_up AS f WHERE f.submission_id = submission.submission_id
        AND f.status = 'fetched' ORDER BY name) AS fetched_answers
FROM submission
"""
_WHOLE = f"""
{_WITH_FETCHED} WHERE submission_id = ANY(CAST(:ids AS uuid[])) AND {PENDING}
ORDER BY submission_id
"""
_ONE = f"{_WITH_FETCHED} WHERE submission_id = :id AND source_id = :source_id"
_BY_ID = f"""
SELECT {PARTS}, coalesce(repaired_body, body) AS body
FROM submission WHERE submission_id = ANY(CAST(:ids AS uuid[])) ORDER BY submission_id
"""
# A repair is a person's word that the later body is meant.
_REUSING = """
SELECT s.submission_id FROM submission AS s
WHERE s.submission_id = ANY(CAST(:ids AS uuid[])) AND s.repaired_at IS NULL AND EXISTS (
    SELECT FROM submission AS f WHERE f.source_id = s.source_id AND f.key_digest = s.key_digest
        AND NOT f.native AND f.submission_id < s.submission_id)
"""
LOCK: Final = f"""
SELECT submission_id FROM submission
WHERE submission_id = ANY(CAST(:ids AS uuid[])) AND {PENDING}
ORDER BY submission_id FOR UPDATE SKIP LOCKED"""
SETTLE: Final = """
UPDATE submission AS s SET state = o.state, reason = o.reason, settled_at = :now,
    inquiry_ids = CAST(o.inquiry_ids AS uuid[]), external_id = o.external_id,
    linked_to = CASE WHEN s.key_digest IS NULL OR s.native THEN NULL ELSE nullif((
        SELECT f.submission_id FROM submission AS f
        WHERE f.source_id = s.source_id AND f.key_digest = s.key_digest AND NOT f.native
        ORDER BY f.submission_id LIMIT 1), s.submission_id) END
FROM unnest(CAST(:settled AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
    CAST(:promised AS text[]), CAST(:externals AS text[]))
    AS o(submission_id, state, reason, inquiry_ids, external_id)
WHERE s.submission_id = o.submission_id"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state that a submission is settled with."""

    submission_id: UUID
    state: SubmissionState
    reason: Reason | None = None
    inquiry_ids: tuple[UUID, ...] = ()
    external_id: str | None = None


async def list_pending_by_id(session: Session, ids: Sequence[UUID]) -> list[Submission]:
    """Those that are still pending, with what was fetched for them."""
    rows = await session.execute(_WHOLE, {"ids": list(ids)})
    return [submission_of(row, _fetched(row)) for row in rows]


async def find_request(
    session: Session, submission_id: UUID, *, source_id: UUID
) -> Submission | None:
    """A submission of a source as it is read, whatever its state, with what was fetched for it."""
    row = (await session.execute(_ONE, {"id": submission_id, "source_id": source_id})).first()
    return None if row is None else submission_of(row, _fetched(row))


def _fetched(row: Row) -> Iterable[tuple[str, bytes]]:
    return zip(row["fetched_names"], row["fetched_answers"], strict=True)


async def list_by_id(session: Session, ids: Sequence[UUID]) -> list[Submission]:
    """Those with these ids, in whatever state."""
    rows = await session.execute(_BY_ID, {"ids": list(ids)})
    return [submission_of(row) for row in rows]


async def find_reusing(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those whose key came before with another body, as they stand."""
    return set((await session.execute(_REUSING, {"ids": list(ids)})).scalars())


async def lock_pending(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Lock those that are still pending and not locked by others, until the commit."""
    return set((await session.execute(LOCK, {"ids": list(ids)})).scalars())


async def settle(session: Session, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    await session.execute(SETTLE, settle_params(outcomes, now=now))


def settle_params(outcomes: Sequence[Outcome], *, now: datetime) -> dict[str, Any]:
    """The parameters of `SETTLE`."""
    return {
        "settled": [outcome.submission_id for outcome in outcomes],
        "states": [outcome.state for outcome in outcomes],
        "reasons": [outcome.reason for outcome in outcomes],
        "promised": ["{" + ",".join(map(str, outcome.inquiry_ids)) + "}" for outcome in outcomes],
        "externals": [outcome.external_id for outcome in outcomes],
        "now": now,
    }


def headers_of(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Headers from their stored form, one a line."""
    pairs = (line.partition(b":") for line in raw.split(b"\n") if line)
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, _, value in pairs)


def submission_of(row: Row, fetched: Iterable[tuple[str, bytes]] = ()) -> Submission:
    """From a row of `PARTS` and the body that counts; `fetched` are its documents by name."""
    headers = headers_of(row["headers"])
    if row["repaired_content_type"]:
        headers = (
            ("content-type", row["repaired_content_type"]),
            *(pair for pair in headers if pair[0] != "content-type"),
        )
    return Submission(
        submission_id=row["submission_id"],
        source_id=row["source_id"],
        native=row["native"],
        request=RawRequest(
            method=row["method"],
            rest=row["rest"],
            query=row["query"],
            headers=headers,
            body=row["body"],
            received_at=row["received_at"],
            fetched=dict(fetched),
        ),
        received_at=row["received_at"],
        traceparent=row["traceparent"],
        overrides=row["overrides"],
        released=row["released"],
        source_revision=row["source_revision"],
        piece_bytes=row["piece_bytes"],
    )


_WITHOUT_BODY = (
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
    submission.c.erased_at,
)


async def get_receipt(session: Session, receipt_id: UUID) -> Row:
    """A submission without its body, by its id. Raises NotFoundError."""
    query = select(*_WITHOUT_BODY).where(submission.c.submission_id == receipt_id)
    row = (await session.execute(query)).first()
    if row is None:
        raise NotFoundError("There is no such receipt.")
    return row


async def get_submission(session: Session, submission_id: UUID, *, lock: bool = False) -> Row:
    """Raises NotFoundError."""
    query = select(submission).where(submission.c.submission_id == submission_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFoundError("There is no such submission.")
    return row


@dataclass(frozen=True, slots=True)
class SubmissionFilter:
    """Conditions on submissions; None is no condition."""

    state: SubmissionState | None = None
    reason: Reason | None = None
    source_id: UUID | None = None
    ids: tuple[UUID, ...] | None = None


def filtered(query: Select[Any], criteria: SubmissionFilter) -> Select[Any]:
    if criteria.state is not None:
        query = query.where(submission.c.state == criteria.state)
    if criteria.reason is not None:
        query = query.where(submission.c.reason == criteria.reason)
    if criteria.source_id is not None:
        query = query.where(submission.c.source_id == criteria.source_id)
    if criteria.ids is not None:
        query = query.where(among(submission.c.submission_id, criteria.ids))
    return query


async def list_submissions(
    session: Session, criteria: SubmissionFilter, *, after: UUID | None, limit: int
) -> list[Row]:
    """Newest id first, one more than `limit`, without bodies."""
    query = filtered(select(*_WITHOUT_BODY), criteria)
    if after is not None:
        query = query.where(submission.c.submission_id < after)
    newest = query.order_by(submission.c.submission_id.desc()).limit(limit + 1)
    return await session.execute(newest)
