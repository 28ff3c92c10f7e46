"""One event, one line. Its law: a line is made of its event alone, so any order gives the same."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from shared.contracts.contacts import (
    ConsentRecorded,
    ContactChanged,
    ContactErased,
    ContactRelinked,
)
from shared.contracts.envelope import Envelope, Event
from shared.contracts.indicators import AlertRaised, AttainmentMeasured
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import moment
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded

# The field that tells when it happened; every other event has `at`.
_MOMENTS: Mapping[type[Event], str] = {
    InquiryUpdated: "changed_at",
    CallObserved: "occurred_at",
    ContactChanged: "changed_at",
    ContactRelinked: "relinked_at",
    ContactErased: "erased_at",
    PurchaseRecorded: "purchased_at",
    PurchaseCancelled: "cancelled_at",
    ManagerChanged: "changed_at",
    ManagerStatusChanged: "changed_at",
    AttainmentMeasured: "measured_at",
    AlertRaised: "raised_at",
}
_RECEIVED = (InquiryReceived, CallObserved)
_SPOKEN_BY_CUSTOMERS = (InquiryReceived, ConsentRecorded)
# Members that have a column of their own, or are told by one.
_COLUMNS = {"contact_id", "lead_id", "inquiry_id", "text", "at", "actor"}
_NUL = "\\u0000"  # as JSON writes it: without it in the payload, nothing of the event holds one
# What remains of a line's facts when its person is forgotten: how the work went, not who it was.
IMPERSONAL = frozenset(
    {
        "accept_by", "amount", "canonical_id", "batch_id", "channel", "currency", "deadline",
        "decision_id", "direction", "epoch", "first_touch_by", "from_lead_id", "from_stage",
        "given", "inquiry_ids", "into", "is_repeat", "is_test", "kind", "language", "manager_id",
        "observation_id", "occurred_at", "pipeline", "pool", "priority_class", "purchase_id",
        "received_at", "round", "source_id", "stage", "submission_id", "text_version", "to_stage",
        "version", "work_units",
    }
)  # fmt: skip

# Whether a call was answered decides what counts as contact; any other outcome is free words.
ANSWERED = ("outcome", "answered")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a timeline: `at` is when it happened, `learned_at` when we were told: intake's
    time of receipt, for other services' facts the time they were spoken.
    """

    activity_id: UUID
    kind: str
    at: datetime
    learned_at: datetime
    actor: str
    contact_id: UUID | None
    lead_id: UUID | None
    inquiry_id: UUID | None
    text: str | None
    facts: Mapping[str, Any]


def line_of(envelope: Envelope, event: Event) -> Line:
    """The line of an event; its id is the event's, so the same event never makes two."""
    members = vars(event)
    text, facts = _text(event), _facts(event)
    if _NUL in envelope.payload:
        text, facts = storable(text), storable(facts)
    return Line(
        activity_id=envelope.event_id,
        kind=_kind(event.TYPE),
        at=_moment(event, envelope, members),
        learned_at=members["received_at"] if type(event) in _RECEIVED else envelope.time,
        actor="customer" if type(event) in _SPOKEN_BY_CUSTOMERS else _actor(members),
        contact_id=members.get("contact_id"),
        lead_id=members.get("lead_id"),
        inquiry_id=members.get("inquiry_id"),
        text=text,
        facts=facts,
    )


@cache
def _kind(type_name: str) -> str:
    """The type without its version."""
    return re.sub(r"\.v\d+$", "", type_name)


def impersonal(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Without what tells of a person."""
    return {
        name: value
        for name, value in facts.items()
        if name in IMPERSONAL or (name, value) == ANSWERED
    }


def storable(value: Any) -> Any:
    """The value without NUL characters, which PostgreSQL cannot keep; they become U+FFFD."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        if "\\u0000" not in json.dumps(value):
            return value
        return {storable(name): storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value


def _moment(event: Event, envelope: Envelope, members: Mapping[str, Any]) -> datetime:
    if isinstance(event, InquiryReceived):
        return moment(event)
    found = members.get(_MOMENTS.get(type(event), "at"))
    if not isinstance(found, datetime):
        return envelope.time
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _actor(members: Mapping[str, Any]) -> str:
    return str(members.get("actor", "system"))


def _text(event: Event) -> str | None:
    if isinstance(event, InquiryReceived):
        return event.text or event.subject
    if isinstance(event, InquiryUpdated):
        found = event.changes.get("text")
        return found if isinstance(found, str) else None
    return None


def _facts(event: Event) -> dict[str, Any]:
    members = event.model_dump(mode="json", exclude=_COLUMNS, exclude_none=True)
    changes = members.pop("changes", None)  # there, something empty is news
    facts = _without_empty(members)
    return facts if changes is None else {**facts, "changes": changes}


def _without_empty(members: Mapping[str, Any]) -> dict[str, Any]:
    """Without what holds nothing, at any depth of objects."""
    kept: dict[str, Any] = {}
    for name, value in members.items():
        member = _without_empty(value) if isinstance(value, dict) else value
        if member or not isinstance(member, dict | list):
            kept[name] = member
    return kept
