"""Plivo voice and messages: signed over the public URL and a nonce, V3 over the parameters as well.

V2 leaves the body unsigned, so it counts only without V3. UNCONFIRMED: the zone of the times
(SessionStart is UTC and tells it), and the fields of recordings and dials.
"""

import base64
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from services.intake.channels.channel import Channel
from services.intake.channels.channel import delivery_key as common_delivery_key
from services.intake.channels.parsing import forms
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import (
    MAX_SIGNED_BYTES,
    by_any,
    same,
    secret,
)
from services.intake.channels.telephony.reports import CallEvent, international, reported, texted
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_iso

_SECRETS = {"auth_token": True}
_OUTCOMES = {
    "completed": "answered",
    "busy": "busy",
    "failed": "failed",
    "timeout": "missed",
    "no-answer": "missed",
    "cancel": "missed",
    "canceled": "missed",
}
_WHOLE_CALL = ("ParentCallUUID", "DialALegUUID", "ALegUUID", "CallUUID")
_QUARTER = timedelta(minutes=15)
_PORTS = {"https": 443, "http": 80}
_MOST_SIGNATURES = 10


def verify(request: RawRequest, *sources: SourceView) -> None:
    """Base64 HMAC-SHA256 of the account that calls or of its main account."""
    version, nonce = _version(request), _nonce(request)
    signatures = _signatures(request, version)
    if not signatures or not nonce or len(request.body) > MAX_SIGNED_BYTES:
        raise Unauthenticated
    try:
        bases = list(_v3_bases(request) if version == "v3" else _urls(request))
    except (ChannelError, ValueError):
        raise Unauthenticated from None
    end = _bytes(("." if version == "v3" else "") + nonce)

    def check(source: SourceView) -> None:
        token = secret(source, "auth_token")
        for base in bases:  # which spelling passes is no secret
            digest = base64.b64encode(hmac.digest(token, base + end, "sha256"))
            if any(same(value, digest) for value in signatures):
                return
        raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    event = JsonReader(document(request))
    builder = DraftBuilder(source.country)
    if not event.words("CallUUID"):
        return _message(event, source, builder)
    call_id = next(filter(None, map(event.words, _WHOLE_CALL))) or ""
    is_leg = call_id != event.words("CallUUID")
    incoming = (event.words("Direction") or "inbound").lower().startswith("inbound")
    status = (event.words("DialStatus") or event.words("CallStatus") or "").lower()
    is_over = (event.words("Event") or "").lower() == "hangup" or status in _OUTCOMES
    is_part = is_leg or bool(event.words("DialStatus") or event.words("RecordUrl"))
    moments = _moments(event)
    return reported(
        CallEvent(
            call_id=call_id,
            final=is_over and not is_part,
            direction=None if is_leg else "incoming" if incoming else "outgoing",
            outcome=_outcome(status, moments) if is_over and not is_leg else None,
            caller=international(event.words("From")),
            callee=international(event.words("To")),
            started_at=moments.get("StartTime"),
            answered_at=moments.get("AnswerTime"),
            ended_at=moments.get("EndTime"),
            recording_url=event.words("RecordUrl") or event.words("RecordingUrl"),
            occurred_at=moments.get("StartTime") or moments.get("SessionStart"),
        ),
        source,
        builder,
    )


def answer(
    _request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    """An empty XML response: nothing to be done next, whatever was asked."""
    del receipt_id, duplicate
    return Answer(200, b"<Response/>", "text/xml")


def delivery_key(request: RawRequest) -> str | None:
    """The nonce, which is new in every request."""
    return _nonce(request) or common_delivery_key(request)


def _version(request: RawRequest) -> str:
    return "v3" if _signatures(request, "v3") else "v2"


def _nonce(request: RawRequest) -> str | None:
    return request.header(f"x-plivo-signature-{_version(request)}-nonce")


def _message(event: JsonReader, source: SourceView, builder: DraftBuilder) -> Content:
    message_id, text = event.words("MessageUUID"), event.words("Text")
    if not message_id:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    if not text:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)  # whether a message of ours arrived
    sender = international(event.words("From"))
    return texted(text, source, builder, sender=sender, external_id=message_id, occurred_at=None)


def _outcome(status: str, moments: dict[str, datetime]) -> str | None:
    if status == "completed" and "EndTime" in moments and "AnswerTime" not in moments:
        return "missed"
    return _OUTCOMES.get(status)


def _moments(event: JsonReader) -> dict[str, datetime]:
    """The times of an event in UTC; they are local, but SessionStart tells by how much."""
    names = ("SessionStart", "StartTime", "AnswerTime", "EndTime")
    readings = ((name, from_iso(event.words(name), time_zone="UTC")) for name in names)
    moments = {name: moment for name, moment in readings if moment}
    session, start = moments.get("SessionStart"), moments.get("StartTime")
    if not session or not start:
        return moments
    offset = round((start - session) / _QUARTER) * _QUARTER
    if abs(offset) > timedelta(hours=15):
        return moments
    return {name: at if name == "SessionStart" else at - offset for name, at in moments.items()}


def _signatures(request: RawRequest, version: str) -> list[str]:
    names = (f"x-plivo-signature-{version}", f"x-plivo-signature-ma-{version}")
    values = [value for name in names if (value := request.header(name))]
    return [part.strip() for value in values for part in value.split(",")[:_MOST_SIGNATURES]]


def _v3_bases(request: RawRequest) -> Iterator[bytes]:
    """What V3 signs, in the spellings that Plivo's libraries make of it."""
    posted = b""
    if request.method == "POST" and "json" not in request.content_type.lower():
        pairs = sorted(forms.byte_pairs(request.body.strip()))
        posted = b"".join(name + value for name, value in pairs)
    query = urlsplit(request.public_url).query
    for encoding in ("utf-8", "latin-1") if "%" in query else ("utf-8",):
        members = sorted(parse_qsl(query, keep_blank_values=True, encoding=encoding))
        question = _bytes("&".join(f"{name}={value}" for name, value in members))
        for url in _urls(request):
            if not posted:
                yield url + b"?" + question if question else url
            elif question:
                yield url + b"?" + question + b"." + posted
            else:
                yield from (url + glue + posted for glue in (b"?", b"?.", b""))


def _urls(request: RawRequest) -> Iterator[bytes]:
    """The URL without its query, as it was called, without its port, and with it."""
    parts = urlsplit(request.public_url)
    port = parts.port or _PORTS.get(parts.scheme, 443)
    for place in dict.fromkeys((parts.netloc, parts.hostname or "", f"{parts.hostname}:{port}")):
        yield _bytes(f"{parts.scheme}://{place}{parts.path}")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


CHANNEL = Channel(
    name="plivo",
    verify=verify,
    parse=parse,
    answer=answer,
    delivery_key=delivery_key,
    secrets=_SECRETS,
)
