"""What intake emits about contacts.

Merging and splitting are state, not deltas: the highest version wins.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

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
    TYPE: ClassVar[str] = "contact.changed.v1"

    changed_at: datetime
    details: ContactDetails = ContactDetails()


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

    given: bool
    text_version: str | None = None
    at: datetime
    inquiry_id: UUID | None = None


class ContactErased(_OnLinks):
    """The person asked to be forgotten; `birth_ids` are all contact ids they ever had."""

    TYPE: ClassVar[str] = "contact.erased.v1"

    birth_ids: list[UUID]
    erased_at: datetime
