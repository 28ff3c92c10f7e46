"""Which submissions of a batch are ours to settle, and which of them report something new.

Invariant: the first to report a record, in the order of receipt, keeps it; others are duplicates.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.domain.contact_matching import Approach
from services.intake.domain.requests import Draft, may_merge
from services.intake.domain.states import IgnoreReason, Reason, SubmissionState
from services.intake.repository import claims
from services.intake.repository.claims import ExternalRecord
from services.intake.repository.points import LockedPoints
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.interpret import Reading
from services.intake.use_cases.resolve_contacts import points_named
from shared.database import Session


@dataclass(eq=False)
class Batch:
    """A batch by its content: `outcomes` of the submissions that yield nothing, the readings of
    the others, in order, and their points if these are locked.

    While it is claimed, `reports` are source and digest → the first reading that reports the
    record, `repeats` the others, each with the first of its record.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    points: LockedPoints = field(default_factory=dict)
    reports: dict[tuple[UUID, bytes], Reading] = field(default_factory=dict)
    repeats: list[tuple[Reading, Reading]] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        content, digest = reading.content, reading.external_id_digest
        if content.quarantined is not None:
            state = SubmissionState.QUARANTINED
            self.outcomes.append(outcome(reading, state, content.quarantined))
        elif not content.drafts:
            self.outcomes.append(_ignored(reading, content.ignored or IgnoreReason.NO_INQUIRY))
        elif digest is None:
            self.readings.append(reading)
        else:
            first = self.reports.setdefault((reading.submission.source_id, digest), reading)
            if first is not reading:
                self.repeats.append((reading, first))

    def records(self) -> list[ExternalRecord]:
        return [
            (source_id, digest, reading.submission_id)
            for (source_id, digest), reading in self.reports.items()
        ]


async def claim(session: Session, readings: Sequence[Reading]) -> Batch:
    """Lock what is still pending, and separate what is new from what was reported before."""
    batch = Batch()
    for reading in readings:
        batch.add(reading)
    new = [*batch.readings, *batch.reports.values()]
    locks = await claims.lock_batch(
        session,
        [reading.submission_id for reading in readings],
        batch.records(),
        points_named(approach for reading in new for approach in approaches_of(reading)),
    )
    if len(locks.ours) < len(readings):
        ours = [reading for reading in readings if reading.submission_id in locks.ours]
        return await claim(session, ours) if ours else Batch()
    batch.points = locks.points
    await _separate_duplicates(session, batch, locks.first)
    return batch


async def _separate_duplicates(session: Session, batch: Batch, first_ids: Collection[UUID]) -> None:
    """`first_ids` are the submissions that are the first to report their record."""
    earlier: Mapping[UUID, tuple[UUID, ...]] = {}
    if len(first_ids) < len(batch.reports):
        known_records = [record for record in batch.records() if record[-1] not in first_ids]
        earlier = await claims.find_earlier_inquiries(session, known_records)
    for reading in batch.reports.values():
        ids = earlier.get(reading.submission_id)
        if ids is None:
            batch.readings.append(reading)
        else:
            batch.outcomes.append(_ignored(reading, IgnoreReason.DUPLICATE, ids))
    for reading, first in batch.repeats:
        ids = earlier.get(first.submission_id, first.inquiry_ids)
        batch.outcomes.append(_ignored(reading, IgnoreReason.DUPLICATE, ids))
    batch.readings.sort(key=lambda reading: reading.submission_id)


def _ignored(reading: Reading, reason: IgnoreReason, ids: tuple[UUID, ...] = ()) -> Outcome:
    return outcome(reading, SubmissionState.IGNORED, reason, ids)


def outcome(
    reading: Reading, state: SubmissionState, reason: Reason | None, ids: tuple[UUID, ...] = ()
) -> Outcome:
    return Outcome(reading.submission_id, state, reason, ids, reading.shown_external_id)


def approaches_of(reading: Reading) -> list[Approach]:
    """The inquiries, then the observed calls of a submission, as identity sees them."""
    inquiries = zip(reading.inquiry_ids, reading.content.inquiries, strict=True)
    observations = zip(reading.observation_ids, reading.content.observed, strict=True)
    return [
        *(_approach(reading, origin_id, draft, asks=True) for origin_id, draft in inquiries),
        *(_approach(reading, origin_id, draft, asks=False) for origin_id, draft in observations),
    ]


def _approach(reading: Reading, origin_id: UUID, draft: Draft, *, asks: bool) -> Approach:
    answered = reading.answers.get(origin_id)
    return Approach(
        origin_id,
        reading.submission.received_at,
        draft.contact,
        counts=asks and not draft.is_test,
        source_id=reading.submission.source_id,
        channel=draft.channel,
        may_merge=may_merge(reading.source),
        thread_contact_id=answered.contact_id if answered else None,
    )
