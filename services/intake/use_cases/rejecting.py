"""A person calls something spam: it is learned from, so that the next one is known.

Invariant: nothing of ours and nothing of a customer who has other inquiries is ever blocked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.intake.channels.parsing.own_points import is_own_address, is_own_number
from services.intake.domain.shared_points import PEOPLE_OF_A_POINT
from services.intake.domain.spam import REJECTED, BlockedPoint, evidence_of, is_everybodys
from services.intake.domain.states import IgnoreReason, QuarantineReason, SubmissionState
from services.intake.repository import calls, spam, submissions
from services.intake.repository.sources import SourceRow, list_all_sources
from services.intake.repository.submissions import Outcome
from shared.contracts.inquiries import InquiryUpdated
from shared.contracts.inquiry import Spam
from shared.database import Row, Session
from shared.errors import ConflictError, InvalidError, NotFoundError
from shared.messaging.outbox.publish import emit

MAX_WORDS: Final = 200  # blocked words: each of them is looked for in every text


class NotSpamError(ConflictError):
    """Only what was set aside as spam can be rejected; an inquiry is rejected by its own id."""


async def reject_submission(
    session: Session, submission_id: UUID, *, by: str, now: datetime
) -> None:
    """Confirm that what was set aside is spam. Raises NotFoundError, NotSpamError."""
    row = await submissions.get_submission(session, submission_id, lock=True)
    if (row["state"], row["reason"]) != (SubmissionState.QUARANTINED, QuarantineReason.SPAM):
        raise NotSpamError("Only a submission that was set aside as spam can be rejected.")
    suspicion = await spam.find_suspicion(session, submission_id)
    points = suspicion[1] if suspicion else []
    await _learn(session, points, submission_id=submission_id, by=by, now=now)
    rejected = Outcome(
        submission_id,
        SubmissionState.IGNORED,
        IgnoreReason.REJECTED,
        external_id=row["external_id"],
    )
    await submissions.settle(session, [rejected], now=now)


async def reject_inquiry(session: Session, row: Row, *, by: str, now: datetime) -> None:
    """Mark an inquiry that was made as spam; again it changes nothing. Raises NotFoundError."""
    inquiry_id = row["inquiry_id"]
    inquiry = (await calls.lock_inquiries(session, [inquiry_id])).get(inquiry_id)
    if inquiry is None:
        raise NotFoundError("There is no such inquiry.")
    if REJECTED in inquiry.spam.reasons:
        return
    await _learn(
        session,
        evidence_of(inquiry).learnable,
        submission_id=row["submission_id"],
        inquiry_id=inquiry_id,
        by=by,
        now=now,
    )
    mark = Spam(score=1.0, reasons=(*inquiry.spam.reasons, REJECTED))
    changes = {"spam": mark.model_dump(mode="json")}
    event = InquiryUpdated(
        contact_id=inquiry.contact_id, inquiry_id=inquiry_id, changed_at=now, changes=changes
    )
    emit(session, event, now=now)
    await calls.change_inquiries(session, [(inquiry_id, changes)])


async def block_by_hand(session: Session, point: BlockedPoint, *, by: str, now: datetime) -> Row:
    """Block a phone, an address, a domain or a word; what is blocked already stays as it is.

    Raises InvalidError for a point of ours, and for more words than are looked for.
    """
    if is_everybodys(point):
        raise InvalidError("Anybody may have it.", errors=[("/value", "is everybody's")])
    if _is_ours(point, await list_all_sources(session)):
        raise InvalidError("The point is the company's own.", errors=[("/value", "is our own")])
    if point.kind == "word" and await spam.count_blocked(session, "word") >= MAX_WORDS:
        fault = f"is one too many: {MAX_WORDS} words are blocked"
        raise InvalidError("Too many words are blocked.", errors=[("/value", fault)])
    await spam.block_points(session, [point], submission_id=None, by=by, now=now)
    return await spam.get_blocked(session, point)


async def _learn(
    session: Session,
    points: Sequence[BlockedPoint],
    *,
    submission_id: UUID,
    inquiry_id: UUID | None = None,
    by: str,
    now: datetime,
) -> None:
    sources = await list_all_sources(session)
    foreign = [
        point for point in points if not _is_ours(point, sources) and not is_everybodys(point)
    ]
    spared = await spam.find_customers_points(
        session, foreign, inquiry_id=inquiry_id, rejected=REJECTED, alone=PEOPLE_OF_A_POINT
    )
    learned = [point for point in foreign if point not in spared]
    await spam.block_points(session, learned, submission_id=submission_id, by=by, now=now)


def _is_ours(point: BlockedPoint, sources: Sequence[SourceRow]) -> bool:
    kind, value = point
    if kind == "phone":
        return any(is_own_number(value, source) for source in sources)
    if kind == "email":
        return any(is_own_address(value, source) for source in sources)
    if kind == "domain":
        return any(is_own_address(f"@{value}", source) for source in sources)
    return False
