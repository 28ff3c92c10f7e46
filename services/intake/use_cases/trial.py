"""Trying a source: what would come of a request, with nothing stored and nobody told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.channels import CHANNELS
from services.intake.channels.samples import sample_request
from services.intake.domain.calls import alone
from services.intake.domain.requests import NATIVE, Content, RawRequest, SourceView, Submission
from services.intake.domain.states import QuarantineReason
from services.intake.repository.sources import SourceRow
from services.intake.repository.submissions import find_request
from services.intake.use_cases.bodies import body_file
from services.intake.use_cases.interpret import MAX_READING_SECONDS, Reader
from shared.database import Database, Session
from shared.errors import InvalidError, NotFoundError
from shared.ids import new_id
from shared.sandbox.process import DiedError, TooSlowError


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; `handshake` is the status of the answer to a set-up call."""

    content: Content
    handshake: int | None = None


async def stored_request(session: Session, submission_id: UUID, *, source_id: UUID) -> Submission:
    """A submission of the source, to be read again. Raises NotFoundError."""
    submission = await find_request(session, submission_id, source_id=source_id)
    if submission is None:
        raise NotFoundError("There is no such submission of this source.")
    return submission


def given_request(source: SourceRow, request: RawRequest | None, *, now: datetime) -> Submission:
    """A request as if it had just come: the given one, else the provider's sample.

    Raises InvalidError for an adapter without a sample.
    """
    request = request or sample_request(source.adapter)
    if request is None:
        raise InvalidError(
            "This adapter has no sample.", errors=[("/request", "is needed for this adapter")]
        )
    return Submission(
        submission_id=new_id(),
        source_id=source.source_id,
        native=source.adapter == NATIVE,
        request=request,
        received_at=now,
    )


async def try_source(
    database: Database, reader: Reader, submission: Submission, source: SourceView
) -> Trial:
    """Raises UnavailableError when nothing can be read now."""
    channel = CHANNELS.get(source.adapter)
    if channel is not None and not submission.native:
        answer = channel.handshake(submission.request, source)
        if answer is not None:
            return Trial(Content(), answer.status)
    try:
        async with body_file(database, submission) as path:
            reading = await reader.apart(
                submission, source, cpu_seconds=MAX_READING_SECONDS, body_file=path
            )
    except TooSlowError:
        return Trial(Content(quarantined=QuarantineReason.TOO_SLOW))
    except DiedError:
        return Trial(Content(quarantined=QuarantineReason.CRASHES_THE_PROCESS))
    return Trial(alone(reading.content, source_priority=source.priority))
