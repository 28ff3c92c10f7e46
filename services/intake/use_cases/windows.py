"""The window for repeats: within it the same words of the same person are one inquiry.

Invariant: only a source that is configured so has a window; elsewhere a repeat is an inquiry.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.intake.domain.repeats import words_digest
from services.intake.domain.states import IgnoreReason, SubmissionState
from services.intake.repository.recent_words import WordsHolder, WordsKey, hold_words
from services.intake.use_cases.claim import Batch, outcome
from services.intake.use_cases.interpret import Reading
from shared.database import Session


async def set_repeats_aside(session: Session, batch: Batch) -> None:
    """Move what was said before out of the batch's readings; its points are locked already, so
    nobody else settles words of the same people meanwhile.
    """
    groups: dict[WordsKey, list[Reading]] = {}
    for reading in batch.readings:
        if reading.source.dedupe_seconds is None:
            continue
        digest = words_digest(reading.content)
        if digest is not None:
            groups.setdefault((reading.submission.source_id, digest), []).append(reading)
    if not groups:
        return
    holders = await hold_words(
        session, [(key, _holder(group[0]), _window(group[0])) for key, group in groups.items()]
    )
    repeats = {
        reading.submission_id: outcome(
            reading, SubmissionState.IGNORED, IgnoreReason.DUPLICATE, _ids(holders[key], group)
        )
        for key, group in groups.items()
        for reading in group
        if is_repeat(reading, holders[key])
    }
    batch.readings = [one for one in batch.readings if one.submission_id not in repeats]
    batch.outcomes.extend(repeats.values())


def is_repeat(reading: Reading, holder: WordsHolder) -> bool:
    """Whether these words were said before by another submission, no longer ago than the window."""
    distance = abs(reading.submission.received_at - holder.received_at)
    return reading.submission_id != holder.submission_id and distance <= _window(reading)


def _holder(reading: Reading) -> WordsHolder:
    return WordsHolder(reading.submission_id, reading.submission.received_at)


def _window(reading: Reading) -> timedelta:
    return timedelta(seconds=reading.source.dedupe_seconds or 0)


def _ids(holder: WordsHolder, group: Sequence[Reading]) -> tuple[UUID, ...]:
    first = group[0]
    return first.inquiry_ids if first.submission_id == holder.submission_id else holder.inquiry_ids
