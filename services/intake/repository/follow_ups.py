"""Documents that providers keep for us: which are to be fetched, and what came.

Invariant: a submission waits in the lane WAITING exactly as long as one of its follow-ups does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.intake.domain.fetching import FollowUpStatus
from services.intake.repository.queue import APART, WAITING
from services.intake.repository.submissions import LOCK, PENDING
from shared.database import Row, Session

_WAITS: Final = f"status = '{FollowUpStatus.WAITING}'"
_ADD = """
INSERT INTO follow_up (submission_id, name, source_id, next_at)
SELECT submission_id, name, source_id, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:sources AS uuid[]))
    AS n(submission_id, name, source_id)
ON CONFLICT DO NOTHING
"""
_STATUSES = """
SELECT submission_id, name, status FROM follow_up
WHERE submission_id = ANY(CAST(:ids AS uuid[]))
"""
_WAIT = f"""
UPDATE submission SET lane = {WAITING}
WHERE submission_id = ANY(CAST(:ids AS uuid[])) AND {PENDING}
"""
# A changed source may have another token: what waits is tried again at once.
_DUE = f"""
SELECT submission_id, name, source_id, adapter, tries, first_try_at FROM (
    SELECT DISTINCT ON (f.source_id) f.submission_id, f.name, f.source_id, s.adapter, f.tries,
        f.first_try_at, f.next_at
    FROM follow_up AS f JOIN source AS s ON s.source_id = f.source_id
    WHERE f.{_WAITS} AND (f.next_at <= :now OR s.changed_at > f.tried_at)
        AND f.source_id <> ALL(CAST(:busy AS uuid[]))
    ORDER BY f.source_id, f.next_at
) AS due ORDER BY next_at
"""
_RECORD = f"""
UPDATE follow_up SET status = :status, tries = tries + 1, tried_at = :now, next_at = :next_at,
    first_try_at = coalesce(first_try_at, :now), error = :error, answer = :answer
WHERE submission_id = :id AND name = :name AND {_WAITS} AND NOT EXISTS (
    SELECT FROM submission AS s WHERE s.submission_id = :id AND s.erased_at IS NOT NULL)
"""
_RELEASE = f"""
UPDATE submission AS s SET lane = {APART}
WHERE s.submission_id = :id AND s.{PENDING} AND s.lane = {WAITING} AND NOT EXISTS (
    SELECT FROM follow_up AS f WHERE f.submission_id = s.submission_id AND f.{_WAITS})
"""
_AGAIN = f"""
UPDATE follow_up SET status = '{FollowUpStatus.WAITING}', tries = 0, first_try_at = NULL,
    tried_at = NULL, next_at = :now, error = NULL
WHERE submission_id = ANY(CAST(:ids AS uuid[])) AND status = '{FollowUpStatus.FAILED}'
"""
_FORGET = "DELETE FROM follow_up WHERE submission_id = ANY(CAST(:ids AS uuid[]))"
_LIST = """
SELECT name, status, tries, tried_at, next_at, error, octet_length(answer) AS answer_bytes
FROM follow_up WHERE submission_id = :id ORDER BY name
"""
_COUNT = """
SELECT CASE WHEN status = 'waiting' AND error LIKE 'refused%' THEN 'refused' ELSE status END
    AS status, count(*) AS number
FROM follow_up WHERE status <> 'fetched' GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class DueFollowUp:
    """One that may be fetched now; `first_try_at` is None before the first try."""

    submission_id: UUID
    name: str
    source_id: UUID
    adapter: str
    tries: int
    first_try_at: datetime | None


async def add_follow_ups(
    session: Session, items: Sequence[tuple[UUID, UUID, str]], *, now: datetime
) -> dict[UUID, dict[str, FollowUpStatus]]:
    """(submission, source, name) of each. Returns submission → name → status of all it has."""
    ids = [submission_id for submission_id, _, _ in items]
    await session.execute(
        _ADD,
        {
            "ids": ids,
            "sources": [source_id for _, source_id, _ in items],
            "names": [name for _, _, name in items],
            "now": now,
        },
    )
    statuses: dict[UUID, dict[str, FollowUpStatus]] = {}
    for row in await session.execute(_STATUSES, {"ids": list(set(ids))}):
        by_name = statuses.setdefault(row["submission_id"], {})
        by_name[row["name"]] = FollowUpStatus(row["status"])
    return statuses


async def let_wait(session: Session, ids: Collection[UUID]) -> None:
    """Move submissions, locked by the caller, to the lane of those that wait for a document."""
    await session.execute(_WAIT, {"ids": list(ids)})


async def list_due(session: Session, *, busy: Collection[UUID], now: datetime) -> list[DueFollowUp]:
    """The next of each source, but for the busy ones; the longest due first."""
    rows = await session.execute(_DUE, {"busy": list(busy), "now": now})
    return [DueFollowUp(**row) for row in rows]


async def record_try(
    session: Session,
    follow_up: DueFollowUp,
    *,
    status: FollowUpStatus,
    error: str | None = None,
    answer: bytes | None = None,
    next_at: datetime,
    now: datetime,
) -> None:
    """Write what came of a try; a submission that waits for nothing more is read again."""
    # The row of the submission is locked first: else two that end at once would both leave it.
    await session.execute(LOCK.removesuffix(" SKIP LOCKED"), {"ids": [follow_up.submission_id]})
    key = {"id": follow_up.submission_id}
    outcome = {"status": status, "error": error, "answer": answer, "next_at": next_at}
    await session.execute(_RECORD, {**key, "name": follow_up.name, **outcome, "now": now})
    await session.execute(_RELEASE, key)


async def try_again(session: Session, ids: Collection[UUID], *, now: datetime) -> None:
    """Fetch once more what had been given up for these submissions."""
    await session.execute(_AGAIN, {"ids": list(ids), "now": now})


async def forget_follow_ups(session: Session, ids: Collection[UUID]) -> None:
    """Forget what was fetched for these submissions: their content is another now."""
    await session.execute(_FORGET, {"ids": list(ids)})


async def list_follow_ups(session: Session, submission_id: UUID) -> list[Row]:
    """Those of a submission by name, without the answers."""
    return await session.execute(_LIST, {"id": submission_id})


async def count_follow_ups(session: Session) -> dict[str, int]:
    """waiting, refused (waiting since the provider denies it to us) and failed → their number."""
    counts = dict.fromkeys(("waiting", "refused", "failed"), 0)
    counts.update({row["status"]: row["number"] for row in await session.execute(_COUNT)})
    return counts
