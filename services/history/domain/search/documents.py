"""Makes what is searched in: of one entry of a timeline, or one report, its words and points.

What is technical (ids, moments, numbers of versions) is left out; so is whatever has no words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import UUID

from services.history.domain.search.words import email_point, id_point, phone_point
from shared.contracts.erasing import IMPERSONAL

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


class Part(NamedTuple):
    """Words with a label that says what they are."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is stored of an entry or a report. The last members are of reports: a task has
    `due_at` and an owner; what is reported about a task names it, and says whether it is `done`.
    """

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
    direction: str | None = None
    due_at: datetime | None = None
    owner_id: UUID | None = None
    task_id: UUID | None = None
    done: bool | None = None

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
    return _with_words(_bounded(_parts(item)))


def document_of(item: Item) -> tuple[Sequence[Part], Sequence[str]]:
    """Its words, and the lexemes of its phones, addresses and foreign ids."""
    parts = _bounded(_parts(item))
    points = {_point(part) for part in parts if part.label in _POINTS}
    return _with_words(parts), sorted(point for point in points if point is not None)


def _with_words(parts: Sequence[Part]) -> Sequence[Part]:
    return [part for part in parts if not part.label.startswith(":")]


_POINTS = frozenset({"phone", "email", ":id"})


def _point(part: Part) -> str | None:
    if part.label == "phone":
        return phone_point(part.text)
    return email_point(part.text) if part.label == "email" else id_point(part.text)


def _parts(item: Item) -> list[Part]:
    facts = item.facts
    parts: list[Part] = []
    _add_contact(parts, facts.get("contact") or facts.get("details"))
    if item.kind == "inquiry.updated":
        _add_facts(parts, _mapping(facts.get("changes")))
    else:
        _add_facts(parts, facts)
    if item.text:
        parts.append(Part("text", item.text))
    return parts


def _add_facts(parts: list[Part], facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if name in _LABELS:
            _add(parts, _LABELS[name], value)
        elif name in {"external_id", "provider_call_id"}:
            _add(parts, ":id", value)
        elif name == "call":
            _add_call(parts, _mapping(value))
        elif name == "campaign":
            _add_campaign(parts, _mapping(value))
        elif name == "attachments":
            _add_attachments(parts, value)
        elif not (name in IMPERSONAL or name in _UNSEARCHED or name.endswith(("_id", "_at"))):
            _add(parts, "fields", value)


def _add_contact(parts: list[Part], value: Any) -> None:
    contact = _mapping(value)
    for name, label in _OF_CONTACT.items():
        _add(parts, label, contact.get(name))
    for points in (contact, _mapping(contact.get("mentioned"))):
        _add(parts, "phone", points.get("phones"))
        _add(parts, "email", points.get("emails"))
    for name, text in _mapping(contact.get("other")).items():
        _add(parts, "phone" if name.startswith("phone") else "fields", text)


def _add_call(parts: list[Part], call: Mapping[str, Any]) -> None:
    for name in ("from", "to", "line"):
        _add(parts, "phone", call.get(name))
    _add(parts, "fields", call.get("employee"))
    _add(parts, ":id", call.get("provider_call_id"))


def _add_campaign(parts: list[Part], campaign: Mapping[str, Any]) -> None:
    for name, value in campaign.items():
        if name in _PAGES:
            pages: list[Part] = []
            _add(pages, "page", value)
            parts.extend(Part("page", unquote(part.text)) for part in pages)
        elif name not in {"click_ids", "form_id"}:
            _add(parts, "campaign", value)


def _add_attachments(parts: list[Part], value: Any) -> None:
    for item in value if isinstance(value, list) else ():
        _add(parts, "attachment", _mapping(item).get("name"))


def _add(parts: list[Part], label: str, value: Any) -> None:
    """Add the texts in a JSON value, whatever its form."""
    if isinstance(value, str):
        if value.strip():
            parts.append(Part(label, value))
    elif isinstance(value, dict):
        for item in value.values():
            _add(parts, label, item)
    elif isinstance(value, list):
        for item in value:
            _add(parts, label, item)


def _bounded(parts: Sequence[Part]) -> Sequence[Part]:
    room = MAX_CHARACTERS
    if len(parts) <= MAX_PARTS and sum(len(part.text) for part in parts) <= room:
        return parts
    bounded: list[Part] = []
    for part in parts[:MAX_PARTS]:
        if room <= 0:
            break
        bounded.append(Part(part.label, part.text[:room]))
        room -= len(part.text)
    return bounded


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
