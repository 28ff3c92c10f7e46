"""Which submissions of a batch are ours to settle, and which of them report something new.

Invariant: the first to report a thing, in the order of receipt, keeps it; others are duplicates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.domain.contact_matching import Approach
from services.intake.domain.requests import Draft, may_merge
from services.intake.repository import claims
from services.intake.repository.claims import Claim, Thing
from services.intake.repository.points import LockedPoints
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.interpret import Reading
from services.intake.use_cases.resolve_contacts import points_named
from shared.database import Session

DUPLICATE = "duplicate"
NOTHING_IN_IT = "no_inquiry"


@dataclass(frozen=True, slots=True)
class TakenUp:
    """`outcomes` of the submissions that yield nothing, the readings of the others, in order, and
    their points if these are locked.
    """

    outcomes: list[Outcome]
    meaningful: Sequence[Reading]
    points: LockedPoints


@dataclass(eq=False)
class _Batch:
    """A batch by its content. `things`: source and digest → the first reading that reports it.
    `later` are the others, each with the first of its thing.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    plain: list[Reading] = field(default_factory=list)
    things: dict[tuple[UUID, bytes], Reading] = field(default_factory=dict)
    later: list[tuple[Reading, Reading]] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        digest = reading.external_digest
        if reading.reason is not None:
            self.outcomes.append(outcome(reading, "quarantined", reading.reason))
        elif not reading.inquiries and not reading.observed:
            self.outcomes.append(outcome(reading, "ignored", reading.ignored or NOTHING_IN_IT))
        elif digest is None:
            self.plain.append(reading)
        else:
            first = self.things.setdefault((reading.submission.source_id, digest), reading)
            if first is not reading:
                self.later.append((reading, first))

    def claims(self) -> list[Thing]:
        return [
            (source_id, digest, reading.submission.submission_id)
            for (source_id, digest), reading in self.things.items()
        ]


async def take_up(session: Session, readings: Sequence[Reading]) -> TakenUp:
    """Lock what is still pending, and separate what is new from what was reported before."""
    batch = _Batch()
    for reading in readings:
        batch.add(reading)
    new = [*batch.plain, *batch.things.values()]
    claim = await claims.take_up(
        session,
        [reading.submission.submission_id for reading in readings],
        batch.claims(),
        points_named(approach for reading in new for approach in approaches_of(reading)),
    )
    if len(claim.ours) < len(readings):
        ours = [reading for reading in readings if reading.submission.submission_id in claim.ours]
        return await take_up(session, ours) if ours else TakenUp([], [], {})
    return await _without_duplicates(session, batch, claim)


async def _without_duplicates(session: Session, batch: _Batch, claim: Claim) -> TakenUp:
    late: Mapping[UUID, tuple[UUID, ...]] = {}
    if len(claim.first) < len(batch.things):
        repeats = [thing for thing in batch.claims() if thing[-1] not in claim.first]
        late = await claims.earlier_inquiries(session, repeats)
    outcomes, meaningful = batch.outcomes, batch.plain
    for reading in batch.things.values():
        ids = late.get(reading.submission.submission_id)
        if ids is None:
            meaningful.append(reading)
        else:
            outcomes.append(outcome(reading, "ignored", DUPLICATE, ids))
    for reading, first in batch.later:
        ids = late.get(first.submission.submission_id, first.inquiry_ids)
        outcomes.append(outcome(reading, "ignored", DUPLICATE, ids))
    meaningful.sort(key=lambda reading: reading.submission.submission_id)
    return TakenUp(outcomes, meaningful, claim.points)


def outcome(
    reading: Reading, state: str, reason: str | None, ids: tuple[UUID, ...] = ()
) -> Outcome:
    return Outcome(reading.submission.submission_id, state, reason, ids, reading.shown_external_id)


def approaches_of(reading: Reading) -> list[Approach]:
    inquiries = zip(reading.inquiry_ids, reading.inquiries, strict=True)
    observations = zip(reading.observation_ids, reading.observed, strict=True)
    return [
        *(_approach(reading, origin_id, draft, asks=True) for origin_id, draft in inquiries),
        *(_approach(reading, origin_id, draft, asks=False) for origin_id, draft in observations),
    ]


def _approach(reading: Reading, origin_id: UUID, draft: Draft, *, asks: bool) -> Approach:
    assert reading.source is not None, "a reading with inquiries has its source"
    return Approach(
        origin_id,
        reading.submission.received_at,
        draft.contact,
        counts=asks and not draft.is_test,
        source_id=reading.submission.source_id,
        channel=draft.channel,
        may_merge=may_merge(reading.source),
    )
