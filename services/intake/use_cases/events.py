"""The events intake speaks, made of what it has just written."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.contact_matching import Person
from services.intake.domain.requests import Draft, SourceView
from shared.contracts.contacts import ConsentRecorded, ContactChanged, ContactRelinked
from shared.contracts.inquiries import CallObserved, InquiryReceived
from shared.contracts.inquiry import Call
from shared.ids import derived_id


@dataclass(frozen=True, slots=True)
class Minted:
    """A draft with its ids and its contact at birth."""

    draft: Draft
    inquiry_id: UUID
    contact_id: UUID
    source_id: UUID
    submission_id: UUID
    received_at: datetime
    is_repeat: bool


def received(minted: Minted, source: SourceView) -> InquiryReceived:
    """What has been validated once is not validated again: this runs for every inquiry."""
    return InquiryReceived.model_construct(
        **vars(minted.draft),
        inquiry_id=minted.inquiry_id,
        contact_id=minted.contact_id,
        source_id=minted.source_id,
        received_at=minted.received_at,
        is_repeat=minted.is_repeat,
        submission_id=minted.submission_id,
        source_key=_public_key(source),
        pool=source.pool,
        pipeline=source.pipeline,
    )


def _public_key(source: SourceView) -> str | None:
    """The key as a name; where it is the only proof of origin, it does not travel."""
    return None if source.key_is_the_secret else source.key


def consent_recorded(made: InquiryReceived, *, at: datetime) -> ConsentRecorded:
    assert made.consent is not None
    assert made.consent.given is not None
    return ConsentRecorded(
        contact_id=made.contact_id,
        given=made.consent.given,
        text_version=made.consent.text_version,
        at=at,
        inquiry_id=made.inquiry_id,
    )


def observed_call(seen: Minted) -> CallObserved:
    return CallObserved(
        observation_id=seen.inquiry_id,
        contact_id=seen.contact_id,
        source_id=seen.source_id,
        external_id=seen.draft.external_id,
        occurred_at=seen.draft.occurred_at or seen.received_at,
        received_at=seen.received_at,
        call=seen.draft.call or Call(),
    )


def contact_changed(person: Person, *, now: datetime) -> ContactChanged:
    return ContactChanged(contact_id=person.contact_id, changed_at=now, details=person.details)


def merge_batch(cause: UUID) -> UUID:
    """The batch of what an inquiry or an accepted proposal has joined: it is undone by this id."""
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
