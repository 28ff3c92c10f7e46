"""Aircall: events of calls and texts, proved by the webhook's token in the body.

`call.ended` comes last and tells all. UNCONFIRMED: the shape of its text messages.
"""

from typing import Any

from services.intake.channels.body_proofs import by_word, read_for_proof
from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, as_text
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.telephony.reports import CallEvent, reported, texted
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_any

_SECRETS = {"token": True}
_DIRECTIONS = {"inbound": "incoming", "outbound": "outgoing"}
_NAMES = {"first_name": "first_name", "last_name": "last_name", "company_name": "company"}


def verify(request: RawRequest, *sources: SourceView) -> None:
    payload = read_for_proof(request, document)
    by_word(sources, as_text(payload.get("token")), name="token")


def parse(request: RawRequest, source: SourceView) -> Content:
    event = JsonReader(document(request))
    kind, data = (event.words("event") or "").lower(), event.part("data")
    if kind.startswith("call."):
        return _call(kind, data, source)
    if kind == "message.received":
        return _message(data, source)
    if not kind:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)


def _call(kind: str, data: JsonReader, source: SourceView) -> Content:
    call_id = data.words("id") or data.words("call_id")
    if call_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    direction = _DIRECTIONS.get((data.words("direction") or "").lower())
    customer, ours = data.words("raw_digits"), data.part("number").words("digits")
    is_outgoing = direction == "outgoing"
    started_at, answered_at, ended_at = (
        _moment(data, name) for name in ("started_at", "answered_at", "ended_at")
    )
    is_final = kind == "call.ended"
    user = data.part("user")
    return reported(
        CallEvent(
            call_id=call_id,
            final=is_final,
            direction=direction,
            outcome=_outcome(kind, data) if is_final or kind == "call.voicemail_left" else None,
            caller=ours if is_outgoing else customer,
            callee=customer if is_outgoing else ours,
            line=ours,
            started_at=started_at,
            answered_at=answered_at,
            ended_at=ended_at,
            employee=user.words("email") or user.words("name") or user.words("id"),
            recording_url=data.words("recording") or data.words("voicemail"),
        ),
        source,
        _builder(data, source),
    )


def _builder(data: JsonReader, source: SourceView) -> DraftBuilder:
    """What the company's own address book and people say about the caller."""
    builder = DraftBuilder(source.country)
    contact = data.part("contact")
    builder.names.update(
        {ours: words for theirs, ours in _NAMES.items() if (words := contact.words(theirs))}
    )
    particulars = {
        "missed_call_reason": data.words("missed_call_reason"),
        "tags": _listed(data, "tags", "name"),
        "comments": _listed(data, "comments", "content"),
    }
    builder.fields.update({name: value for name, value in particulars.items() if value})
    return builder


def _listed(data: JsonReader, name: str, member: str) -> list[str]:
    items = data.values.get(name)
    objects = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [words for item in objects if (words := JsonReader(item).words(member))]


def _outcome(kind: str, data: JsonReader) -> str:
    if _moment(data, "answered_at"):
        return "answered"
    is_voicemail = bool(data.words("voicemail")) or kind == "call.voicemail_left"
    return "voicemail" if is_voicemail else "missed"


def _moment(data: JsonReader, name: str) -> Any:
    return from_any(data.values.get(name), time_zone="UTC")


def _message(data: JsonReader, source: SourceView) -> Content:
    text, message_id = data.words("body") or data.words("text"), data.words("id")
    is_ours = (data.words("direction") or "inbound").lower() != "inbound"
    if is_ours or not text or not message_id:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    return texted(
        text,
        source,
        _builder(data, source),
        sender=data.words("external_number") or data.words("raw_digits"),
        external_id=message_id,
        occurred_at=_moment(data, "created_at") or _moment(data, "sent_at"),
    )


CHANNEL = Channel(name="aircall", verify=verify, parse=parse, secrets=_SECRETS)
