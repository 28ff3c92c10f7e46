"""Makes what is searched in: of one entry of a timeline, or one report, its words and points.

What is technical (ids, moments, numbers of versions) is left out; so is whatever has no words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from services.history.domain.entries import IMPERSONAL
from services.history.domain.search.words import email_point, id_point, phone_point

MAX_CHARACTERS = 50_000  # of all words of a document; the rest is not found
MAX_PARTS = 200
# The kinds of entries that may hold words; the others have nothing to be found by.
SEARCHED_KINDS = (
    "call.observed", "contact.changed", "inquiry.received", "inquiry.updated", "lead.declined",
    "lead.lost", "lead.next_action_set", "lead.reopened", "lead.returned", "lead.stage_changed",
    "lead.won", "purchase.cancelled", "purchase.recorded",
)  # fmt: skip
REPORTED = "activity.recorded"
CHANNELS = {"call": "call", "mail": "email", "message": "chat"}  # of a report, by its kind
NAMES = frozenset({"name", "company", "subject"})  # labels: what is found by them comes first
_OF_CONTACT = {
    "name": "name", "first_name": "name", "last_name": "name", "middle_name": "name",
    "company": "company",
}  # fmt: skip
_LABELS = {
    "subject": "subject", "product_interest": "product", "product": "product", "region": "region",
    "city": "region", "reason": "reason", "loss_reason": "reason", "next_action": "next_action",
}  # fmt: skip
_PAGES = frozenset({"page_url", "referrer"})
_UNSEARCHED = frozenset(
    {
        "consent", "contact", "details", "fact_names", "outcome", "recording_url", "source_key",
        "spam",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Words with a label that says what they are."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is stored of an entry or a report, as far as searching concerns it."""

    document_id: UUID
    kind: str
    at: datetime
    actor: str
    lead_id: UUID | None
    inquiry_id: UUID | None
    contact_id: UUID | None
    text: str | None
    facts: Mapping[str, Any]
    reported_kind: str | None = None

    @property
    def channel(self) -> str | None:
        """The channel of the approach or the report, if it has one."""
        if self.reported_kind is not None:
            return CHANNELS.get(self.reported_kind)
        channel = self.facts.get("channel")
        return channel if isinstance(channel, str) else "call" if "call" in self.facts else None

    @property
    def subject_id(self) -> UUID | None:
        """By whom is decided who may see it: the lead, else the inquiry, else the contact."""
        return self.lead_id or self.inquiry_id or self.contact_id


def parts_of(item: Item) -> Sequence[Part]:
    """Its words, names first, at most MAX_CHARACTERS of them."""
    return [part for part in _bounded(_parts(item)) if not part.label.startswith(":")]


def points_of(item: Item) -> Sequence[str]:
    """The lexemes of its phones, addresses and foreign ids."""
    points = (_point(part) for part in _bounded(_parts(item)) if part.label in _POINTS)
    return sorted({point for point in points if point is not None})


_POINTS = frozenset({"phone", "email", ":id"})


def _point(part: Part) -> str | None:
    if part.label == "phone":
        return phone_point(part.text)
    return email_point(part.text) if part.label == "email" else id_point(part.text)


def _parts(item: Item) -> Iterator[Part]:
    facts = item.facts
    yield from _contact(facts.get("contact") or facts.get("details"))
    if item.kind == "inquiry.updated":
        yield from _facts(_mapping(facts.get("changes")))
    else:
        yield from _facts(facts)
    if item.text:
        yield Part("text", item.text)


def _facts(facts: Mapping[str, Any]) -> Iterator[Part]:
    for name, value in facts.items():
        if name in _LABELS:
            yield from _leaves(_LABELS[name], value)
        elif name in {"external_id", "provider_call_id"}:
            yield from _leaves(":id", value)
        elif name == "call":
            yield from _call(_mapping(value))
        elif name == "campaign":
            yield from _campaign(_mapping(value))
        elif name == "attachments":
            yield from _attachments(value)
        elif not (name in IMPERSONAL or name in _UNSEARCHED or name.endswith(("_id", "_at"))):
            yield from _leaves("fields", value)


def _contact(value: Any) -> Iterator[Part]:
    contact = _mapping(value)
    for name, label in _OF_CONTACT.items():
        yield from _leaves(label, contact.get(name))
    for points in (contact, _mapping(contact.get("mentioned"))):
        yield from _leaves("phone", points.get("phones"))
        yield from _leaves("email", points.get("emails"))
    for name, text in _mapping(contact.get("other")).items():
        yield from _leaves("phone" if name.startswith("phone") else "fields", text)


def _call(call: Mapping[str, Any]) -> Iterator[Part]:
    for name in ("from", "to", "line"):
        yield from _leaves("phone", call.get(name))
    yield from _leaves("fields", call.get("employee"))
    yield from _leaves(":id", call.get("provider_call_id"))


def _campaign(campaign: Mapping[str, Any]) -> Iterator[Part]:
    for name, value in campaign.items():
        if name in _PAGES:
            yield from (Part("page", unquote(part.text)) for part in _leaves("page", value))
        elif name not in {"click_ids", "form_id"}:
            yield from _leaves("campaign", value)


def _attachments(value: Any) -> Iterator[Part]:
    for item in value if isinstance(value, list) else ():
        yield from _leaves("attachment", _mapping(item).get("name"))


def _leaves(label: str, value: Any) -> Iterator[Part]:
    """The texts in a JSON value, whatever its form."""
    if isinstance(value, str):
        if value.strip():
            yield Part(label, value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(label, item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(label, item)


def _bounded(parts: Iterator[Part]) -> Iterator[Part]:
    room = MAX_CHARACTERS
    for number, part in enumerate(parts):
        if room <= 0 or number >= MAX_PARTS:
            return
        yield Part(part.label, part.text[:room])
        room -= len(part.text)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
