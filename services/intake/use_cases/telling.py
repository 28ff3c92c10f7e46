"""The events intake speaks, made of what it has just written."""

from datetime import datetime
from uuid import UUID

from services.intake.domain.people import Merge, Person
from services.intake.domain.wire import SourceView
from shared.contracts.contacts import ConsentRecorded, ContactChanged, ContactRelinked
from shared.contracts.inquiries import CallObserved, InquiryReceived
from shared.contracts.inquiry import Call, Inquiry, moment
from shared.ids import derived_id

MERGED_BY_INQUIRY = "inquiry_joins_both"
SECRET_KEY_LENGTH = 20  # nobody names a source like this: the key is random, and is the secret


def received(made: Inquiry, submission_id: UUID, source: SourceView) -> InquiryReceived:
    """What has been validated once is not validated again: this runs for every inquiry."""
    return InquiryReceived.model_construct(
        **{name: getattr(made, name) for name in Inquiry.model_fields},
        submission_id=submission_id,
        source_key=_public_key(source),
        pool=source.pool,
        pipeline=source.pipeline,
    )


def _public_key(source: SourceView) -> str | None:
    """The key as a name; where it is the only secret and looks like one, it does not travel."""
    return source.key if source.secrets or len(source.key) < SECRET_KEY_LENGTH else None


def consent_recorded(made: Inquiry, *, at: datetime) -> ConsentRecorded:
    assert made.consent is not None
    assert made.consent.given is not None
    return ConsentRecorded(
        contact_id=made.contact_id,
        given=made.consent.given,
        text_version=made.consent.text_version,
        at=at,
        inquiry_id=made.inquiry_id,
    )


def observed_call(seen: Inquiry) -> CallObserved:
    return CallObserved(
        observation_id=seen.inquiry_id,
        contact_id=seen.contact_id,
        source_id=seen.source_id,
        external_id=seen.external_id,
        occurred_at=moment(seen),
        received_at=seen.received_at,
        call=seen.call or Call(),
    )


def contact_changed(person: Person, *, now: datetime) -> ContactChanged:
    return ContactChanged(contact_id=person.contact_id, changed_at=now, details=person.details)


def contact_relinked(contact_id: UUID, merge: Merge, *, now: datetime) -> ContactRelinked:
    """All contacts re-pointed to one winner by one inquiry carry one batch id."""
    return ContactRelinked(
        contact_id=contact_id,
        canonical_id=merge.winner,
        batch_id=derived_id("merge", merge.cause, merge.winner),
        reason=MERGED_BY_INQUIRY,
        relinked_at=now,
    )
