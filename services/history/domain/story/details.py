"""Which facts of an entry people read, each with its label, in Russian or English.

Invariant: a fact is told in words or not at all: no name of a member, no id, no time of machines.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.history.domain.search.documents import Item, Part
from services.history.domain.story import words
from services.history.domain.story.inquiries import (
    CALL_MEMBERS,
    CALL_TIMES,
    tell_attachments,
    tell_call,
    tell_campaign,
    tell_consent,
    tell_contact,
    tell_purpose,
)
from services.history.domain.story.sentences import manager_of
from services.history.domain.story.tellers import (
    Facts,
    Teller,
    as_moment,
    as_page,
    as_text,
    detail,
    mapping_in,
    one_of,
    tell_fields,
    texts_in,
)
from services.history.domain.story.voice import Voice
from shared.contracts.impersonal import is_left
from shared.contracts.leads import ORDER_FACT

MOST_DETAILS = 60  # facts of one entry that are shown
# Members of which nothing is told: ids, numbers of versions, and what only programs decide by.
SILENT: Final = frozenset(
    {
        "activity_id", "answers_inquiry_id", "batch_id", "birth_ids", "canonical_id",
        "cancelled_at", "changed_at", "consent_id", "deadline", "decision_id", "epoch",
        "erased_at", "erasure_id", "fact_names", "from_lead_id", "given", "hops", "inquiry_ids",
        "into", "ip", "is_listed", "is_repeat", "kind", "learned_at", "observation_id",
        "occurred_at", "outcome", "pipeline", "pipeline_version", "pool", "purchase_id",
        "purchased_at", "received_at", "relinked_at", "round", "source_id", "source_key", "spam",
        "submission_id", "task_id", "text_digest", "version", "work_units", "done",
    }
)  # fmt: skip


def details_of(item: Item, voice: Voice) -> list[Part]:
    """The facts that people read, each with its label in words; the entry's text is not among."""
    details: list[Part] = []
    for part in _parts(item, voice):
        if part.text and part.text != item.text and part not in details:
            details.append(part)
            if len(details) == MOST_DETAILS:
                break
    return details


def _parts(item: Item, voice: Voice) -> Iterator[Part]:
    facts = item.facts
    if item.reported_kind is not None:
        yield from _reported(item, voice)
        return
    if item.kind == "inquiry.updated":
        changes = facts.get("changes")
        facts = changes if isinstance(changes, dict) else {}
        yield from _removed(facts, voice)
    elif facts.get("manager_id") and not item.actor.endswith(str(facts["manager_id"])):
        yield detail("manager", manager_of(facts["manager_id"], voice), voice)
    yield from _stages(facts, voice)
    yield from _amount(facts, voice)
    yield from _reason(item.kind, facts, voice)
    yield from _order(item, voice)
    for name, tell in _TELLERS.items():
        if name in facts and (item.kind, name) not in _IN_TITLE:
            yield from tell(facts[name], voice)
    if item.kind == "call.observed":
        yield from tell_call(mapping_in(facts.get("call")), voice, directed=False)
    else:
        yield from tell_call(mapping_in(facts.get("call")), voice)


def _reported(item: Item, voice: Voice) -> Iterator[Part]:
    if item.owner_id is not None and not item.actor.endswith(str(item.owner_id)):
        yield detail("owner", manager_of(item.owner_id, voice), voice)
    if item.due_at is not None and item.done is None:
        yield detail("due_at", voice.moment(item.due_at), voice)
    facts = dict(item.facts)
    members = (*CALL_MEMBERS, *CALL_TIMES, "direction", "outcome")
    call = {name: facts.pop(name) for name in members if isinstance(facts.get(name), str | int)}
    yield from tell_call(call, voice)
    yield from tell_fields(facts, voice)


def _removed(changes: Facts, voice: Voice) -> Iterator[Part]:
    """What a correction says is not so."""
    for name, label in _REMOVABLE.items():
        if name in changes and changes[name] in (None, "", [], {}):
            yield detail(label, voice.say(words.REMOVED), voice)


_REMOVABLE: Final = {
    "amount": "amount", "call": "outcome", "city": "city", "consent": "consent",
    "product_interest": "product", "region": "region", "subject": "subject",
}  # fmt: skip


