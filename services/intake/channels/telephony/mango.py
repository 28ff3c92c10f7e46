"""Mango Office telephone exchange: signed events on sub-paths; the summary makes the inquiry.

A call is missed if its talk_time is 0, whatever entry_result says.
"""

import hashlib
from datetime import datetime
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import forms, phones
from services.intake.channels.parsing.charsets import decoded
from services.intake.channels.parsing.draft import DraftBuilder, as_text, build
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.signatures import by_any, same, secret
from services.intake.channels.telephony.calls import MAX_SIGNED_BYTES, add_customer
from services.intake.domain.requests import (
    ChannelError,
    Content,
    Draft,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_epoch, seconds_between, whole
from shared.contracts.inquiry import Call

_SECRETS = {"api_key": True, "api_salt": True}
_DIRECTIONS = {0: "internal", 1: "incoming", 2: "outgoing"}
_PHASES = ("events/call", "events/recording", "events/record", "events/dtmf")


def verify(request: RawRequest, *sources: SourceView) -> None:
    """`sign` is the hex SHA-256 of key + json + salt over the decoded field, not an HMAC."""
    if len(request.body) > MAX_SIGNED_BYTES:
        raise Unauthenticated
    try:
        fields = _fields(request)
    except ChannelError:
        raise Unauthenticated from None

    def check(source: SourceView) -> None:
        key, salt = secret(source, "api_key"), secret(source, "api_salt")
        signature = hashlib.sha256(key + fields.get(b"json", b"") + salt).hexdigest()
        key_is_ours = same(fields.get(b"vpbx_api_key", b""), key)
        signature_is_right = same(fields.get(b"sign", b"").lower(), signature)
        if not (key_is_ours and signature_is_right):
            raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    fields = _fields(request)
    if not fields.get(b"json", b"").strip():
        raise ChannelError(QuarantineReason.EMPTY)
    event = json_object(decoded(fields[b"json"], "utf-8"))
    path = request.rest.strip("/").lower()
    if path.startswith("events/summary") or "call_direction" in event:
        return _summary(event, source)
    if path.startswith(_PHASES) or "call_state" in event or "recording_state" in event:
        return Content(ignored=IgnoreReason.CALL_PHASE)
    if path:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)


def _summary(event: dict[str, Any], source: SourceView) -> Content:
    entry_id = as_text(event.get("entry_id"))
    direction = _DIRECTIONS.get(_number(event.get("call_direction")))
    if not entry_id or direction is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    draft = _call_draft(event, source, entry_id=entry_id, direction=direction)
    return Content(drafts=(draft,), external_id=entry_id)


def _call_draft(
    event: dict[str, Any], source: SourceView, *, entry_id: str, direction: str
) -> Draft:
    caller, callee = _side(event, "from"), _side(event, "to")
    started_at = from_epoch(event.get("create_time"))
    answered_at = from_epoch(event.get("talk_time"))
    ended_at = from_epoch(event.get("end_time"))
    employee = callee if direction == "incoming" else caller
    builder = DraftBuilder(source.country)
    customer = {"incoming": caller, "outgoing": callee}.get(direction, {})
    add_customer(builder, customer.get("number"))
    call = Call(
        direction=direction,
        outcome=_outcome(direction, answered_at),
        from_=phones.e164_or_raw(caller.get("number"), source.country),
        to=phones.e164_or_raw(callee.get("number"), source.country),
        line=phones.e164_or_raw(as_text(event.get("line_number")), source.country),
        started_at=started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        wait_seconds=seconds_between(started_at, answered_at or ended_at),
        talk_seconds=seconds_between(answered_at, ended_at) if answered_at else 0,
        employee=employee.get("extension"),
        provider_call_id=entry_id,
    )
    return build(
        builder, source, channel="call", external_id=entry_id, occurred_at=started_at, call=call
    )


def _outcome(direction: str, answered_at: datetime | None) -> str:
    if answered_at:
        return "answered"
    return "failed" if direction == "outgoing" else "missed"


def _side(event: dict[str, Any], name: str) -> dict[str, str]:
    """One end of the call; numbers and extensions come as text or as integers, or not at all."""
    side = event.get(name)
    pairs = side.items() if isinstance(side, dict) else ()
    return {key: words for key, value in pairs if (words := as_text(value))}


def _number(value: Any) -> int:
    number = whole(value)
    return -1 if number is None else number


def _fields(request: RawRequest) -> dict[bytes, bytes]:
    return dict(forms.byte_pairs(request.body.strip()))


CHANNEL = Channel(name="mango", verify=verify, parse=parse, secrets=_SECRETS)
