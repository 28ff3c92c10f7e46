"""What is left of an event once its person has been erased: a valid event of the same type.

Kept are ids, times, counts, amounts and words of a list, so that every figure stays as it was. What
somebody has written, and what a person can be found by, is empty.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from shared.contracts.catalog import EVENT_BY_TYPE
from shared.contracts.envelope import Event
from shared.contracts.leads import LeadAssigned, LeadLost
from shared.contracts.streams import StreamGap

_CLICKS: Final = "click_ids"
E = TypeVar("E", bound=Event)
P = TypeVar("P", bound=BaseModel)

# Members that an event keeps; a new one is blanked until it is listed here.
IMPERSONAL: Final = frozenset(
    {
        "accept_by", "activity_id", "actor", "amount", "answers_inquiry_id", "at", "batch_id",
        "birth_ids", "by", "canonical_id", "cancelled_at", "changed_at", "channel", "channels",
        "closed_as", "consent_id", "contact_id", "currency", "deadline", "decision_id",
        "direction", "do_not_contact", "due_at", "epoch", "erased_at", "erasure_id", "fact_names",
        "first_touch_by", "from_lead_id", "from_stage", "given", "hops", "inquiry_id",
        "inquiry_ids", "into", "is_listed", "is_repeat", "is_test", "kind", "language", "lead_id",
        "learned_at", "manager_id", "observation_id", "occurred_at", "outcome", "pipeline",
        "pipeline_version", "pool", "priority_class", "product", "product_interest",
        "purchase_id", "purchased_at", "purpose", "received_at", "region", "relinked_at", "round",
        "segment_id", "segment_version", "source_id", "source_key", "spam", "stage",
        "submission_id", "text_digest",
        "text_version", "tier", "to_stage", "until", "version", "work_units",
    }
)  # fmt: skip
# Of these members something is kept: the names of what.
PARTS: Final[Mapping[str, frozenset[str]]] = {
    "call": frozenset(
        {
            "direction", "outcome", "line", "started_at", "answered_at", "ended_at",
            "wait_seconds", "talk_seconds", "employee",
        }
    ),
    "campaign": frozenset(
        {
            "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "form_id",
            "form_name",
        }
    ),
    "consent": frozenset({"given", "text_version", "at", "text_digest", "purpose"}),
}  # fmt: skip
# A supervisor who names the owner may say why; the decider's reasons are words of a list, as are
# those of a loss that the pipeline lists.
_NAMED: Final = "named"
_REASSIGNED: Final = "reassigned"
# Whether a call was answered decides what counts as contact; any other fact is free text.
_ANSWERED: Final = ("outcome", "answered")


def contact_of(event: Event) -> UUID | None:
    """The contact at birth that an event is about, None for one that is about nobody."""
    contact_id = getattr(event, "contact_id", None)
    return contact_id if isinstance(contact_id, UUID) else None


def blanked(event: E) -> E:
    """The event without anything personal; one that is about nobody, as it is."""
    if contact_of(event) is None:
        return event
    blank = _blanked(event, IMPERSONAL)
    if isinstance(blank, LeadAssigned) and blank.tier == _NAMED:
        return blank.model_copy(update={"reason": _REASSIGNED})
    if isinstance(event, LeadLost) and event.is_listed:
        return blank.model_copy(update={"loss_reason": event.loss_reason})
    return blank


def blanked_payload(type_name: str, payload: str) -> str:
    """The same for an event as JSON. Of one that this code cannot read, the members that are kept
    of all events.
    """
    contract = StreamGap if type_name == StreamGap.TYPE else EVENT_BY_TYPE.get(type_name)
    if contract is not None:
        try:
            return blanked(contract.model_validate_json(payload)).model_dump_json()
        except ValidationError:
            pass
    try:
        content = json.loads(payload)
    except ValueError:
        content = None
    return json.dumps(left_of(content) if isinstance(content, dict) else {})


def left_of(members: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of members of an event or an inquiry, given as JSON."""
    rest = {name: value for name, value in members.items() if name in IMPERSONAL}
    for name, names in PARTS.items():
        part = members.get(name)
        if isinstance(part, dict):
            rest[name] = {key: value for key, value in part.items() if key in names}
            if isinstance(clicks := part.get(_CLICKS), dict):
                rest[name][_CLICKS] = dict.fromkeys(clicks, "")
    return rest


def _blanked(model: P, kept: frozenset[str]) -> P:
    update = {
        name: _left(name, getattr(model, name), field)
        for name, field in type(model).model_fields.items()
        if name not in kept and (name in PARTS or not field.is_required())
    }
    return model.model_copy(update=update)


def _left(name: str, value: Any, field: FieldInfo) -> Any:
    if name in PARTS and isinstance(value, BaseModel):
        return _blanked(value, PARTS[name])
    if name == "changes" and isinstance(value, dict):
        return left_of(value)
    if name == _CLICKS and isinstance(value, dict):
        return dict.fromkeys(value, "")  # which kinds there were is counted
    if name == "facts" and isinstance(value, dict) and _ANSWERED in value.items():
        return dict([_ANSWERED])
    return field.get_default(call_default_factory=True)
