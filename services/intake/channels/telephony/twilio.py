"""Twilio voice: URL-signed callbacks; the terminal status of a parent leg makes the inquiry.

The signature covers the public URL byte for byte, so it is checked in every spelling of it.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from services.intake.channels.channel import Channel
from services.intake.channels.channel import delivery_key as common_delivery_key
from services.intake.channels.parsing import forms, phones
from services.intake.channels.parsing.draft import DraftBuilder, build
from services.intake.channels.signatures import by_any_spelling, same, secret
from services.intake.channels.telephony.calls import MAX_SIGNED_BYTES, add_customer
from services.intake.domain.names import person_name
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    Draft,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_mail, whole
from shared.contracts.inquiry import Call

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
    if not signature or len(request.body) > MAX_SIGNED_BYTES:
        raise Unauthenticated
    try:
        parameters = _signed_parameters(request)
    except ChannelError:
        raise Unauthenticated from None

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
    if params.get("ParentCallSid") or status not in _OUTCOMES:
        return Content(ignored=IgnoreReason.CALL_PHASE)
    incoming = params.get("Direction", "inbound").lower().startswith("inbound")
    draft = _call_draft(params, source, sid=sid, incoming=incoming)
    return Content(drafts=(draft,), external_id=sid)


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


def _call_draft(params: dict[str, str], source: SourceView, *, sid: str, incoming: bool) -> Draft:
    ended_at = from_mail(params.get("Timestamp"), time_zone="UTC")
    talk_seconds = whole(params.get("CallDuration"))
    outcome = _outcome(params)
    is_answered = outcome == "answered"
    side = "From" if incoming else "To"
    builder = DraftBuilder(source.country)
    add_customer(builder, params.get(side))
    if incoming and (name := person_name(params.get("CallerName"))):
        builder.names["name"] = name
    call = Call(
        direction="incoming" if incoming else "outgoing",
        outcome=outcome,
        from_=phones.e164_or_raw(params.get("From"), source.country),
        to=phones.e164_or_raw(params.get("To"), source.country),
        line=phones.e164_or_raw(params.get("To" if incoming else "From"), source.country),
        answered_at=_back(ended_at, talk_seconds) if is_answered else None,
        ended_at=ended_at,
        talk_seconds=talk_seconds if is_answered else 0,
        recording_url=params.get("RecordingUrl") or None,
        provider_call_id=sid,
    )
    return build(
        builder,
        source,
        channel="call",
        external_id=sid,
        occurred_at=ended_at,
        call=call,
        city=params.get(side + "City") or None,
        region=params.get(side + "State") or None,
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
