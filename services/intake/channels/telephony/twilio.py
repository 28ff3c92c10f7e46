"""Twilio voice: URL-signed callbacks; the terminal status of a parent leg tells the end of a call.

The signature covers the public URL byte for byte, so it is checked in every spelling of it.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from services.intake.channels.body_proofs import read_for_proof
from services.intake.channels.channel import Channel
from services.intake.channels.channel import delivery_key as common_delivery_key
from services.intake.channels.parsing import forms
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.signatures import (
    by_any_spelling,
    same,
    secret,
)
from services.intake.channels.telephony.reports import CallEvent, reported
from services.intake.domain.names import person_name
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_mail, whole

_SECRETS = {"auth_token": True}
_OUTCOMES = {
    "completed": "answered",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "missed",
    "canceled": "missed",
}


def verify(request: RawRequest, *sources: SourceView) -> None:
    """Base64 HMAC-SHA1 of the URL and, for a posted form, its sorted parameters."""
    signature = request.header("x-twilio-signature")
    if not signature:
        raise Unauthenticated
    parameters = read_for_proof(request, _signed_parameters)

    def check(source: SourceView, url: bytes) -> None:
        digest = hmac.digest(secret(source, "auth_token"), url + parameters, "sha1")
        if not same(signature, base64.b64encode(digest)):
            raise Unauthenticated

    by_any_spelling(request.public_url, sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    params = _parameters(request)
    if not params:
        raise ChannelError(QuarantineReason.EMPTY)
    sid, status = params.get("CallSid"), params.get("CallStatus", "").lower()
    if not sid:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    if params.get("ParentCallSid"):
        return reported(_leg(params), source, DraftBuilder(source.country))
    event = _event(params, sid, status)
    incoming = event.direction == "incoming"
    builder = DraftBuilder(source.country)
    if incoming and (name := person_name(params.get("CallerName"))):
        builder.names["name"] = name
    side = "From" if incoming else "To"
    city, region = params.get(side + "City"), params.get(side + "State")
    return reported(event, source, builder, city=city or None, region=region or None)


def answer(
    request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    """Empty TwiML for an incoming call's URL, and no content for a callback."""
    del receipt_id, duplicate
    if request.rest.strip("/").lower().split("/")[-1] == "voice":
        return Answer(200, b"<Response/>", "text/xml")
    return Answer(204)


def delivery_key(request: RawRequest) -> str | None:
    return request.header("i-twilio-idempotency-token") or common_delivery_key(request)


def _event(params: dict[str, str], sid: str, status: str) -> CallEvent:
    """Without a status it is the callback of a recording."""
    final = status in _OUTCOMES
    word = params.get("Direction", "inbound" if status else "").lower()
    direction = ("incoming" if word.startswith("inbound") else "outgoing") if word else None
    outcome = _outcome(params) if final else None
    moment = from_mail(params.get("Timestamp"), time_zone="UTC")
    talk_seconds = whole(params.get("CallDuration"))
    is_answered = outcome == "answered"
    return CallEvent(
        call_id=sid,
        final=final,
        direction=direction,
        outcome=outcome,
        caller=params.get("From") or None,
        callee=params.get("To") or None,
        answered_at=_back(moment, talk_seconds) if is_answered else None,
        ended_at=moment if final else None,
        talk_seconds=talk_seconds if is_answered else None,
        recording_url=params.get("RecordingUrl") or None,
        occurred_at=moment if final else None,
    )


def _leg(params: dict[str, str]) -> CallEvent:
    """A telephone that was dialled for the caller: whose it is, if it was taken."""
    is_taken = params.get("CallStatus", "").lower() == "completed"
    return CallEvent(
        call_id=params["ParentCallSid"],
        final=False,
        direction=None,
        employee=(params.get("To") or None) if is_taken else None,
        recording_url=params.get("RecordingUrl") or None,
    )


def _outcome(params: dict[str, str]) -> str:
    """The outcome; that of the dialled leg if the parent is completed."""
    status = params.get("CallStatus", "").lower()
    leg_status = params.get("DialCallStatus", "").lower()
    return _OUTCOMES[leg_status if status == "completed" and leg_status in _OUTCOMES else status]


def _back(end: datetime | None, seconds: int | None) -> datetime | None:
    if end is None or seconds is None or not 0 <= seconds < 10**6:
        return None
    return end - timedelta(seconds=seconds)


def _parameters(request: RawRequest) -> dict[str, str]:
    if request.method == "GET":
        return dict(forms.query_pairs(request))
    return dict(forms.url_pairs(request.body, request.content_type))


def _signed_parameters(request: RawRequest) -> bytes:
    """Unique parameters sorted by name, joined without separators; nothing for GET and JSON."""
    if request.method == "GET":
        return b""
    digests = parse_qs(urlsplit(request.public_url).query).get("bodySHA256")
    if digests:
        if not same(digests[0].lower(), hashlib.sha256(request.body).hexdigest()):
            raise Unauthenticated
        return b""
    return b"".join(name + value for name, value in sorted(set(forms.byte_pairs(request.body))))


CHANNEL = Channel(
    name="twilio",
    verify=verify,
    parse=parse,
    answer=answer,
    delivery_key=delivery_key,
    secrets=_SECRETS,
)
