"""Threads of mails around a batch: what its replies answer, and which ids it adds.

Invariant: a reply is always an inquiry of its own; a thread decides only to whom it belongs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.intake.domain.contact_matching import ContactMatch
from services.intake.domain.keys import key_digest
from services.intake.domain.mail_ids import MailIds
from services.intake.domain.requests import Draft
from services.intake.domain.threads import (
    Answered,
    ThreadMail,
    answered_by,
    as_somebody_elses,
    digests_of,
)
from services.intake.repository import mail_messages
from services.intake.repository.mail_messages import NewMessage
from services.intake.use_cases.interpret import Reading
from shared.database import Session


def _mails_of(reading: Reading) -> Iterator[tuple[UUID, Draft, MailIds]]:
    content = reading.content
    if content.mails:
        yield from zip(reading.inquiry_ids, content.drafts, content.mails, strict=True)


async def with_threads(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    """The readings with what their mails answer; somebody else's points no longer identify."""
    digests = {key_digest(one) for reading in readings for _, _, ids in _mails_of(reading)
               for one in ids.answers}  # fmt: skip
    if not digests:
        return list(readings)
    earlier = await mail_messages.find_messages(session, sorted(digests))
    return [_threaded(reading, earlier) for reading in readings] if earlier else list(readings)


def _threaded(reading: Reading, mails: Mapping[bytes, ThreadMail]) -> Reading:
    answers: dict[UUID, Answered] = {}
    drafts: list[Draft] = []
    for inquiry_id, draft, ids in _mails_of(reading):
        answered = answered_by(ids, draft, mails, map(key_digest, ids.answers))
        if answered is not None:
            answers[inquiry_id] = answered
        is_foreign = answered is not None and answered.contact_id is not None
        drafts.append(as_somebody_elses(draft) if is_foreign else draft)
    if not answers:
        return reading
    return replace(reading, content=replace(reading.content, drafts=tuple(drafts)), answers=answers)


async def add_threads(
    session: Session, readings: Sequence[Reading], matches: Mapping[UUID, ContactMatch]
) -> None:
    """Remember the ids of the batch's mails."""
    messages: list[NewMessage] = [
        (
            key_digest(ids.message_id),
            ThreadMail(
                inquiry_id,
                matches[inquiry_id].contact_id,
                digests_of(draft.contact.emails),
                digests_of((*ids.people, *draft.contact.emails)),
            ),
            reading.submission.received_at,
        )
        for reading in readings
        for inquiry_id, draft, ids in _mails_of(reading)
        if ids.message_id and not draft.is_test
    ]
    if messages:
        await mail_messages.add_messages(session, messages)
