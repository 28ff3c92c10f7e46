"""Mango Office telephone exchange: signed events on sub-paths; the summary tells the end of a call.

A call is missed if its talk_time is 0, whatever entry_result says.
"""

import hashlib
from datetime import datetime
from typing import Any

from services.intake.channels.body_proofs import read_for_proof
from services.intake.channels.channel import Channel
from services.intake.channels.parsing import forms
from services.intake.channels.parsing.charsets import decoded
from services.intake.channels.parsing.draft import DraftBuilder, as_text
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.signatures import by_any, same, secret
from services.intake.channels.telephony.reports import CallEvent, reported
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_epoch, whole

_SECRETS = {"api_key": True, "api_salt": True}
_DIRECTIONS = {0: "internal", 1: "incoming", 2: "outgoing"}
_PHASES = ("events/call", "events/recording", "events/record", "events/dtmf")


def verify(request: RawRequest, *sources: SourceView) -> None:
    """`sign` is the hex SHA-256 of key + json + salt over the decoded field, not an HMAC."""
    fields = read_for_proof(request, _fields)

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
        return _phase(event, source)
    if path:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)


def _summary(event: dict[str, Any], source: SourceView) -> Content:
    entry_id = as_text(event.get("entry_id"))
    direction = _DIRECTIONS.get(_number(event.get("call_direction")))
    if not entry_id or direction is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    caller, callee = _side(event, "from"), _side(event, "to")
    answered_at = from_epoch(event.get("talk_time"))
    employee = callee if direction == "incoming" else caller
    summary = CallEvent(
        call_id=entry_id,
        final=True,
        direction=direction,
        outcome=_outcome(direction, answered_at),
        caller=caller.get("number"),
        callee=callee.get("number"),
        line=as_text(event.get("line_number")),
        started_at=from_epoch(event.get("create_time")),
        answered_at=answered_at,
        ended_at=from_epoch(event.get("end_time")),
        employee=employee.get("extension"),
    )
    return reported(summary, source, DraftBuilder(source.country))


def _phase(event: dict[str, Any], source: SourceView) -> Content:
    """A call on its way, or its recording; without an id of the whole call it adds nothing."""
    entry_id = as_text(event.get("entry_id"))
    if not entry_id:
        return Content(ignored=IgnoreReason.CALL_PHASE)
    builder = DraftBuilder(source.country)
    recording_id = as_text(event.get("recording_id"))
    if recording_id:
        # The recording itself is fetched from Mango by this id.
        if str(event.get("recording_state", "Completed")).lower() == "completed":
            builder.fields["recording_id"] = recording_id
        return reported(CallEvent(call_id=entry_id, final=False, direction=None), source, builder)
    return reported(_leg(event, entry_id), source, builder)


def _leg(event: dict[str, Any], entry_id: str) -> CallEvent:
    caller, callee = _side(event, "from"), _side(event, "to")
    state = str(event.get("call_state", "")).lower()
    by_person = str(event.get("location", "")).lower() == "abonent"
    moment = from_epoch(event.get("timestamp"))
    direction = "incoming"
    if caller.get("extension"):
        direction = "internal" if callee.get("extension") else "outgoing"
    is_answered = state == "connected" and by_person
    employee = callee if direction == "incoming" else caller
    return CallEvent(
        call_id=entry_id,
        final=False,
        direction=direction,
        caller=caller.get("number"),
        callee=callee.get("number") if direction == "outgoing" else None,
        line=callee.get("line_number"),
        started_at=moment if state == "appeared" else None,
        answered_at=moment if is_answered else None,
        employee=employee.get("extension") if is_answered else None,
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
