"""Submissions that were set aside, made pending again."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from services.intake.domain.states import SubmissionState
from services.intake.repository.queue import AT_ONCE
from services.intake.repository.submissions import SubmissionFilter, filtered
from services.intake.tables import submission
from shared.database import Session
from shared.statements import among

_PENDING: Mapping[str, Any] = {
    "state": SubmissionState.PENDING,
    "lane": AT_ONCE,
    "reason": None,
    "settled_at": None,
    "inquiry_ids": [],
}


async def requeue_submissions(
    session: Session, ids: Collection[UUID], changes: Mapping[str, Any] | None = None
) -> None:
    """Make submissions pending again; a column that is not among `changes` stays as it is."""
    # Columns are left out instead of None, because JSON null and SQL NULL differ.
    query = update(submission).where(among(submission.c.submission_id, ids))
    await session.execute(query.values(**_PENDING, **(changes or {})))


async def count_submissions(session: Session, criteria: SubmissionFilter) -> int:
    """How many match the criteria and were not erased."""
    query = filtered(select(func.count()).select_from(submission), criteria)
    return int(await session.scalar(query.where(submission.c.erased_at.is_(None))))


async def lock_submissions(
    session: Session, criteria: SubmissionFilter, *, limit: int
) -> list[UUID]:
    """Lock the oldest that match the criteria, were not erased and are not locked by others."""
    query = filtered(select(submission.c.submission_id), criteria)
    query = query.where(submission.c.erased_at.is_(None))
    oldest = query.order_by(submission.c.submission_id).limit(limit)
    return (await session.execute(oldest.with_for_update(skip_locked=True))).scalars()
