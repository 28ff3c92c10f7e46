"""What intake emits about contacts.

Merging and splitting are state, not deltas: the highest version wins.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Event
from shared.contracts.inquiry import ContactDetails

SPLIT = "split"
MERGE_UNDONE = "merge_undone"


class _OnContacts(Event):
    TOPIC: ClassVar[str] = "contacts"
    KEY: ClassVar[str] = "contact_id"

    contact_id: UUID


class _OnLinks(_OnContacts):
    TOPIC: ClassVar[str] = "contact-links"


class ContactChanged(_OnContacts):
    """`do_not_contact` are the channels by which this contact must not be approached, all of them,
    or None where the event does not tell; `actor` and `reason` say who changed them and why.
    """

    TYPE: ClassVar[str] = "contact.changed.v1"

    changed_at: datetime
    details: ContactDetails = ContactDetails()
    do_not_contact: list[str] | None = None
    actor: str | None = None
    reason: str | None = None


class ContactRelinked(_OnLinks):
    """`contact_id` is from now on the same person as `canonical_id` (itself after a split).

    Always flattened: `canonical_id` is never itself pointed elsewhere.
    """

    TYPE: ClassVar[str] = "contact.relinked.v1"

    canonical_id: UUID
    batch_id: UUID
    reason: str
    relinked_at: datetime


class ConsentRecorded(_OnContacts):
    TYPE: ClassVar[str] = "consent.recorded.v1"

    """`by` recorded it, None for the person's own form; without `channels` it is about all."""

    given: bool
    text_version: str | None = None
    at: datetime
    inquiry_id: UUID | None = None
    consent_id: UUID | None = None
    text_digest: str | None = None
    purpose: str | None = None
    page_url: str | None = None
    ip: str | None = None
    by: str | None = None
    channels: list[str] = Field(default_factory=list)


class ContactErased(_OnLinks):
    """The person asked to be forgotten; `birth_ids` are all contact ids they ever had. Services
    confirm that they have followed under the `erasure_id`.
    """

    TYPE: ClassVar[str] = "contact.erased.v1"

    birth_ids: list[UUID]
    erased_at: datetime
    erasure_id: UUID | None = None
