"""Orders of a batch: each is one purchase of one person, and opens no inquiry.

Invariant: whatever tells of an order, and however often, it is recorded once and cancelled once;
a correction is the same purchase recorded anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.contact_matching import Approach, ContactMatch
from services.intake.domain.purchases import PurchaseReport, PurchaseState, after_report, new_state
from services.intake.domain.requests import may_merge
from services.intake.domain.states import IgnoreReason, SubmissionState
from services.intake.repository import purchases
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.claim import outcome
from services.intake.use_cases.events import purchase_cancelled, purchase_recorded
from services.intake.use_cases.interpret import Reading
from shared.contracts.erasing import blanked
from shared.database import Session
from shared.messaging.erased import erased_among
from shared.messaging.outbox.publish import emit


@dataclass(frozen=True, slots=True)
class ToldPurchase:
    """One report of an order, as it was before and is with it. `is_erased`: its buyer was."""

    reading: Reading
    report: PurchaseReport
    before: PurchaseState
    after: PurchaseState
    is_erased: bool = False

    @property
    def is_new(self) -> bool:
        """Whether the order becomes somebody's purchase by this report."""
        return self.before.purchased_at is None and self.after.purchased_at is not None

    @property
    def is_recorded(self) -> bool:
        """Whether there is something to tell of the purchase itself."""
        before = (self.before.purchased_at, self.before.facts)
        return self.after.purchased_at is not None and before != (
            self.after.purchased_at,
            self.after.facts,
        )

    @property
    def is_cancelled(self) -> bool:
        if self.after.purchased_at is None or self.after.cancelled_at is None:
            return False
        return self.is_new or self.before.cancelled_at is None


async def hear_purchases(session: Session, readings: Sequence[Reading]) -> list[ToldPurchase]:
    """Lock the orders that these submissions tell of, and follow their reports."""
    reports = [
        (reading, report, new_state(reading.submission.source_id, report.order_id))
        for reading in sorted(readings, key=lambda one: one.submission_id)
        for report in reading.content.purchases
    ]
    if not reports:
        return []
    states = {state.purchase_id: state for _, _, state in reports}
    states = await purchases.lock_purchases(session, list(states.values()))
    buyers = {state.contact_id for state in states.values() if state.contact_id is not None}
    erased = await erased_among(session, buyers)
    items = []
    for reading, report, order in reports:
        before = states[order.purchase_id]
        is_erased = before.contact_id in erased
        after = after_report(before, report)
        if is_erased:
            after = replace(after, reason=None)
        states[order.purchase_id] = after
        items.append(ToldPurchase(reading, report, before, after, is_erased))
    return items


def buyers_of(orders: Sequence[ToldPurchase]) -> list[Approach]:
    """The people of new purchases, as identity sees them; they ask for nothing."""
    return [
        Approach(
            item.after.purchase_id,
            item.reading.submission.received_at,
            item.report.draft.contact,
            counts=False,
            source_id=item.after.source_id,
            channel=item.report.draft.channel,
            may_merge=may_merge(item.reading.source),
        )
        for item in orders
        if item.is_new
    ]


async def record_purchases(
    session: Session,
    orders: Sequence[ToldPurchase],
    matches: Mapping[UUID, ContactMatch],
    *,
    now: datetime,
) -> None:
    """Write the orders and emit what is new of them."""
    states: dict[UUID, PurchaseState] = {}
    for item in orders:
        purchase_id = item.after.purchase_id
        match = matches.get(purchase_id)
        buyer_id = states.get(purchase_id, item.before).contact_id
        contact_id = buyer_id or (match.contact_id if match and item.is_new else None)
        state = states[purchase_id] = replace(item.after, contact_id=contact_id)
        trace = item.reading.submission.traceparent
        if item.is_recorded:
            recorded = purchase_recorded(state)
            event = blanked(recorded) if item.is_erased else recorded
            emit(session, event, now=now, traceparent=trace)
        if item.is_cancelled:
            cancelled = purchase_cancelled(state)
            emit(
                session,
                blanked(cancelled) if item.is_erased else cancelled,
                now=now,
                traceparent=trace,
            )
    if states:
        await purchases.write_purchases(session, list(states.values()))


def purchase_outcomes(orders: Sequence[ToldPurchase]) -> list[Outcome]:
    """How their submissions are settled: what tells nothing new is a duplicate."""
    by_submission: dict[UUID, list[ToldPurchase]] = {}
    for item in orders:
        by_submission.setdefault(item.reading.submission_id, []).append(item)
    return [_outcome(items) for items in by_submission.values()]


def _outcome(items: Sequence[ToldPurchase]) -> Outcome:
    if any(replace(item.before, changed_at=item.after.changed_at) != item.after for item in items):
        return outcome(items[0].reading, SubmissionState.NORMALISED, None)
    return outcome(items[0].reading, SubmissionState.IGNORED, IgnoreReason.DUPLICATE)
