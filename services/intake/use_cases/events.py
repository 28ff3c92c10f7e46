"""The events that intake emits, built from what it has just written."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.intake.domain.contact_matching import ContactMatch, Person
from services.intake.domain.purchases import PurchaseState
from services.intake.domain.requests import Draft, SourceView, Submission
from services.intake.domain.threads import Answered
from shared.contracts.contacts import ConsentRecorded, ContactChanged, ContactRelinked
from shared.contracts.inquiries import CallObserved, InquiryReceived
from shared.contracts.inquiry import Call
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
from shared.ids import derived_id


def inquiry_received(
    submission: Submission,
    source: SourceView,
    draft: Draft,
    match: ContactMatch,
    *,
    inquiry_id: UUID,
    answered: Answered | None = None,
) -> InquiryReceived:
    # Without validation: the draft has been validated, and this runs for every inquiry.
    return InquiryReceived.model_construct(
        **vars(draft),
        inquiry_id=inquiry_id,
        contact_id=match.contact_id,
        source_id=submission.source_id,
        received_at=submission.received_at,
        is_repeat=match.is_repeat,
        answers_inquiry_id=answered.inquiry_id if answered else None,
        submission_id=submission.submission_id,
        source_key=_public_key(source),
        pool=source.pool,
        pipeline=source.pipeline,
    )


def _public_key(source: SourceView) -> str | None:
    """The key, or None if it is the only proof of origin and so a secret."""
    return None if source.key_is_the_secret else source.key


def consent_recorded(event: InquiryReceived, *, at: datetime) -> ConsentRecorded:
    consent = event.consent
    assert consent is not None
    assert consent.given is not None
    return ConsentRecorded(
        consent_id=derived_id("consent", event.inquiry_id),
        contact_id=event.contact_id,
        given=consent.given,
        text_version=consent.text_version,
        text_digest=consent.text_digest,
        purpose=consent.purpose,
        page_url=consent.page_url,
        ip=consent.ip,
        at=at,
        inquiry_id=event.inquiry_id,
    )


def observed_call(
    submission: Submission, draft: Draft, match: ContactMatch, *, observation_id: UUID
) -> CallObserved:
    return CallObserved(
        observation_id=observation_id,
        contact_id=match.contact_id,
        source_id=submission.source_id,
        external_id=draft.external_id,
        occurred_at=draft.occurred_at or submission.received_at,
        received_at=submission.received_at,
        call=draft.call or Call(),
    )


def purchase_recorded(state: PurchaseState) -> PurchaseRecorded:
    """The purchase as it is known now; a later one of the same id stands in its place."""
    assert state.contact_id is not None
    assert state.purchased_at is not None
    amount = state.facts.get("amount")
    return PurchaseRecorded(
        contact_id=state.contact_id,
        purchase_id=state.purchase_id,
        source_id=state.source_id,
        external_id=state.order_id,
        amount=None if amount is None else Decimal(amount),
        currency=state.facts.get("currency"),
        product=state.facts.get("product_interest"),
        region=state.facts.get("region"),
        purchased_at=state.purchased_at,
    )


def purchase_cancelled(state: PurchaseState) -> PurchaseCancelled:
    assert state.contact_id is not None
    assert state.cancelled_at is not None
    return PurchaseCancelled(
        contact_id=state.contact_id,
        purchase_id=state.purchase_id,
        source_id=state.source_id,
        external_id=state.order_id,
        cancelled_at=state.cancelled_at,
        reason=state.reason,
    )


def contact_changed(person: Person, *, now: datetime) -> ContactChanged:
    return ContactChanged(contact_id=person.contact_id, changed_at=now, details=person.details)


def merge_batch(cause: UUID) -> UUID:
    """The batch id of the merges by one inquiry or accepted proposal; they are undone by it."""
    return derived_id("merge", cause)


def contact_relinked(
    contact_id: UUID, canonical_id: UUID, *, batch_id: UUID, reason: str, now: datetime
) -> ContactRelinked:
    return ContactRelinked(
        contact_id=contact_id,
        canonical_id=canonical_id,
        batch_id=batch_id,
        reason=reason,
        relinked_at=now,
    )
