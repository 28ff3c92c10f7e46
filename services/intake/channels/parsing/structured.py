"""Values addressed by their place in the inquiry: the native body and the results of a mapping.

They override what the label table has read, and are normalised like everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

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
from services.intake.domain.requests import ChannelError, Draft, SourceView
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any, seconds_between
from shared.contracts.inquiry import Call, Consent

_NAMES = ("name", "first_name", "last_name", "middle_name", "company")
_WORDS = ("region", "city", "product_interest", "currency", "language")
_LARGEST_AMOUNT = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class JsonReader:
    """Reads members of one JSON object without trusting their types."""

    values: Mapping[str, Any]

    def part(self, name: str) -> "JsonReader":
        value = self.values.get(name)
        return JsonReader(value if isinstance(value, dict) else {})

    def words(self, name: str) -> str | None:
        value = as_text(self.values.get(name))
        return value.strip() or None if value else None

    def many(self, name: str) -> list[str]:
        value = self.values.get(name)
        items = value if isinstance(value, list) else [value]
        return [words for item in items if (words := as_text(item))]


def structured_draft(
    values: Mapping[str, Any], source: SourceView, builder: DraftBuilder, *, channel: str
) -> Draft:
    """A draft of values laid out as the inquiry is, over what `builder` already holds.

    Raises ChannelError(invalid_body) when a call or a consent contradicts its own shape.
    """
    inquiry = JsonReader(values)
    _contact(inquiry.part("contact"), builder)
    _campaign(inquiry.part("campaign"), builder)
    if text := inquiry.words("text"):
        builder.texts = [text]
    builder.fields.update(without_cookies(dict(inquiry.part("fields").values)))
    occurred_at = _moment(inquiry, "occurred_at", source)
    call = _call(inquiry.part("call"), source)
    draft = build(
        builder,
        source,
        channel=inquiry.words("channel") or channel,
        external_id=inquiry.words("external_id"),
        occurred_at=occurred_at or (call.started_at if call else None),
        is_test=str(values.get("is_test")).lower() in {"true", "1", "yes"},
        subject=inquiry.words("subject"),
        call=call,
    )
    return draft.model_copy(update=_particulars(inquiry, draft, source))


def _particulars(inquiry: JsonReader, draft: Draft, source: SourceView) -> dict[str, Any]:
    update: dict[str, Any] = {name: inquiry.words(name) for name in _WORDS}
    update["priority_class"] = inquiry.words("priority_class") or priority_class(
        draft.call, source_priority=source.priority
    )
    update["consent"] = _consent(inquiry, source) or draft.consent
    update["amount"] = _amount(inquiry.words("amount"))
    if update["amount"] is None and (raw_amount := inquiry.words("amount")):
        update["fields"] = {**draft.fields, "amount": raw_amount}
    if ad := inquiry.part("campaign").part("ad").values:
        update["campaign"] = draft.campaign.model_copy(update={"ad": dict(ad)})
    return update


def _contact(contact: JsonReader, builder: DraftBuilder) -> None:
    for name in _NAMES:
        if words := contact.words(name):
            builder.names[name] = words
    if numbers := contact.many("phones"):
        builder.phones.clear()
        builder.extensions.clear()
        builder.unreadable.pop("phone_raw", None)
        for number in numbers:
            add_phone(builder, number)
    if addresses := contact.many("emails"):
        builder.emails.clear()
        builder.unreadable.pop("email_raw", None)
        for address in addresses:
            add_email(builder, address)
    for kind, value in contact.part("other").values.items():
        if words := as_text(value):
            builder.other[kind] = words


def _campaign(campaign: JsonReader, builder: DraftBuilder) -> None:
    for name, value in campaign.values.items():
        if name not in {"click_ids", "ad"} and (words := as_text(value)):
            builder.campaign[name] = words
    for name, value in campaign.part("click_ids").values.items():
        if words := as_text(value):
            builder.click_ids[name] = words


def _call(reader: JsonReader, source: SourceView) -> Call | None:
    if not reader.values:
        return None
    values = {name: reader.words(name) for name in ("direction", "outcome", "employee")}
    values |= {name: reader.words(name) for name in ("recording_url", "provider_call_id")}
    values |= {
        name: phones.e164_or_raw(reader.words(name), source.country)
        for name in ("from", "to", "line")
    }
    started_at, answered_at, ended_at = (
        _moment(reader, name, source) for name in ("started_at", "answered_at", "ended_at")
    )
    seconds = {name: reader.values.get(name) for name in ("wait_seconds", "talk_seconds")}
    if seconds["wait_seconds"] is None:
        seconds["wait_seconds"] = seconds_between(started_at, answered_at or ended_at)
    if seconds["talk_seconds"] is None:
        seconds["talk_seconds"] = seconds_between(answered_at, ended_at)
    moments = {"started_at": started_at, "answered_at": answered_at, "ended_at": ended_at}
    try:
        return Call.model_validate({**values, **moments, **seconds})
    except ValidationError:
        raise ChannelError(QuarantineReason.INVALID_BODY) from None


_OF_CONSENT: Final = ("text_version", "text_digest", "purpose", "page_url", "ip")


def _consent(inquiry: JsonReader, source: SourceView) -> Consent | None:
    part = inquiry.part("consent")
    if not part.values:
        return None
    try:
        return Consent.model_validate(
            {
                "given": part.values.get("given"),
                "at": _moment(part, "at", source),
                **{name: part.words(name) for name in _OF_CONSENT},
            }
        )
    except ValidationError:
        raise ChannelError(QuarantineReason.INVALID_BODY) from None


def _amount(words: str | None) -> Decimal | None:
    """A sum of money; a comma may stand for the decimal point and spaces between thousands."""
    if words is None or len(words) > 40:
        return None
    try:
        amount = Decimal("".join(words.split()).replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < _LARGEST_AMOUNT else None


def _moment(reader: JsonReader, name: str, source: SourceView) -> datetime | None:
    return from_any(reader.values.get(name), time_zone=source.time_zone)
