"""Twilio voice: URL-signed callbacks; the terminal status of a parent leg makes the inquiry.
Its law: the signature covers the public URL byte for byte, so a proxy's port is tried both ways.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit, urlunsplit
from uuid import UUID

from services.intake.channels.channel import Channel
from services.intake.channels.channel import delivery_key as common_delivery_key
from services.intake.channels.parsing import forms, phones
from services.intake.channels.parsing.draft import DraftBuilder, add_phone, build
from services.intake.channels.signatures import by_any, same, secret
from services.intake.domain.names import person_name
from services.intake.domain.requests import (
    EMPTY,
    UNKNOWN_SHAPE,
    Answer,
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
from services.intake.domain.times import from_mail, whole
from shared.contracts.inquiry import Call

LARGEST_CALLBACK = 65_536  # bytes that are searched for a proof; a callback has about a thousand
_SECRETS = {"auth_token": True}
_OUTCOMES = {
    "completed": "answered",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "missed",
    "canceled": "missed",
}
_PORTS = {"https": 443, "http": 80}


def verify(request: RawRequest, *sources: SourceView) -> None:
    """Base64 HMAC-SHA1 of the URL and, for a posted form, its sorted parameters."""
    signature = request.header("x-twilio-signature")
    if not signature or len(request.body) > LARGEST_CALLBACK:
        raise Unauthenticated
    try:
        parameters = _signed_parameters(request)
    except ChannelError:
        raise Unauthenticated from None
    texts = [url + parameters for url in _urls(request.public_url)]

    def check(source: SourceView) -> None:
        token = secret(source, "auth_token")
        digests = [base64.b64encode(hmac.digest(token, text, "sha1")) for text in texts]
        matches = [same(signature, digest) for digest in digests]
        if not any(matches):
            raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Parsed:
    found = _parameters(request)
    if not found:
        raise ChannelError(EMPTY)
    sid, status = found.get("CallSid"), found.get("CallStatus", "").lower()
    if not sid:
        raise ChannelError(UNKNOWN_SHAPE)
    if found.get("ParentCallSid") or status not in _OUTCOMES:
        return ignored("call_phase")
    incoming = found.get("Direction", "inbound").lower().startswith("inbound")
    made = _call_draft(found, source, sid=sid, incoming=incoming)
    return one(made, external_id=sid) if incoming else observed(made, external_id=sid)


def answer(
    request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    """An incoming call's URL is told to do nothing more; a callback wants silence."""
    del receipt_id, duplicate
    if request.rest.strip("/").lower().split("/")[-1] == "voice":
        return Answer(200, b"<Response/>", "text/xml")
    return Answer(204)


def delivery_key(request: RawRequest) -> str | None:
    return request.header("i-twilio-idempotency-token") or common_delivery_key(request)


def _call_draft(found: dict[str, str], source: SourceView, *, sid: str, incoming: bool) -> Draft:
    ended = from_mail(found.get("Timestamp"), time_zone="UTC")
    talked = whole(found.get("CallDuration"))
    outcome = _outcome(found)
    answered = outcome == "answered"
    builder = DraftBuilder(source.country)
    _add_customer(builder, found.get("From" if incoming else "To", ""))
    if incoming and (name := person_name(found.get("CallerName"))):
        builder.names["name"] = name
    call = Call(
        direction="incoming" if incoming else "outgoing",
        outcome=outcome,
        from_=_shown(found.get("From"), source),
        to=_shown(found.get("To"), source),
        line=_shown(found.get("To" if incoming else "From"), source),
        answered_at=_back(ended, talked) if answered else None,
        ended_at=ended,
        talk_seconds=talked if answered else 0,
        recording_url=found.get("RecordingUrl") or None,
        provider_call_id=sid,
    )
    side = "From" if incoming else "To"
    return build(
        builder,
        source,
        channel="call",
        external_id=sid,
        occurred_at=ended,
        call=call,
        city=found.get(side + "City") or None,
        region=found.get(side + "State") or None,
    )


def _outcome(found: dict[str, str]) -> str:
    """A completed parent whose dialled leg nobody took is that leg's outcome."""
    status = found.get("CallStatus", "").lower()
    dialled = found.get("DialCallStatus", "").lower()
    return _OUTCOMES[dialled if status == "completed" and dialled in _OUTCOMES else status]


def _back(ended: datetime | None, seconds: int | None) -> datetime | None:
    if ended is None or seconds is None or not 0 <= seconds < 10**6:
        return None
    return ended - timedelta(seconds=seconds)


def _add_customer(builder: DraftBuilder, raw: str) -> None:
    scheme, colon, _ = raw.partition(":")
    if colon and scheme.lower() in {"sip", "client"}:
        builder.other[scheme.lower()] = raw
    else:
        add_phone(builder, raw)


def _shown(number: str | None, source: SourceView) -> str | None:
    return (phones.e164(number, source.country) or number) if number else None


def _parameters(request: RawRequest) -> dict[str, str]:
    if request.method == "GET":
        return dict(forms.query_pairs(request))
    return dict(forms.url_pairs(request.body, request.content_type))


def _signed_parameters(request: RawRequest) -> bytes:
    """Unique values sorted by name, glued without separators; nothing for GET and for JSON."""
    if request.method == "GET":
        return b""
    promised = parse_qs(urlsplit(request.public_url).query).get("bodySHA256")
    if promised:
        if not same(promised[0].lower(), hashlib.sha256(request.body).hexdigest()):
            raise Unauthenticated
        return b""
    return b"".join(name + value for name, value in sorted(set(forms.byte_pairs(request.body))))


def _urls(public_url: str) -> Iterator[bytes]:
    """The URL with and without its port, as Twilio may have called it."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    bare = parts._replace(netloc=host)
    port = parts.port or _PORTS.get(parts.scheme, 443)
    explicit = parts._replace(netloc=f"{host}:{port}")
    for url in dict.fromkeys((public_url, urlunsplit(bare), urlunsplit(explicit))):
        yield url.encode("utf-8", "surrogatepass")


CHANNEL = Channel(
    name="twilio",
    verify=verify,
    parse=parse,
    answer=answer,
    delivery_key=delivery_key,
    secrets=_SECRETS,
)
