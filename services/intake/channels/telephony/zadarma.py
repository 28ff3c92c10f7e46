"""Zadarma PBX: notifications signed over two or three fields, and the echo of the set-up.

The signature does not cover the event's name, so an honest start can be sent again as an end; the
account's time zone is the source's.
"""

import base64
import hmac

from services.intake.channels.body_proofs import read_for_proof
from services.intake.channels.channel import Channel
from services.intake.channels.parsing import forms
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_any, same, secret
from services.intake.channels.telephony.calls import is_internal, outcome_of
from services.intake.channels.telephony.reports import CallEvent, reported
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_iso, whole

_SECRETS = {"secret": True}
_LONGEST_ECHO = 200
_SIGNED = {
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": ("internal", "destination", "call_start"),
    "NOTIFY_OUT_END": ("internal", "destination", "call_start"),
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
}
_SIGNED_OTHERS = ("caller_id", "called_did", "call_start")
_CALLS = frozenset(
    {
        *_SIGNED,
        "NOTIFY_START",
        "NOTIFY_INTERNAL",
        "NOTIFY_IVR",
        "NOTIFY_END",
    }
)
_OUTCOMES = {
    "answered": "answered",
    "busy": "busy",
    "cancel": "missed",
    "no answer": "missed",
    **dict.fromkeys(
        (
            *("failed", "no money", "unallocated number", "no limit", "no day limit"),
            *("line limit", "no money, no limit"),
        ),
        "failed",
    ),
}


def handshake(request: RawRequest, _source: SourceView) -> Answer | None:
    """The set-up asks for its own word back."""
    if request.method != "GET" or len(request.query) > _LONGEST_ECHO:
        return None
    try:
        echo = dict(forms.query_pairs(request)).get("zd_echo")
    except ChannelError:
        return None
    return Answer(200, echo.encode(), "text/plain; charset=utf-8") if echo else None


def verify(request: RawRequest, *sources: SourceView) -> None:
    """`Signature` is the base64 of the hex HMAC-SHA1 over the event's own fields, joined."""
    signature = (request.header("signature") or "").strip()
    if not signature:
        raise Unauthenticated
    fields = read_for_proof(request, _fields)
    event = fields.get(b"event", b"").decode("latin-1")
    names = _SIGNED.get(event, _SIGNED_OTHERS)
    text = b"".join(fields.get(name.encode(), b"") for name in names)

    def check(source: SourceView) -> None:
        digest = hmac.digest(secret(source, "secret"), text, "sha1").hex()
        if not text or not same(signature, base64.b64encode(digest.encode())):
            raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    fields = JsonReader(document(request))
    name, call_id = fields.words("event"), fields.words("pbx_call_id")
    if name is not None and name not in _CALLS:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    if name is None or call_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    builder = DraftBuilder(source.country)
    if recording_id := fields.words("call_id_with_rec"):
        # The recording itself is fetched from Zadarma by this id.
        builder.fields["recording_id"] = recording_id
    return reported(_event(fields, name, call_id, source), source, builder)


def _event(fields: JsonReader, name: str, call_id: str, source: SourceView) -> CallEvent:
    incoming = not (name.startswith("NOTIFY_OUT") or call_id.startswith("out_"))
    internal, destination = fields.words("internal"), fields.words("destination")
    final = name in {"NOTIFY_END", "NOTIFY_OUT_END"}
    outcome = None
    if final:
        outcome = outcome_of(fields.words("disposition"), _OUTCOMES, incoming=incoming)
    elif name == "NOTIFY_ANSWER":
        outcome = "answered"
    employee = internal or (destination if incoming and is_internal(destination) else None)
    caller, line = fields.words("caller_id"), fields.words("called_did")
    direction = "incoming" if incoming else "outgoing"
    if not incoming and is_internal(destination):
        direction = "internal"
    return CallEvent(
        call_id=call_id,
        final=final,
        direction=direction,
        outcome=outcome,
        caller=caller,
        callee=line if incoming else destination,
        line=line if incoming else caller,
        started_at=from_iso(fields.words("call_start"), time_zone=source.time_zone),
        talk_seconds=whole(fields.words("duration")) if outcome == "answered" else None,
        employee=employee,
    )


def _fields(request: RawRequest) -> dict[bytes, bytes]:
    return dict(forms.byte_pairs(request.body.strip()))


CHANNEL = Channel(name="zadarma", verify=verify, parse=parse, handshake=handshake, secrets=_SECRETS)
