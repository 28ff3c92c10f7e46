"""Telnyx call control and messages: ed25519 over the moment and the body.

A session is the whole call. UNCONFIRMED: which hang-up causes there are beside the usual ones; an
unknown one of a call that SIP closed with 200 counts as answered.
"""

from datetime import datetime

from services.intake.channels.channel import Channel
from services.intake.channels.message_signatures import is_ed25519
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_any, require_recent, secret
from services.intake.channels.telephony.legs import is_own, with_weak_ends
from services.intake.channels.telephony.reports import CallEvent, reported, texted
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_any, whole

_SECRETS = {"public_key": True}
_SIGNATURE = "telnyx-signature-ed25519"
_DIRECTIONS = {
    "incoming": "incoming",
    "inbound": "incoming",
    "outgoing": "outgoing",
    "outbound": "outgoing",
}
_OUTCOMES = {
    "user_busy": "busy",
    "call_rejected": "busy",
    "originator_cancel": "missed",
    "timeout": "missed",
    "no_answer": "missed",
    "time_limit": "answered",
}


def verify(request: RawRequest, *sources: SourceView) -> None:
    signature, timestamp = request.header(_SIGNATURE), request.header("telnyx-timestamp")
    if not signature or not timestamp:
        raise Unauthenticated
    require_recent(request, whole(timestamp))
    message = timestamp.encode("utf-8", "surrogatepass") + b"|" + request.body

    def check(source: SourceView) -> None:
        public_key = secret(source, "public_key").decode("latin-1")
        if not is_ed25519(public_key, message, signature.strip()):
            raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    event = JsonReader(document(request)).part("data")
    kind = (event.words("event_type") or "").lower()
    if kind.startswith("call."):
        return _call(event, kind, source)
    if kind == "message.received":
        return _message(event, source)
    if not kind:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)


def _call(event: JsonReader, kind: str, source: SourceView) -> Content:
    payload = event.part("payload")
    call_id = payload.words("call_session_id") or payload.words("call_leg_id")
    if call_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    moment = from_any(event.values.get("occurred_at"), time_zone="UTC")
    started_at, ended_at = (
        from_any(payload.values.get(name), time_zone="UTC") for name in ("start_time", "end_time")
    )
    is_end = kind == "call.hangup"
    is_recording = kind.startswith("call.recording")
    direction = _DIRECTIONS.get((payload.words("direction") or "").lower())
    callee = payload.words("to")
    to_us = direction == "outgoing" and is_own(callee, source)
    outcome = _outcome(payload) if is_end else None
    content = reported(
        CallEvent(
            call_id=call_id,
            final=is_end and not to_us,
            direction=None if to_us else direction,
            outcome=None if to_us else outcome,
            caller=None if to_us else payload.words("from"),
            callee=None if to_us else callee,
            employee=callee if to_us and outcome == "answered" else None,
            started_at=None if is_recording else started_at or _at(kind, "call.initiated", moment),
            answered_at=_at(kind, "call.answered", moment),
            ended_at=ended_at or moment if is_end else None,
            recording_url=_recording_url(payload) if is_recording else None,
            occurred_at=started_at or moment,
        ),
        source,
        DraftBuilder(source.country),
    )
    return with_weak_ends(content) if direction == "outgoing" else content


def _at(kind: str, event: str, moment: datetime | None) -> datetime | None:
    return moment if kind == event else None


def _outcome(payload: JsonReader) -> str:
    cause = (payload.words("hangup_cause") or "").lower()
    if cause in _OUTCOMES:
        return _OUTCOMES[cause]
    sip_code = payload.words("sip_hangup_cause") or "200"
    if sip_code == "200":
        return "answered"
    return "missed" if cause == "normal_clearing" else "failed"


def _recording_url(payload: JsonReader) -> str | None:
    places = (payload.part("public_recording_urls"), payload.part("recording_urls"))
    urls = (place.words(form) for place in places for form in ("mp3", "wav"))
    return next(filter(None, urls), None)


def _message(event: JsonReader, source: SourceView) -> Content:
    payload = event.part("payload")
    text, message_id = payload.words("text"), payload.words("id")
    if not text or not message_id:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    return texted(
        text,
        source,
        DraftBuilder(source.country),
        sender=payload.part("from").words("phone_number") or payload.words("from"),
        external_id=message_id,
        occurred_at=from_any(event.values.get("occurred_at"), time_zone="UTC"),
    )


CHANNEL = Channel(name="telnyx", verify=verify, signature=_SIGNATURE, parse=parse, secrets=_SECRETS)
