"""The exact keys that join inquiries to a contact, and ids that a replay computes again."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID, uuid5

from shared.contracts.inquiry import ContactDetails

# How many phones and addresses of one inquiry identify. Inquiries do not give a person more than
# these either, so many inquiries with few points each can do no more than one with many.
MAX_PHONES = 3
MAX_EMAILS = 3
LIMITS = {"phone": MAX_PHONES, "email": MAX_EMAILS}


class ContactPoint(NamedTuple):
    """One exact key of a contact; `kind` is phone or email."""

    kind: str
    value: str


class DatedContact(Protocol):
    """What decides which of several contacts is the canonical one."""

    @property
    def contact_id(self) -> UUID: ...

    @property
    def created_at(self) -> datetime: ...


def contact_points(contact: ContactDetails, *, channel: str = "form") -> tuple[ContactPoint, ...]:
    """The first few phones and addresses of an inquiry, in their order, each once."""
    phones = [ContactPoint("phone", phone) for phone in dict.fromkeys(contact.phones)]
    emails = [ContactPoint("email", email) for email in dict.fromkeys(contact.emails)]
    kinds = [phones[:MAX_PHONES], emails[:MAX_EMAILS]]
    if channel == "email":
        kinds.reverse()  # the mail was written from its address; the phones only stand in it
    return tuple(kinds[0] + kinds[1])


def names_too_many(contact: ContactDetails) -> bool:
    """Whether an inquiry names more points than one person uses, and so is a list of people."""
    return len(set(contact.phones)) > MAX_PHONES or len(set(contact.emails)) > MAX_EMAILS


def canonical(contacts: Iterable[DatedContact]) -> UUID:
    """The contact that survives a merge: the oldest, ties by id."""
    return min(contacts, key=lambda contact: (contact.created_at, contact.contact_id)).contact_id


def inquiry_id(submission_id: UUID, index: int) -> UUID:
    """The id of the n-th inquiry of a submission, the same at every normalisation."""
    return uuid5(submission_id, f"inquiry:{index}")


def observation_id(submission_id: UUID, index: int) -> UUID:
    """The id of the n-th observed call of a submission."""
    return uuid5(submission_id, f"observation:{index}")


def call_inquiry_id(source_id: UUID, call_id: str) -> UUID:
    """The id of the inquiry that a call becomes, whichever of its events comes first."""
    return uuid5(source_id, f"call:{call_id}")


def call_observation_id(source_id: UUID, call_id: str) -> UUID:
    """The id of an outgoing or internal call, whichever of its events comes first."""
    return uuid5(source_id, f"observed:{call_id}")


def attachment_id(submission_id: UUID, draft: int, place: int) -> UUID:
    """The id of a file of the n-th draft; nobody guesses it without the submission's."""
    return uuid5(submission_id, f"attachment:{draft}:{place}")


def birth_contact_id(origin_id: UUID) -> UUID:
    """The id of the contact that an inquiry creates when its points belong to nobody."""
    return uuid5(origin_id, "contact")


def key_digest(key: str) -> bytes:
    """What is stored of an idempotency key, because keys may be long and may be personal."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def body_digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
