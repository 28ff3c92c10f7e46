"""Mango Office telephone exchange: signed events on sub-paths; the summary makes the inquiry.
Its law: a call is missed when talk_time is 0, whatever entry_result says.
"""

import hashlib
from datetime import datetime
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import forms, phones
from services.intake.channels.parsing.charsets import decoded
from services.intake.channels.parsing.draft import DraftBuilder, add_phone, as_text, build
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.signatures import by_any, same, secret
from services.intake.domain.requests import (
    EMPTY,
    UNKNOWN_SHAPE,
    ChannelError,
    Draft,
    Parsed,
    RawRequest,
    SourceView,
    Unauthenticated,
    ignored,
    observed,
    one,
)
from services.intake.domain.times import from_epoch, seconds_between, whole
from shared.contracts.inquiry import Call

LARGEST_EVENT = 65_536  # bytes that are searched for a proof; an event has about two thousand
_SECRETS = {"api_key": True, "api_salt": True}
_DIRECTIONS = {0: "internal", 1: "incoming", 2: "outgoing"}
_PHASES = ("events/call", "events/recording", "events/record", "events/dtmf")


def verify(request: RawRequest, *sources: SourceView) -> None:
    """`sign` is the hex SHA-256 of key + json + salt over the decoded field, not an HMAC."""
    if len(request.body) > LARGEST_EVENT:
        raise Unauthenticated
    try:
        fields = _fields(request)
    except ChannelError:
        raise Unauthenticated from None

    def check(source: SourceView) -> None:
        key, salt = secret(source, "api_key"), secret(source, "api_salt")
        expected = hashlib.sha256(key + fields.get(b"json", b"") + salt).hexdigest()
        key_is_ours = same(fields.get(b"vpbx_api_key", b""), key)
        signed = same(fields.get(b"sign", b"").lower(), expected)
        if not (key_is_ours and signed):
            raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Parsed:
    found = _fields(request)
    if not found.get(b"json", b"").strip():
        raise ChannelError(EMPTY)
    told = json_object(decoded(found[b"json"], "utf-8"))
    path = request.rest.strip("/").lower()
    if path.startswith("events/summary") or "call_direction" in told:
        return _summary(told, source)
    if path.startswith(_PHASES) or "call_state" in told or "recording_state" in told:
        return ignored("call_phase")
    if path:
        return ignored("not_an_inquiry")
    raise ChannelError(UNKNOWN_SHAPE)


def _summary(told: dict[str, Any], source: SourceView) -> Parsed:
    entry_id = as_text(told.get("entry_id"))
    direction = _DIRECTIONS.get(_number(told.get("call_direction")))
    if not entry_id or direction is None:
        raise ChannelError(UNKNOWN_SHAPE)
    made = _call_draft(told, source, entry_id=entry_id, direction=direction)
    if direction == "incoming":
        return one(made, external_id=entry_id)
    return observed(made, external_id=entry_id)


def _call_draft(
    told: dict[str, Any], source: SourceView, *, entry_id: str, direction: str
) -> Draft:
    caller, called = _side(told, "from"), _side(told, "to")
    started = from_epoch(told.get("create_time"))
    answered = from_epoch(told.get("talk_time"))
    ended = from_epoch(told.get("end_time"))
    employee = called if direction == "incoming" else caller
    builder = DraftBuilder(source.country)
    customer = {"incoming": caller, "outgoing": called}.get(direction, {})
    _add_customer(builder, customer.get("number"))
    call = Call(
        direction=direction,
        outcome=_outcome(direction, answered),
        from_=_shown(caller.get("number"), source),
        to=_shown(called.get("number"), source),
        line=_shown(as_text(told.get("line_number")), source),
        started_at=started,
        answered_at=answered,
        ended_at=ended,
        wait_seconds=seconds_between(started, answered or ended),
        talk_seconds=seconds_between(answered, ended) if answered else 0,
        employee=employee.get("extension"),
        provider_call_id=entry_id,
    )
    return build(
        builder, source, channel="call", external_id=entry_id, occurred_at=started, call=call
    )


def _outcome(direction: str, answered: datetime | None) -> str:
    if answered:
        return "answered"
    return "failed" if direction == "outgoing" else "missed"


def _add_customer(builder: DraftBuilder, number: str | None) -> None:
    """A SIP address is a way to reach the customer, though not a telephone number."""
    if number and number.lower().startswith("sip:"):
        builder.other["sip"] = number
    elif number:
        add_phone(builder, number)


def _shown(number: str | None, source: SourceView) -> str | None:
    return (phones.e164(number, source.country) or number) if number else None


def _side(told: dict[str, Any], name: str) -> dict[str, str]:
    """One end of the call; numbers and extensions come as text or as integers, or not at all."""
    side = told.get(name)
    pairs = side.items() if isinstance(side, dict) else ()
    return {key: words for key, value in pairs if (words := as_text(value))}


def _number(value: Any) -> int:
    number = whole(value)
    return -1 if number is None else number


def _fields(request: RawRequest) -> dict[bytes, bytes]:
    return dict(forms.byte_pairs(request.body.strip()))


CHANNEL = Channel(name="mango", verify=verify, parse=parse, secrets=_SECRETS)
