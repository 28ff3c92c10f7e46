"""Replies: which known inquiry a mail answers, and to whom it belongs.

Invariant: a known id alone joins nobody. The sender must be the customer of the answered inquiry,
or one of those who sent or got that mail.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.mail_ids import MailIds
from services.intake.domain.requests import Draft
from shared.contracts.inquiry import Mentioned


@dataclass(frozen=True, slots=True)
class ThreadMail:
    """A mail that has become an inquiry; customers and people are digests of their addresses."""

    inquiry_id: UUID
    contact_id: UUID
    customers: frozenset[str]
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The inquiry that is answered; `contact_id` is its contact when somebody else answers."""

    inquiry_id: UUID
    contact_id: UUID | None = None


def person_digest(address: str) -> str:
    return hashlib.blake2b(address.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def digests_of(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset(map(person_digest, addresses))


def answered_by(
    ids: MailIds, draft: Draft, mails: Mapping[bytes, ThreadMail], digests: Iterable[bytes]
) -> Answered | None:
    """What a mail answers, the latest first. `digests` are those of `ids.answers`."""
    customers = digests_of(draft.contact.emails)
    sender = person_digest(ids.sender) if ids.sender else None
    for digest in reversed(list(digests)):
        mail = mails.get(digest)
        if mail is None:
            continue
        if customers & mail.customers:
            return Answered(mail.inquiry_id)
        if sender in mail.people:
            return Answered(mail.inquiry_id, mail.contact_id)
    return None


def as_somebody_elses(draft: Draft) -> Draft:
    """The draft of somebody who answers in another's thread: their points identify nobody."""
    contact = draft.contact
    mentioned = Mentioned(
        phones=(*contact.phones, *contact.mentioned.phones),
        emails=(*contact.emails, *contact.mentioned.emails),
    )
    update = {"phones": (), "emails": (), "name": None, "mentioned": mentioned}
    other = {**contact.other, "answered_by": contact.name} if contact.name else contact.other
    return draft.model_copy(
        update={"contact": contact.model_copy(update={**update, "other": other})}
    )