def _stages(facts: Facts, voice: Voice) -> Iterator[Part]:
    if isinstance(facts.get("to_stage"), str):
        stages = [
            _stage(facts[name], voice) for name in ("from_stage", "to_stage") if facts.get(name)
        ]
        yield detail("stage", " → ".join(stages), voice)
    elif isinstance(facts.get("stage"), str):
        yield detail("stage", _stage(facts["stage"], voice), voice)


def _stage(stage: str, voice: Voice) -> str:
    phrase = words.STAGES.get(stage)
    return voice.say(phrase) if phrase else stage.replace("_", " ")


def _amount(facts: Facts, voice: Voice) -> Iterator[Part]:
    amount, currency = facts.get("amount"), facts.get("currency")
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        yield detail("amount", voice.money(amount, currency), voice)


def _reason(kind: str, facts: Facts, voice: Voice) -> Iterator[Part]:
    for name in ("reason", "loss_reason"):
        reason = facts.get(name)
        if not isinstance(reason, str) or reason in words.UNTOLD:
            continue
        phrase = words.REASONS.get(reason) if name == "reason" else None
        if phrase is not None:
            if (kind, reason) not in _IN_TITLE:
                yield detail("reason", voice.say(phrase), voice)
        elif kind not in words.REASONED:
            yield detail("reason", reason, voice)


# Members and reasons that the title tells already.
_IN_TITLE: Final = frozenset(
    {
        ("inquiry.received", "channel"),
        ("inquiry.received", "is_test"),
        ("lead.returned", "offline"),
        ("lead.returned", "left"),
    }
)


def _order(item: Item, voice: Voice) -> Iterator[Part]:
    """The number in the shop; of an erased person's order only its digest is left."""
    number = item.facts.get("external_id") if item.kind in _PURCHASES else None
    number = number or mapping_in(item.facts.get("facts")).get(ORDER_FACT)
    if isinstance(number, str) and not is_left(number):
        yield detail("order", number, voice)


_PURCHASES: Final = frozenset({"purchase.recorded", "purchase.cancelled"})


def _channels(value: Any, voice: Voice) -> Iterator[Part]:
    names = [
        words.CONSENT_CHANNELS[name] for name in texts_in(value) if name in words.CONSENT_CHANNELS
    ]
    yield detail("channels", ", ".join(map(voice.say, names)), voice)


def _refusals(value: Any, voice: Voice) -> Iterator[Part]:
    if isinstance(value, list):
        names = [words.REFUSED[name] for name in texts_in(value) if name in words.REFUSED]
        text = ", ".join(map(voice.say, names)) if value else voice.say(words.LIFTED)
        yield detail("do_not_contact", text, voice)


def _test(value: Any, voice: Voice) -> Iterator[Part]:
    if value is True:
        yield detail("is_test", voice.flag(value=True), voice)


# Members by their names, in the order in which they are told.
_TELLERS: Final[Mapping[str, Teller]] = {
    "tier": one_of("tier", words.TIERS),
    "accept_by": as_moment("accept_by"),
    "first_touch_by": as_moment("first_touch_by"),
    "until": as_moment("until"),
    "next_action": as_text("next_action"),
    "due_at": as_moment("due_at"),
    "closed_as": one_of("closed_as", words.CLOSED),
    "channel": one_of("channel", words.CHANNELS),
    "priority_class": one_of("priority_class", words.PRIORITIES),
    "contact": tell_contact,
    "details": tell_contact,
    "do_not_contact": _refusals,
    "subject": as_text("subject"),
    "product": as_text("product"),
    "product_interest": as_text("product"),
    "region": as_text("region"),
    "city": as_text("city"),
    "language": one_of("language", words.SPOKEN),
    "purpose": tell_purpose,
    "channels": _channels,
    "text_version": as_text("text_version"),
    "page_url": as_page("page_url"),
    "consent": tell_consent,
    "campaign": tell_campaign,
    "attachments": tell_attachments,
    "fields": tell_fields,
    "facts": tell_fields,
    "is_test": _test,
}
TOLD: Final = frozenset(
    {*_TELLERS, "amount", "call", "changes", "currency", "from_stage", "loss_reason", "manager_id"}
    | {"direction", "external_id", "owner_id", "reason", "stage", "to_stage"}
)
