"""Which submissions of a batch are ours to settle, and which of their records are new.

Invariant: the first to report a record, in the order of receipt, keeps it, in whatever company it
comes again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.domain.contact_matching import Approach
from services.intake.domain.requests import Draft, may_merge
from services.intake.domain.states import IgnoreReason, Reason, SubmissionState
from services.intake.repository import claims
from services.intake.repository.claims import ExternalRecord, RecordKey
from services.intake.repository.points import LockedPoints
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.interpret import Reading
from services.intake.use_cases.resolve_contacts import points_named
from shared.database import Session

EarlierInquiries = Mapping[RecordKey, tuple[UUID, ...]]


@dataclass(eq=False)
class Batch:
    """A batch by its content: `outcomes` of the submissions that yield nothing, the readings of
    the others, in order, and their points if these are locked. `of_calls` tell events of calls,
    `of_purchases` of orders.

    `reports` are the first report of each record, by its key.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    of_calls: list[Reading] = field(default_factory=list)
    of_purchases: list[Reading] = field(default_factory=list)
    points: LockedPoints = field(default_factory=dict)
    reports: dict[RecordKey, ExternalRecord] = field(default_factory=dict)
    has_repeats: bool = False  # whether a record is reported twice in the batch itself

    def add(self, reading: Reading) -> None:
        content = reading.content
        if content.quarantined is not None:
            state = SubmissionState.QUARANTINED
            self.outcomes.append(outcome(reading, state, content.quarantined))
        elif content.calls:
            self.of_calls.append(reading)
        elif content.purchases:
            self.of_purchases.append(reading)
        elif not content.drafts:
            self.outcomes.append(_ignored(reading, content.ignored or IgnoreReason.NO_INQUIRY))
        else:
            self.readings.append(reading)
            for record in filter(None, reading.records):
                first = self.reports.setdefault(record.key, record)
                self.has_repeats |= first is not record


async def claim(session: Session, readings: Sequence[Reading]) -> Batch:
    """Lock what is still pending, and separate what is new from what was reported before."""
    batch = Batch()
    for reading in readings:
        batch.add(reading)
    # Calls and orders are locked before points, and whom they name is known only when they are.
    is_plain = not (batch.of_calls or batch.of_purchases or batch.has_repeats)
    new = batch.readings if is_plain else []
    records = list(batch.reports.values())
    locks = await claims.lock_batch(
        session,
        [reading.submission_id for reading in readings],
        records,
        points_named(approach for reading in new for approach in approaches_of(reading)),
    )
    if len(locks.ours) < len(readings):
        ours = [reading for reading in readings if reading.submission_id in locks.ours]
        return await claim(session, ours) if ours else Batch()
    batch.points = locks.points
    others = [record for record in records if record.key not in locks.first]
    if others or batch.has_repeats:
        earlier = await claims.find_earlier_inquiries(session, others) if others else {}
        _separate_duplicates(batch, earlier)
    return batch


def _separate_duplicates(batch: Batch, earlier: EarlierInquiries) -> None:
    """Leave the drafts that are new; `earlier` are the records that other submissions reported."""
    readings, batch.readings = batch.readings, []
    for reading in readings:
        places = []
        known_ids: dict[int, tuple[UUID, ...]] = {}
        for place, record in enumerate(reading.records):
            first = batch.reports[record.key] if record else None
            if record is not first or (record and record.key in earlier):
                known_ids[place] = _inquiries_of(first, earlier)
            else:
                places.append(place)
        ids = reading.named_with(known_ids)
        if places:
            batch.readings.append(reading.limited_to(places, named_ids=ids))
        else:
            batch.outcomes.append(_ignored(reading, IgnoreReason.DUPLICATE, ids))


def _inquiries_of(first: ExternalRecord | None, earlier: EarlierInquiries) -> tuple[UUID, ...]:
    """What a record that was reported before had become."""
    assert first is not None
    own_ids = (first.inquiry_id,) if first.inquiry_id else ()
    return earlier.get(first.key, own_ids)


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
