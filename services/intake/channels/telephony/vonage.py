"""Vonage voice and messages: a signed bearer token that names the hash of the body.

UNCONFIRMED: the shapes of recordings and messages, and how long an event is sent again.
"""

import hashlib
import json
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import bearer_token, by_any, require_recent, same, secret
from services.intake.channels.telephony.legs import is_own, with_weak_ends
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
from services.intake.domain.times import from_any, whole

_SECRETS = {"signature_secret": True}
_LEAST_SECRET = 14  # bytes; a key that is shorter could be guessed from one token
_LONGEST_TOKEN = 4096
_OUTCOMES = {
    "completed": "answered",
    "busy": "busy",
    "cancelled": "missed",
    "unanswered": "missed",
    "timeout": "missed",
    "rejected": "failed",
    "failed": "failed",
}
_DIRECTIONS = {"inbound": "incoming", "outbound": "outgoing"}


def verify(request: RawRequest, *sources: SourceView) -> None:
    """HS256 and nothing else, issued within the last minutes, for this very body."""
    token = bearer_token(request)
    if not token or len(token) > _LONGEST_TOKEN:
        raise Unauthenticated
    digest = hashlib.sha256(request.body).hexdigest()

    def check(source: SourceView) -> None:
        claims = _claims(token, secret(source, "signature_secret"))
        require_recent(request, whole(claims.get("iat")))
        payload_hash = claims.get("payload_hash")
        # A token without a hash proves a call without a body and nothing more.
        if payload_hash is None and not request.body:
            return
        if not isinstance(payload_hash, str) or not same(payload_hash.lower(), digest):
            raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    event = JsonReader(document(request))
    call_id = event.words("conversation_uuid") or event.words("uuid")
    if call_id is None:
        return _message(event, source)
    status = (event.words("status") or "").lower()
    moment = from_any(event.values.get("timestamp"), time_zone="UTC")
    outcome = _outcome(event, status)
    recording_url = event.words("recording_url")
    direction = _direction(event, recording_url)
    callee = international(event.words("to"))
    to_us = direction == "outgoing" and is_own(callee, source)
    content = reported(
        CallEvent(
            call_id=call_id,
            final=outcome is not None and not recording_url and not to_us,
            direction=None if to_us else direction,
            outcome=None if to_us else outcome,
            caller=None if to_us else international(event.words("from")),
            callee=None if to_us else callee,
            employee=callee if to_us and outcome == "answered" else None,
            started_at=moment if status == "started" else None,
            answered_at=_answered_at(event, status, outcome),
            ended_at=None if recording_url else _moment(event, "end_time"),
            talk_seconds=whole(event.words("duration")) if outcome == "answered" else None,
            recording_url=recording_url,
            occurred_at=_moment(event, "start_time") or moment,
        ),
        source,
        DraftBuilder(source.country),
    )
    return with_weak_ends(content) if direction == "outgoing" else content


def answer(
    request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    """An empty call control object for the answer URL, and no content for an event.

    An array in the answer to an event could replace what the call is doing.
    """
    del receipt_id, duplicate
    last = request.rest.strip("/").lower().rpartition("/")[2]
    if last in {"answer", "voice"} or (request.method == "GET" and "status=" not in request.query):
        return Answer(200, json.dumps([]).encode(), "application/json")
    return Answer(204)


def _claims(token: str, key: bytes) -> dict[str, Any]:
    if len(key) < _LEAST_SECRET:
        raise Unauthenticated
    try:
        return jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"]).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unauthenticated from None


def _direction(event: JsonReader, recording_url: str | None) -> str | None:
    word = (event.words("direction") or "").lower()
    # The answer URL is only asked about incoming calls, and names no direction.
    return _DIRECTIONS.get(word) or (None if recording_url or event.words("status") else "incoming")


def _outcome(event: JsonReader, status: str) -> str | None:
    if status == "completed":
        was_answered = _moment(event, "start_time") or whole(event.words("duration"))
        return "answered" if was_answered else "missed"
    return _OUTCOMES.get(status)


def _answered_at(event: JsonReader, status: str, outcome: str | None) -> Any:
    if status == "answered":
        return _moment(event, "timestamp")
    return _moment(event, "start_time") if outcome == "answered" else None


def _moment(event: JsonReader, name: str) -> Any:
    return from_any(event.values.get(name), time_zone="UTC")


def _message(event: JsonReader, source: SourceView) -> Content:
    """A text to one of our numbers: of the messages API, or of the older one for SMS."""
    message_id = event.words("message_uuid") or event.words("messageId")
    if not message_id:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    text = event.words("text")
    if not text or event.words("status"):
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    sender = event.words("from") or event.words("msisdn") or event.part("from").words("number")
    return texted(
        text,
        source,
        DraftBuilder(source.country),
        sender=international(sender),
        external_id=message_id,
        occurred_at=_moment(event, "timestamp") or _moment(event, "message-timestamp"),
    )


CHANNEL = Channel(name="vonage", verify=verify, parse=parse, answer=answer, secrets=_SECRETS)
