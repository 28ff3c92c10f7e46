"""Makes an event's timeline entry, from that event alone: the order of events does not matter."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from shared.contracts.activities import ActivityRecorded
from shared.contracts.catalog import TOPICS
from shared.contracts.contacts import (
    ConsentRecorded,
    ContactChanged,
    ContactErased,
    ContactRelinked,
)
from shared.contracts.envelope import Envelope, Event
from shared.contracts.erasing import contact_of, left_of_facts
from shared.contracts.indicators import AlertRaised, AttainmentMeasured, SaleRuleChanged
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import moment
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
from shared.text import storable_tree

# The field with the time of what happened; every other event has `at`.
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
    SaleRuleChanged: "changed_at",
}
_WITH_RECEIPT = (InquiryReceived, CallObserved)
# Members that are columns of the entry, and so not part of its facts.
_COLUMNS = {"contact_id", "lead_id", "inquiry_id", "text", "at", "actor", "by"}
# Kept as they came, for here what is empty means something: a calendar without shifts is of one who
# never works, while one without a calendar always does.
_AS_TOLD = ("calendar", "changes")
_NESTED = frozenset({dict, list})
_NUL = "\\u0000"  # as in JSON: a payload without it has no NUL in any text
_CALL = "call"
# Whether a call was answered decides what counts as contact; any other outcome is free text.
ANSWERED = ("outcome", "answered")


def kinds_of_timelines() -> Sequence[str]:
    """The kinds of all that may stand on the timeline of a lead or a contact, by the alphabet:
    events that history consumes, and activities, which it records itself.
    """
    events: list[type[Event]] = [ActivityRecorded]
    for topic in TOPICS:
        if "history" in topic.consumers:
            events += topic.events
    return sorted(
        _kind(event.TYPE)
        for event in events
        if event.model_fields.keys() & {"lead_id", "contact_id", "inquiry_id"}
    )


class TimelineEntry(NamedTuple):
    """One event on a timeline. `at` is when it happened; `learned_at` is intake's time of receipt,
    or for events of other services the time at which they were emitted. `channel` is the way by
    which the customer and we met in it, such as `form`, `email` or `call`, if they did.
    `open_facts` are those of its facts that an erasure leaves; None where all are.
    """

    event_id: UUID
    kind: str
    at: datetime
    learned_at: datetime
    actor: str
    contact_id: UUID | None
    lead_id: UUID | None
    inquiry_id: UUID | None
    channel: str | None
    text: str | None
    facts: Mapping[str, Any]
    open_facts: Mapping[str, Any] | None


def entry_of(envelope: Envelope, event: Event) -> TimelineEntry:
    """The entry of an event; a repeated event makes the same one."""
    members = vars(event)
    channel, text, facts = _channel(event), _text(event), _facts(event)
    if _NUL in envelope.payload:
        channel, text = storable_tree(channel), storable_tree(text)
        facts = storable_tree(dict(facts))
    return TimelineEntry(
        event_id=envelope.event_id,
        kind=_kind(event.TYPE),
        at=_moment(event, envelope, members),
        learned_at=members["received_at"] if type(event) in _WITH_RECEIPT else envelope.time,
        actor=_actor(event, members),
        contact_id=members.get("contact_id"),
        lead_id=members.get("lead_id"),
        inquiry_id=members.get("inquiry_id"),
        channel=channel,
        text=text,
        facts=facts,
        open_facts=_open_facts(event, facts),
    )


@cache
def _kind(type_name: str) -> str:
    """The type without its version."""
    return re.sub(r"\.v\d+$", "", type_name)


def _moment(event: Event, envelope: Envelope, members: Mapping[str, Any]) -> datetime:
    if isinstance(event, InquiryReceived):
        return moment(event)
    value = members.get(_MOMENTS.get(type(event), "at"))
    if not isinstance(value, datetime):
        return envelope.time
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _actor(event: Event, members: Mapping[str, Any]) -> str:
    if isinstance(event, InquiryReceived):
        return "customer"
    if isinstance(event, ConsentRecorded):
        return event.by or "customer"
    return str(members.get("actor") or "system")


def _channel(event: Event) -> str | None:
    if isinstance(event, InquiryReceived):
        return event.channel
    return _CALL if isinstance(event, CallObserved) else None


def _text(event: Event) -> str | None:
    if isinstance(event, InquiryReceived):
        return event.text or event.subject
    if isinstance(event, InquiryUpdated):
        text = event.changes.get("text")
        return text if isinstance(text, str) else None
    return None


def _facts(event: Event) -> dict[str, Any]:
    members = event.model_dump(mode="json", exclude=_COLUMNS, exclude_none=True)
    as_told = {name: members.pop(name) for name in _AS_TOLD if name in members}
    facts = _without_empty(members)
    if isinstance(event, ContactChanged) and event.do_not_contact is not None:
        facts["do_not_contact"] = event.do_not_contact  # none left means that all are lifted
    return {**facts, **as_told}


def _open_facts(event: Event, facts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if contact_of(event) is None:
        return None
    rest = left_of_facts(type(event), facts)
    return None if rest == facts else rest


def _without_empty(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members without empty objects and lists, at any depth of objects."""
    result: dict[str, Any] = {}
    for name, value in members.items():
        member = _without_empty(value) if value and type(value) is dict else value
        if member or type(member) not in _NESTED:
            result[name] = member
    return result
