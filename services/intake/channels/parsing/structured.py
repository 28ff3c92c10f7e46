"""Values addressed by their place in the inquiry: the native body, and what a mapping found.
Its law: what is told here overrides what the label table guessed, and is still normalised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from services.intake.channels.parsing import phones
from services.intake.channels.parsing.draft import (
    DraftBuilder,
    add_email,
    add_phone,
    as_text,
    build,
)
from services.intake.domain.labels import without_cookies
from services.intake.domain.priority import priority_class
from services.intake.domain.requests import INVALID_BODY, ChannelError, Draft, SourceView
from services.intake.domain.times import from_any, seconds_between
from shared.contracts.inquiry import Call, Consent

_NAMES = ("name", "first_name", "last_name", "middle_name", "company")
_WORDS = ("region", "city", "product_interest", "currency", "language")
_LARGEST_AMOUNT = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Told:
    """Readers of one nested object that never trust the type of what they find."""

    values: Mapping[str, Any]

    def part(self, name: str) -> "Told":
        value = self.values.get(name)
        return Told(value if isinstance(value, dict) else {})

    def words(self, name: str) -> str | None:
        value = as_text(self.values.get(name))
        return value.strip() or None if value else None

    def many(self, name: str) -> list[str]:
        value = self.values.get(name)
        found = value if isinstance(value, list) else [value]
        return [words for item in found if (words := as_text(item))]


def structured_draft(
    values: Mapping[str, Any], source: SourceView, builder: DraftBuilder, *, channel: str
) -> Draft:
    """A draft of values laid out as the inquiry is, over what `builder` already holds.

    Raises ChannelError(invalid_body) when a call or a consent contradicts its own shape.
    """
    told = Told(values)
    _contact(told.part("contact"), builder)
    _campaign(told.part("campaign"), builder)
    if text := told.words("text"):
        builder.texts = [text]
    builder.fields.update(without_cookies(dict(told.part("fields").values)))
    occurred_at = _moment(told, "occurred_at", source)
    call = _call(told.part("call"), source)
    made = build(
        builder,
        source,
        channel=told.words("channel") or channel,
        external_id=told.words("external_id"),
        occurred_at=occurred_at or (call.started_at if call else None),
        is_test=str(values.get("is_test")).lower() in {"true", "1", "yes"},
        subject=told.words("subject"),
        call=call,
    )
    return made.model_copy(update=_particulars(told, made, source))


def _particulars(told: Told, made: Draft, source: SourceView) -> dict[str, Any]:
    update: dict[str, Any] = {name: told.words(name) for name in _WORDS}
    update["priority_class"] = told.words("priority_class") or priority_class(
        made.call, source_priority=source.priority
    )
    update["consent"] = _consent(told, source)
    update["amount"] = _amount(told.words("amount"))
    if update["amount"] is None and (unread := told.words("amount")):
        update["fields"] = {**made.fields, "amount": unread}
    if ad := told.part("campaign").part("ad").values:
        update["campaign"] = made.campaign.model_copy(update={"ad": dict(ad)})
    return update


def _contact(told: Told, builder: DraftBuilder) -> None:
    for name in _NAMES:
        if words := told.words(name):
            builder.names[name] = words
    if numbers := told.many("phones"):
        builder.phones.clear()
        builder.unread.pop("phone_raw", None)
        for number in numbers:
            add_phone(builder, number)
    if addresses := told.many("emails"):
        builder.emails.clear()
        builder.unread.pop("email_raw", None)
        for address in addresses:
            add_email(builder, address)
    for kind, value in told.part("other").values.items():
        if words := as_text(value):
            builder.other[kind] = words


def _campaign(told: Told, builder: DraftBuilder) -> None:
    for name, value in told.values.items():
        if name not in {"click_ids", "ad"} and (words := as_text(value)):
            builder.campaign[name] = words
    for name, value in told.part("click_ids").values.items():
        if words := as_text(value):
            builder.click_ids[name] = words


def _call(told: Told, source: SourceView) -> Call | None:
    if not told.values:
        return None
    values = {name: told.words(name) for name in ("direction", "outcome", "employee")}
    values |= {name: told.words(name) for name in ("recording_url", "provider_call_id")}
    values |= {name: _shown(told.words(name), source) for name in ("from", "to", "line")}
    started, answered, ended = (
        _moment(told, name, source) for name in ("started_at", "answered_at", "ended_at")
    )
    seconds = {name: told.values.get(name) for name in ("wait_seconds", "talk_seconds")}
    if seconds["wait_seconds"] is None:
        seconds["wait_seconds"] = seconds_between(started, answered or ended)
    if seconds["talk_seconds"] is None:
        seconds["talk_seconds"] = seconds_between(answered, ended)
    moments = {"started_at": started, "answered_at": answered, "ended_at": ended}
    try:
        return Call.model_validate({**values, **moments, **seconds})
    except ValidationError:
        raise ChannelError(INVALID_BODY) from None


def _consent(told: Told, source: SourceView) -> Consent | None:
    part = told.part("consent")
    if not part.values:
        return None
    try:
        return Consent.model_validate(
            {
                "given": part.values.get("given"),
                "text_version": part.words("text_version"),
                "at": _moment(part, "at", source),
            }
        )
    except ValidationError:
        raise ChannelError(INVALID_BODY) from None


def _amount(words: str | None) -> Decimal | None:
    """A sum of money; a comma may stand for the decimal point and spaces between thousands."""
    if words is None or len(words) > 40:
        return None
    try:
        amount = Decimal("".join(words.split()).replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < _LARGEST_AMOUNT else None


def _moment(told: Told, name: str, source: SourceView) -> datetime | None:
    return from_any(told.values.get(name), time_zone=source.time_zone)


def _shown(number: str | None, source: SourceView) -> str | None:
    return (phones.e164(number, source.country) or number) if number else None
