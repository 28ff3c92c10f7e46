"""Whom an event concerns, and how much of it each of them may see.

A manager sees the events of a lead while it is theirs, and of the one that takes it away no more
than that it did.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from shared.contracts.lead_state import ENDS_OWNERSHIP, GIVES_OWNERSHIP

GIVING = tuple(event.TYPE for event in GIVES_OWNERSHIP)
OWNING = (*GIVING, *(event.TYPE for event in ENDS_OWNERSHIP))
# Ids, states, times and counts: nothing that somebody has written, and nothing to find a person by.
_IMPERSONAL = frozenset(
    {
        "lead_id", "manager_id", "version", "at", "actor", "epoch", "round", "inquiry_id",
        "inquiry_ids", "pool", "pipeline", "stage", "from_stage", "to_stage", "channel",
        "source_id", "priority_class", "work_units", "received_at", "is_test", "accept_by",
        "first_touch_by", "decision_id", "deadline", "from_lead_id", "into", "tier", "state",
        "owner_id", "assigned_at", "accepted_at", "opened_at", "closed_at", "merged_into",
    }
)  # fmt: skip
_OF_WHAT_IS_GONE = frozenset({"lead_id", "contact_id", "version", "at", "epoch", "deadline"})
_OF_OTHER_LEADS = frozenset({"from_lead_id", "into"})

Payload = Mapping[str, Any]


def owner_after(event_type: str, payload: Payload, before: UUID | None) -> UUID | None:
    """Who owns the lead after an event of its stream."""
    if event_type in GIVING:
        return UUID(payload["manager_id"])
    return None if event_type in OWNING else before


def managers_concerned(
    topic: str, event_type: str, payload: Payload, owner_before: UUID | None
) -> Sequence[UUID]:
    """The managers who may see something of an event: the owners before and after it, or whose own
    row it is about.
    """
    if topic == "managers":
        return (UUID(payload["manager_id"]),)
    owners = (owner_before, owner_after(event_type, payload, owner_before))
    return tuple(dict.fromkeys(owner for owner in owners if owner is not None))


def seen_by_manager(payload: Payload, manager_id: UUID, *, still_theirs: bool) -> dict[str, Any]:
    """What one of the managers concerned sees of an event."""
    if still_theirs:
        return {name: value for name, value in payload.items() if name not in _OF_OTHER_LEADS}
    # A reason in somebody else's words may name the new owner.
    own = {"manager_id"} if payload.get("manager_id") == str(manager_id) else set()
    if payload.get("actor") == f"manager:{manager_id}":
        own |= {"actor", "reason"}
    return {name: value for name, value in payload.items() if name in _OF_WHAT_IS_GONE | own}


def without_person(payload: Payload) -> dict[str, Any]:
    """What is left of an event, or of a lead, once the person has been forgotten."""
    return {name: value for name, value in payload.items() if name in _IMPERSONAL}


def as_json(content: Payload) -> str:
    """On one line."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
