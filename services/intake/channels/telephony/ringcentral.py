"""RingCentral: telephony sessions and texts, proved by the token that the subscription was given.

The creation of a subscription sends `Validation-Token` without an event and wants it back in the
same header. UNCONFIRMED: which of the two headers carries the token later, so both are read.
"""

from typing import Final

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_any, same, secret
from services.intake.channels.telephony.legs import with_weak_ends
from services.intake.channels.telephony.reports import CallEvent, reported, texted
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_any

_SECRETS = {"verification_token": True}
_TOKENS = ("verification-token", "validation-token")
_LONGEST_TOKEN: Final = 500  # the whole answer may have 1024 bytes
_SEARCHED = 4_096  # bytes of a body in which the name of an event would stand
# The party has left, but somebody else of ours goes on with the call.
_GOES_ON = frozenset({"pickup", "callswitch", "callflip", "queuecall", "callforwarding"})
_REASONS = {"noanswer": "missed", "busy": "busy", "callrejected": "busy", "voicemail": "voicemail"}


def handshake(request: RawRequest, _source: SourceView) -> Answer | None:
    token = request.header("validation-token")
    is_delivery = b'"event"' in request.body[:_SEARCHED] or request.header("verification-token")
    if not token or is_delivery or len(token) > _LONGEST_TOKEN:
        return None
    if not (token.isascii() and token.isprintable()):
        return None
    return Answer(200, headers=(("Validation-Token", token),))


def verify(request: RawRequest, *sources: SourceView) -> None:
    tokens = [value for name in _TOKENS if (value := request.header(name))]

    def check(source: SourceView) -> None:
        key = secret(source, "verification_token")
        matches = [same(token, key) for token in tokens]
        if not any(matches):
            raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    event = JsonReader(document(request))
    content = event.part("body")
    call_id = content.words("telephonySessionId") or content.words("sessionId")
    parties = content.values.get("parties")
    if call_id and isinstance(parties, list):
        objects = [JsonReader(party) for party in parties if isinstance(party, dict)]
        if not objects:
            return Content(ignored=IgnoreReason.CALL_PHASE)
        return _session(content, call_id, _customers_party(objects), source)
    if (content.words("type") or "").upper() in {"SMS", "MMS"}:
        return _message(content, source)
    if not event.words("event"):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)


def _customers_party(parties: list[JsonReader]) -> JsonReader:
    """The party whose story is the call's: the one that is not the outgoing half of a transfer."""
    inbound = (party for party in parties if party.words("direction") == "Inbound")
    return next(inbound, parties[0])


def _session(session: JsonReader, call_id: str, party: JsonReader, source: SourceView) -> Content:
    status = party.part("status")
    code = (status.words("code") or "").lower()
    moment = from_any(session.values.get("eventTime"), time_zone="UTC")
    outcome = _outcome(party, code)
    builder = DraftBuilder(source.country)
    direction = _direction(party)
    customer = party.part("from" if direction == "incoming" else "to")
    if direction != "internal" and (name := customer.words("name")):
        builder.names["name"] = name
    ours = party.part("to" if direction == "incoming" else "from")
    content = reported(
        CallEvent(
            call_id=call_id,
            final=outcome is not None,
            direction=direction,
            outcome=outcome,
            caller=_number(party.part("from")),
            callee=_number(party.part("to")),
            started_at=moment if code == "setup" else None,
            answered_at=moment if code == "answered" else None,
            ended_at=moment if outcome else None,
            employee=ours.words("extensionNumber") or ours.words("extensionId"),
            occurred_at=moment,
        ),
        source,
        builder,
    )
    return with_weak_ends(content) if direction == "outgoing" else content


def _direction(party: JsonReader) -> str:
    if party.part("from").words("extensionId") and party.part("to").words("extensionId"):
        return "internal"
    return "outgoing" if party.words("direction") == "Outbound" else "incoming"


def _outcome(party: JsonReader, code: str) -> str | None:
    """How the call went, once it is over; None while it goes on."""
    reason = (party.part("status").words("reason") or "").lower()
    if code == "voicemail":
        return "voicemail"
    if code != "disconnected" or reason in _GOES_ON:
        return None
    if str(party.values.get("missedCall")).lower() == "true":
        return "missed"
    return _REASONS.get(reason, "answered")


def _number(side: JsonReader) -> str | None:
    return side.words("phoneNumber") or side.words("extensionNumber")


def _message(content: JsonReader, source: SourceView) -> Content:
    text, message_id = content.words("subject") or content.words("text"), content.words("id")
    if content.words("direction") != "Inbound" or not text or not message_id:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    return texted(
        text,
        source,
        DraftBuilder(source.country),
        sender=_number(content.part("from")),
        external_id=message_id,
        occurred_at=from_any(content.values.get("creationTime"), time_zone="UTC"),
    )


CHANNEL = Channel(
    name="ringcentral",
    verify=verify,
    verify_early=verify,
    handshake=handshake,
    parse=parse,
    secrets=_SECRETS,
)
