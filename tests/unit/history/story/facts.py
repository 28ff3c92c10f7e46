"""Events with all they may hold, and with each value of it that is one of a list."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from services.history.domain.story.words import REASONS
from shared.contracts.envelope import Event
from shared.contracts.inquiry import (
    Attachment,
    Call,
    Campaign,
    Consent,
    ContactDetails,
    Mentioned,
    Spam,
)
from tests.support.event_streams import some_id

AT: Final = datetime(2026, 3, 1, 21, 5, tzinfo=UTC)  # the second of March in Moscow
ANNA: Final = some_id("manager", "anna")


def contact(words: str) -> ContactDetails:
    return ContactDetails(
        name=words, company=words, phones=("+79161234567",), emails=(),
        extensions={"+79161234567": "12"}, other={"phone_raw": "8 916", "hubspot": "901"},
        mentioned=Mentioned(phones=("+74950000000",)),
    )  # fmt: skip


def call(words: str, direction: str = "incoming", outcome: str = "answered") -> Call:
    return Call(
        direction=direction, outcome=outcome, from_="+79161234567", to="+74950000000", line="1",
        started_at=AT, answered_at=AT, ended_at=AT, wait_seconds=25, talk_seconds=3725,
        employee=words, recording_url="//1", provider_call_id="ab_12",
    )  # fmt: skip


def campaign(words: str) -> Campaign:
    return Campaign(
        utm_source=words, utm_medium=words, utm_campaign=words, utm_term=words, utm_content=words,
        click_ids={"gclid": "ab_12"}, page_url="//1", referrer="//2", form_id="ab_12",
        form_name=words, ad={"ad_id": "ab_12", "ad_name": words},
    )  # fmt: skip


def consent(words: str) -> Consent:
    return Consent(
        given=True, text_version=words, at=AT, text_digest="ab" * 32, purpose="marketing",
        page_url="//1", ip="192.0.2.1",
    )  # fmt: skip


def values_of(kind: type[Event], name: str, words: str) -> list[Any]:
    """What a member may be, the usual first. A new member of an event has to be added here."""
    if (name.endswith("_id") and name != "external_id") or name == "into":
        return [ANNA if name == "manager_id" else some_id(name)]
    if name.endswith("_at") or name in {"at", "until", "accept_by", "first_touch_by"}:
        return [AT]
    many: dict[str, list[Any]] = {
        "channel": ["form", "call", "email", "chat", "import"],
        "direction": ["outgoing", "incoming", "internal"],
        "reason": [words, *REASONS],
        "deadline": ["accept", "first_touch"],
        "outcome": ["returned_offline", "left"],
        "tier": ["shift", "on_call", "supervisor", "named"],
        "closed_as": ["won", "lost", "merged"],
        "priority_class": ["high", "normal", "low"],
        "from_stage": ["new"],
        "to_stage": ["in_work", "offer", "negotiation", "contract"],
        "stage": ["new"],
        "given": [True, False],
        "purpose": ["marketing", "mailing", "processing"],
        "channels": [["email"], ["call", "chat"], ["all"]],
        "do_not_contact": [["call", "email"], ["chat"], ["all"], []],
        "changes": [{"region": words, "amount": 5.5}, {"region": None, "spam": {"score": 1}}],
        "attachments": [
            [
                Attachment(name=words, media_type="a/b", size_bytes=5),
                Attachment(refused="too_large"),
                Attachment(refused="broken"),
                Attachment(refused="dangerous_type"),
                Attachment(refused="too_many"),
            ]
        ],
    }
    one: dict[str, Any] = {
        "version": 3, "epoch": 3, "round": 3, "hops": 3, "pipeline_version": 3, "work_units": 1.5,
        "pool": "a_pool", "pipeline": "a_line", "source_key": "a_source", "actor": "system",
        "is_test": True, "is_repeat": True, "is_listed": True, "language": "ru",
        "inquiry_ids": [some_id("inquiry")], "birth_ids": [some_id("contact")],
        "amount": Decimal("1234567.5"), "currency": "RUB", "facts": {words: words, "order_id": "7"},
        "fact_names": ["a_fact"], "contact": contact(words), "details": contact(words),
        "call": call(words), "campaign": campaign(words), "consent": consent(words),
        "fields": {words: [1, True, {words: words}]}, "spam": Spam(score=1, reasons=("a_reason",)),
        "text_version": words, "text_digest": "ab" * 32, "page_url": "//1", "ip": "192.0.2.1",
        "by": f"manager:{ANNA}", "external_id": "7",
    }  # fmt: skip
    if name in many:
        return many[name]
    return [one.get(name, words)]


def events_of(kind: type[Event], words: str) -> Iterator[Event]:
    """An event with all it may hold, and one for each other value of each member."""
    usual = {name: values_of(kind, name, words)[0] for name in kind.model_fields}
    yield kind(**usual)
    for name in kind.model_fields:
        for value in values_of(kind, name, words)[1:]:
            yield kind(**{**usual, name: value})
    yield kind(**{name: usual[name] for name, field in kind.model_fields.items()
                  if field.is_required()})  # fmt: skip
