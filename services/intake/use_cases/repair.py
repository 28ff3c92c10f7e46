"""Repair and renormalise: submissions that were set aside become pending again.

Invariant: a submission that has become an inquiry is never normalised again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain.states import RELEASABLE, SET_ASIDE
from services.intake.repository import follow_ups, repairs, spam
from services.intake.repository.submissions import SubmissionFilter, get_submission
from shared.database import Row, Session
from shared.errors import ConflictError, InvalidError

ARRIVED = "submissions"  # the wake-up's channel: something waits for the normaliser
MAX_RENORMALISED = 10_000


class AlreadyNormalisedError(ConflictError):
    """Only what was set aside can be repaired."""


class NotReleasableError(ConflictError):
    """Only what the filter of mails has ignored, or what was taken for spam, can be released."""


class SubmissionErasedError(ConflictError):
    """Its person was erased: nothing of it is stored that could be read."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A replacement body, or corrections to the content; at least one of them."""

    body: bytes | None
    content_type: str | None
    overrides: Mapping[str, Any] | None


async def repair_submission(
    session: Session, submission_id: UUID, repair: Repair, *, by: str, now: datetime
) -> None:
    """Raises NotFoundError, AlreadyNormalisedError, SubmissionErasedError, InvalidError."""
    if repair.body is None and not repair.overrides:
        raise InvalidError(
            "A repair needs a body or overrides.", errors=[("/body", "or overrides")]
        )
    row = await get_submission(session, submission_id, lock=True)
    _refuse_erased(row)
    if row["state"] not in SET_ASIDE:
        raise AlreadyNormalisedError("Only a submission that was set aside can be repaired.")
    changes: dict[str, Any] = {"repaired_at": now, "repaired_by": by}
    if repair.body is not None:
        changes |= {"repaired_body": repair.body, "repaired_content_type": repair.content_type}
    if repair.overrides:
        changes["overrides"] = json.loads(json.dumps(dict(repair.overrides)))
    await repairs.requeue_submissions(session, [submission_id], changes)
    if repair.body is None:
        await follow_ups.try_again(session, [submission_id], now=now)
    else:
        await follow_ups.forget_follow_ups(session, [submission_id])
    session.notify_after_commit(ARRIVED)


async def release_submission(
    session: Session, submission_id: UUID, *, by: str, now: datetime
) -> None:
    """Read an ignored mail again as if its source had no filter, or spam as if it had no
    threshold; what was learned from it is blocked no more.

    Raises NotFoundError, NotReleasableError, SubmissionErasedError.
    """
    row = await get_submission(session, submission_id, lock=True)
    _refuse_erased(row)
    if not _is_releasable(row):
        raise NotReleasableError("Only an ignored mail and what was taken for spam are released.")
    await spam.unlearn(session, submission_id)
    changes = {"released": True, "repaired_at": now, "repaired_by": by}
    await repairs.requeue_submissions(session, [submission_id], changes)
    session.notify_after_commit(ARRIVED)


def _refuse_erased(row: Row) -> None:
    if row["erased_at"] is not None:
        raise SubmissionErasedError("The submission was erased with its person.")


def _is_releasable(row: Row) -> bool:
    return row["state"] in SET_ASIDE and row["reason"] in RELEASABLE


async def renormalise(
    session: Session, criteria: SubmissionFilter, *, now: datetime
) -> tuple[int, int]:
    """Make the submissions that match the criteria pending again, the oldest first. What could not
    be fetched for them is tried anew.

    Returns how many match, and how many of these were made pending. Raises InvalidError.
    """
    if criteria.state not in SET_ASIDE:
        raise InvalidError(
            "Only what was set aside can be normalised again.",
            errors=[("/state", "is one of: " + ", ".join(sorted(SET_ASIDE)))],
        )
    match_count = await repairs.count_submissions(session, criteria)
    ids = await repairs.lock_submissions(session, criteria, limit=MAX_RENORMALISED)
    if ids:
        await repairs.requeue_submissions(session, ids)
        await follow_ups.try_again(session, ids, now=now)
        session.notify_after_commit(ARRIVED)
    return match_count, len(ids)
