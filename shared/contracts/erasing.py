"""What is left of an event once its person has been erased: a valid event of the same type.

Kept are ids, times, counts, amounts and words of a list, so that every figure stays as it was. What
somebody has written, and what a person can be found by, is empty. The number of an order is left as
its digest, so that a win and the order that it names are still one sale.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from shared.contracts.catalog import EVENT_BY_TYPE
from shared.contracts.envelope import Event
from shared.contracts.impersonal import digest_left, without_points
from shared.contracts.leads import ORDER_FACT, LeadAssigned, LeadLost, LeadWon
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
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
# Of what is kept, what senders write as they like: a point of a person may stand in it.
WRITTEN: Final = frozenset({"product", "product_interest", "region"}) | PARTS["campaign"]
# A supervisor who names the owner may say why; the decider's reasons are words of a list, as are
# those of a loss that the pipeline lists.
_NAMED: Final = "named"
_REASSIGNED: Final = "reassigned"
# Whether a call was answered decides what counts as contact; any other fact is free text.
_ANSWERED: Final = ("outcome", "answered")
_ORDERS: Final = (PurchaseRecorded, PurchaseCancelled)
_NUMBER: Final = "external_id"


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
    if isinstance(event, LeadWon) and (facts := _order_left(event.facts or {})):
        return blank.model_copy(update={"facts": facts})
    if isinstance(event, PurchaseRecorded | PurchaseCancelled):
        return blank.model_copy(update={"external_id": digest_left(event.external_id)})
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
    return _left_of(members, IMPERSONAL)


def left_of_facts(contract: type[Event], members: Mapping[str, Any]) -> dict[str, Any]:
    """What `blanked` keeps of these members of such an event, given as JSON without those that are
    null or empty.
    """
    if members.keys() <= _whole(contract) and members.get("tier") != _NAMED:
        return dict(members)
    rest = {
        name: value
        for name, value in _left_of(members, _impersonal_of(contract)).items()
        if value is not None and (value or name not in PARTS)
    }
    if "changes" in members:
        rest["changes"] = left_of(members["changes"])
    if isinstance(facts := members.get("facts"), dict):
        kinds = _order_left(facts) if contract is LeadWon else _answer_left(facts)
        rest |= {"facts": kinds} if kinds else {}
    if contract in _ORDERS and (digest := digest_left(members.get(_NUMBER))):
        rest[_NUMBER] = digest
    if contract is LeadAssigned and members.get("tier") == _NAMED:
        rest["reason"] = _REASSIGNED
    if contract is LeadLost and members.get("is_listed") and "loss_reason" in members:
        rest["loss_reason"] = members["loss_reason"]
    return rest


@cache
def _impersonal_of(contract: type[Event]) -> frozenset[str]:
    """An event needs what is required of it, whoever it is about."""
    fields = contract.model_fields.items()
    return IMPERSONAL | {name for name, field in fields if field.is_required()}


@cache
def _whole(contract: type[Event]) -> frozenset[str]:
    """The members of such an event that are kept whatever stands in them."""
    return _impersonal_of(contract) - WRITTEN - PARTS.keys() - {"changes", "facts", _NUMBER}


def _left_of(members: Mapping[str, Any], impersonal: frozenset[str]) -> dict[str, Any]:
    rest = {
        name: without_points(value) if name in WRITTEN else value
        for name, value in members.items()
        if name in impersonal
    }
    for name, names in PARTS.items():
        part = members.get(name)
        if isinstance(part, dict):
            rest[name] = _left_of_part(part, names)
    return rest | _taken_back(members)


def _taken_back(members: Mapping[str, Any]) -> dict[str, None]:
    """The parts that are null: a correction says by it that what was told before is not so."""
    return {name: None for name in PARTS if name in members and members[name] is None}


def _left_of_part(part: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    rest = {
        name: value
        for name, value in part.items()
        if name in names and (name not in WRITTEN or without_points(value) is not None)
    }
    if isinstance(clicks := part.get(_CLICKS), dict):
        rest[_CLICKS] = dict.fromkeys(clicks, "")
    return rest


def _blanked(model: P, impersonal: frozenset[str]) -> P:
    update = {
        name: _blank_member(name, getattr(model, name), field)
        for name, field in type(model).model_fields.items()
        if name not in impersonal and (name in PARTS or not field.is_required())
    }
    for name in WRITTEN & impersonal & type(model).model_fields.keys():
        update[name] = without_points(getattr(model, name))
    return model.model_copy(update=update)


def _blank_member(name: str, value: Any, field: FieldInfo) -> Any:
    if name in PARTS and isinstance(value, BaseModel):
        return _blanked(value, PARTS[name])
    if name == "changes" and isinstance(value, dict):
        return left_of(value)
    if name == _CLICKS and isinstance(value, dict):
        return dict.fromkeys(value, "")  # which kinds there were is counted
    if name == "facts" and isinstance(value, dict) and (answer := _answer_left(value)):
        return answer
    return field.get_default(call_default_factory=True)


def _answer_left(facts: Mapping[str, Any]) -> dict[str, Any]:
    return dict([_ANSWERED]) if _ANSWERED in facts.items() else {}


def _order_left(facts: Mapping[str, Any]) -> dict[str, Any]:
    digest = digest_left(facts.get(ORDER_FACT))
    return _answer_left(facts) | ({ORDER_FACT: digest} if digest else {})
