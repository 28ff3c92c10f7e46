"""Calls out of the events of exchanges: each becomes one inquiry, or is observed once.

Invariant: whatever the order and number of its events, a call has one id, and later events change
the inquiry that it became.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.intake.channels import is_tracking
from services.intake.domain.call_matching import Sighting, same_call, sighting_of
from services.intake.domain.calls import CallFacts, draft_of, folded
from services.intake.domain.erasing import blanked_facts
from services.intake.domain.keys import call_inquiry_id, call_observation_id
from services.intake.domain.requests import CallReport, Content, Draft, SourceView, is_observed
from services.intake.domain.states import IgnoreReason, SubmissionState
from services.intake.repository import calls
from services.intake.repository.calls import CallKey, CallRow, CallState
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.claim import outcome
from services.intake.use_cases.interpret import Reading
from shared.database import Session

# An exchange that goes down in the middle of a call never tells its end.
OVERDUE: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class CallStep:
    """One event of a call; `adds`: it knows something that was not known before."""

    reading: Reading
    report: CallReport
    adds: bool


@dataclass(eq=False)
class HeardCall:
    """One call of a batch: as it was, what is told of it now, and as it is with that.

    `teller` is the submission by which it ends, None while that is open; `joins` the inquiry that
    another source has made of it. `before` is None for a call that was not settled before.
    """

    row: CallRow
    source: SourceView
    events: Sequence[CallStep]
    facts: CallFacts
    teller: Reading | None
    joins: UUID | None = None
    draft: Draft = field(init=False)
    before: Draft | None = field(init=False)

    def __post_init__(self) -> None:
        self.draft = self._draft(self.facts)
        self.before = self._draft(self.row.facts) if self.row.is_settled else None

    def _draft(self, facts: CallFacts) -> Draft:
        priority = self.source.priority
        return draft_of(facts, call_id=self.row.call_id, source_priority=priority)

    @property
    def ends_now(self) -> bool:
        return self.teller is not None and not self.row.is_settled

    @property
    def is_of_somebody(self) -> bool:
        """Whether it is known who called whom, and not only that there was a call."""
        call = self.draft.call
        return call is not None and (call.direction is not None or call.from_ is not None)

    @property
    def origin_id(self) -> UUID:
        """Its id as an inquiry or observed call of its own."""
        make = call_observation_id if is_observed(self.draft) else call_inquiry_id
        return make(self.row.source_id, self.row.call_id)

    @property
    def inquiry_id(self) -> UUID | None:
        """The inquiry that it is in now; None for an open or observed call."""
        if self.row.is_settled or self.joins is not None:
            return self.row.inquiry_id or self.joins
        return self.origin_id if self.ends_now and not is_observed(self.draft) else None

    @property
    def is_late(self) -> bool:
        """Whether an inquiry that stands may change by what is told now."""
        return self.joins is not None or (
            self.row.inquiry_id is not None and self.facts != self.row.facts
        )

    @property
    def sighting(self) -> Sighting | None:
        if self.row.is_erased:
            return None
        return sighting_of(
            self.draft,
            source_id=self.row.source_id,
            inquiry_id=self.inquiry_id or self.origin_id,
            heard_at=self.row.heard_at,
            is_tracking=is_tracking(self.source),
        )


async def hear_calls(session: Session, readings: Sequence[Reading]) -> list[HeardCall]:
    """Lock the calls that these submissions tell of, and fold the events into them."""
    events: dict[CallKey, list[tuple[Reading, CallReport]]] = {}
    first: dict[CallKey, CallRow] = {}
    for reading in sorted(readings, key=lambda one: one.submission_id):
        item = reading.submission
        for report in reading.content.calls:
            row = CallRow(
                item.source_id, report.call_id, item.submission_id, item.received_at, CallFacts()
            )
            first.setdefault(row.key, row)
            events.setdefault(row.key, []).append((reading, report))
    if not first:
        return []
    rows = await calls.lock_calls(session, [first[key] for key in sorted(first)])
    return [_fold(rows[key], events[key]) for key in sorted(events)]


def _fold(row: CallRow, events: Sequence[tuple[Reading, CallReport]]) -> HeardCall:
    facts = row.facts
    pieces = []
    for reading, report in events:
        more = folded(facts, report)
        if row.is_erased:
            more = blanked_facts(more)
        pieces.append(CallStep(reading, report, adds=more != facts))
        facts = more
    teller = next((event.reading for event in pieces if event.report.final), None)
    return HeardCall(row, events[0][0].source, pieces, facts, teller)


async def join_calls(session: Session, phone_calls: Sequence[HeardCall]) -> None:
    """Find out which of the calls that end now another source has told of already.

    The points of the callers are locked, so nobody else decides about the same call meanwhile.
    """
    ending = [
        (call, sighting) for call in phone_calls if call.ends_now and (sighting := call.sighting)
    ]
    if not ending:
        return
    sightings = await calls.find_sightings(session, [sighting for _, sighting in ending])
    for call, sighting in ending:
        call.joins = same_call(sighting, sightings)
        sightings.append(replace(sighting, inquiry_id=call.joins or sighting.inquiry_id))


def readings_of(phone_calls: Iterable[HeardCall]) -> list[Reading]:
    """The submissions by which calls become inquiries or are observed, like any others."""
    by_submission: dict[UUID, list[HeardCall]] = {}
    for call in phone_calls:
        if call.ends_now and call.joins is None and call.teller is not None:
            by_submission.setdefault(call.teller.submission_id, []).append(call)
    return [_reading(some) for some in by_submission.values()]


def _reading(some: Sequence[HeardCall]) -> Reading:
    assert some[0].teller is not None
    drafts = tuple(call.draft for call in some)
    content = Content(drafts=drafts, external_id=some[0].row.call_id)
    ids = tuple(call.origin_id for call in some)
    return replace(some[0].teller, content=content, origin_ids=ids)


def outcomes_of(phone_calls: Iterable[HeardCall], others: Iterable[Reading]) -> list[Outcome]:
    """How the submissions that are not among the others are settled."""
    elsewhere = {reading.submission_id for reading in others}
    by_submission: dict[UUID, list[tuple[HeardCall, CallStep]]] = {}
    for call in phone_calls:
        for event in call.events:
            if event.reading.submission_id not in elsewhere:
                by_submission.setdefault(event.reading.submission_id, []).append((call, event))
    return [_outcome(some) for some in by_submission.values()]


def _outcome(some: Sequence[tuple[HeardCall, CallStep]]) -> Outcome:
    reading = some[0][1].reading
    ids = tuple(dict.fromkeys(i for call, _ in some if (i := call.inquiry_id) is not None))
    if any(_changes(call, event) for call, event in some):
        return outcome(reading, SubmissionState.NORMALISED, None, ids)
    is_repeat = all(event.report.final and not event.adds for _, event in some)
    reason = IgnoreReason.DUPLICATE if is_repeat else IgnoreReason.CALL_PHASE
    return outcome(reading, SubmissionState.IGNORED, reason, ids)


def _changes(call: HeardCall, event: CallStep) -> bool:
    """Whether the event changes an inquiry that stood before it."""
    if call.joins is not None:
        return event.reading is call.teller
    return call.row.inquiry_id is not None and event.adds


async def write_calls(session: Session, phone_calls: Sequence[HeardCall], *, now: datetime) -> None:
    if phone_calls:
        await calls.write_calls(session, [_state(call, now=now) for call in phone_calls])


def _state(call: HeardCall, *, now: datetime) -> CallState:
    row = replace(call.row, facts=call.facts, inquiry_id=call.inquiry_id)
    if call.ends_now and call.inquiry_id is None:
        row = replace(row, observation_id=call.origin_id)
    overdue_at = None if row.is_settled else now + OVERDUE
    return CallState(row, overdue_at, call.sighting, is_tracking(call.source))
