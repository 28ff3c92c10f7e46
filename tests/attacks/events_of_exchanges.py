"""Events of exchanges with one word in every place that a sender fills."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from services.intake.domain.requests import RawRequest

FORM = (("content-type", "application/x-www-form-urlencoded"),)
JSON = (("content-type", "application/json"),)
SECRET_OF = {
    "plivo": "auth_token",
    "vonage": "signature_secret",
    "ringcentral": "verification_token",
    "aircall": "token",
    "callrail": "signing_key",
    "freeswitch": "basic_password",
    "asterisk": "secret",
    "standard-webhooks": "secret",
    "cloudevents": "access_token",
}
OTHERS = {
    "mango": {"api_key": "another-key"},
    "postmark": {"username": "mailbox"},
    "freeswitch": {"basic_username": "switch"},
}


def _json(made: Callable[[str], Any], rest: str = "") -> Callable[[str], RawRequest]:
    return lambda word: RawRequest(rest=rest, headers=JSON, body=json.dumps(made(word)).encode())


def _plivo(word: str) -> RawRequest:
    names = ("CallUUID", "From", "To", "RecordUrl", "Other")
    pairs = {**dict.fromkeys(names, word), "CallStatus": "completed", "Event": "Hangup"}
    return RawRequest(headers=FORM, body=urlencode(pairs).encode())


def _vonage(word: str) -> Any:
    names = ("conversation_uuid", "from", "to", "recording_url", "network")
    return {**dict.fromkeys(names, word), "status": "completed", "direction": "inbound"}


def _ringcentral(word: str) -> Any:
    side = {"phoneNumber": word, "name": word, "extensionId": word}
    party = {"direction": "Inbound", "from": side, "to": side, "status": {"code": "Disconnected"}}
    return {"event": word, "body": {"telephonySessionId": word, "parties": [party]}}


def _aircall(word: str) -> Any:
    contact = {"first_name": word, "last_name": word, "company_name": word}
    data = {"id": word, "raw_digits": word, "contact": contact, "recording": word}
    more = {"tags": [{"name": word}], "comments": [{"content": word}], "user": {"email": word}}
    return {"event": "call.ended", "token": word, "data": {**data, **more, "direction": "inbound"}}


def _callrail(word: str) -> Any:
    names = ("id", "customer_name", "customer_phone_number", "recording", "note", "utm_source")
    more = ("landing_page_url", "gclid", "tags", "agent_email", "customer_city", "transcription")
    return {**dict.fromkeys((*names, *more), word), "answered": False, "voicemail": True}


def _freeswitch(word: str) -> Any:
    profile = dict.fromkeys(("caller_id_number", "caller_id_name", "destination_number"), word)
    variables = {
        "uuid": word,
        "recording_url": word,
        "dialed_user": word,
        "bridge_epoch": "1700000000",
    }
    return {"variables": variables, "callflow": [{"caller_profile": profile}]}


def _asterisk(word: str) -> Any:
    names = ("Source", "Destination", "CallerID", "DestinationChannel", "UserField")
    return {"type": "call.ended", "data": {"call_id": word, "rows": [dict.fromkeys(names, word)]}}


def _standard(word: str) -> Any:
    return {"type": word, "data": {"name": word, "phone": word, word: word, "list": [word]}}


def _cloudevents(word: str) -> Any:
    return {"id": word, "source": word, "type": word, "subject": word, **_standard(word)}


def _structured(word: str) -> RawRequest:
    kind = (("content-type", "application/cloudevents+json"),)
    return RawRequest(headers=kind, body=json.dumps(_cloudevents(word)).encode())


EVENTS: dict[str, Callable[[str], RawRequest]] = {
    "plivo": _plivo,
    "vonage": _json(_vonage),
    "ringcentral": _json(_ringcentral),
    "aircall": _json(_aircall),
    "callrail": _json(_callrail, rest="post-call"),
    "freeswitch": _json(_freeswitch),
    "asterisk": _json(_asterisk),
    "standard-webhooks": _json(_standard),
    "cloudevents": _structured,
}
