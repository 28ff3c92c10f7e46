"""Mischief against the adapters of exchanges, call tracking and shared schemes."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from services.intake.channels import message_signatures
from services.intake.channels.generic import cloudevents
from services.intake.domain.requests import RawRequest
from tests.attacks.reading.bodies import FORM, posted
from tests.attacks.reading.row import Hostile, Row, between, flood, rows
from tests.attacks.reading.words import TEXTS
from tests.unit.intake.samples import source

JSON = "application/json"
NUMBERLIKE = {
    name: TEXTS[name]
    for name in (
        "digits",
        "pluses and digits",
        "brackets of numbers",
        "numbers",
        "marks out of order",
    )
}
PERCENTS = {"percent codes": flood("%2B"), "codes that are no text": flood("%ff")}


def told(shape: Callable[[str], Any], hostile: Hostile) -> Hostile:
    """A JSON event of this shape with the hostile words in its places."""
    return lambda size: posted(json.dumps(shape(hostile(size))), JSON)


def repeated(shape: Callable[[list[Any]], Any], item: Any) -> Hostile:
    """A JSON event of this shape with the same thing again and again."""
    width = len(json.dumps(item)) + 2
    return lambda size: posted(json.dumps(shape([item] * max(1, size // width))), JSON)


def _form(fixed: str, *names: str) -> Callable[[Hostile], Hostile]:
    def made(hostile: Hostile) -> Hostile:
        def request(size: int) -> RawRequest:
            words = quote(hostile(size // len(names)), errors="surrogatepass")
            pairs = [f"{name}={words}" for name in names]
            return posted(fixed + "&".join(pairs), FORM, public_url="https://a.example/x?b=%41")

        return request

    return made


def _of_words(shape: Callable[[str], Any], more: dict[str, Hostile]) -> dict[str, Hostile]:
    texts = {**NUMBERLIKE, **more}
    return {f"words, {name}": told(shape, hostile) for name, hostile in texts.items()}


def _vonage(words: str) -> Any:
    return {"conversation_uuid": "a", "status": "completed", "from": words, "start_time": words}


def _telnyx(words: str) -> Any:
    payload = {"call_session_id": "a", "from": words, "direction": "incoming", "start_time": words}
    return {"data": {"event_type": "call.hangup", "payload": payload, "occurred_at": words}}


def _party(words: str) -> Any:
    side = {"phoneNumber": words, "name": words}
    return {"direction": "Inbound", "from": side, "to": side, "status": {"code": "Disconnected"}}


def _aircall(words: str) -> Any:
    contact = {"first_name": words, "last_name": words}
    data = {"id": 1, "direction": "inbound", "raw_digits": words, "contact": contact}
    return {"event": "call.ended", "token": words, "data": data}


def _callrail(words: str) -> Any:
    customer = {"customer_phone_number": words, "customer_name": words, "transcription": words}
    return {"id": words, "answered": False, "voicemail": True, "start_time": words, **customer}


def _switch(words: str) -> Any:
    profile = {"caller_id_number": words, "caller_id_name": words, "destination_number": words}
    variables = {"uuid": "a", "start_epoch": words, "last_app": words}
    return {"variables": variables, "callflow": {"caller_profile": profile}}


def _cdr(words: str) -> Any:
    row = {"Source": words, "CallerID": words, "Channel": words, "DestinationChannel": words}
    return {"data": {"call_id": "a", "rows": [{**row, "Disposition": "ANSWERED"}]}}


def _event(words: str) -> Any:
    data = {"phone": words, "name": words}
    return {"id": "a", "source": words, "type": "t", "type_": words, "data": data}


def _in_header(hostile: Hostile) -> Hostile:
    head = (("ce-id", "1"), ("ce-source", "/a"), ("ce-type", "t"))
    return lambda size: RawRequest(headers=(*head, ("ce-subject", hostile(min(size, 64_000)))))


HEADERS: dict[str, Hostile] = {
    "quotes": flood('"'),
    "backslashes": between('"', "\\"),
    "escapes": between('"', "\\a", '"'),
    **PERCENTS,
}
CALLER_IDS: dict[str, Hostile] = {
    "angles": between('"a" ', "<"),
    "quoted": flood('"'),
    "channels": between("PJSIP/", "a-"),
    "channels of ends": between("PJSIP/a-", "0;"),
}

OWN: dict[str, dict[str, Hostile]] = {
    "plivo": {
        name: _form("CallUUID=a&CallStatus=completed&", "From", "To", "StartTime")(hostile)
        for name, hostile in NUMBERLIKE.items()
    },
    "vonage": _of_words(_vonage, {}),
    "telnyx": _of_words(_telnyx, {}),
    "ringcentral": {
        **_of_words(lambda words: {"body": {"sessionId": "a", "parties": [_party(words)]}}, {}),
        "parties": repeated(
            lambda items: {"body": {"sessionId": 1, "parties": items}}, _party("1")
        ),
    },
    "aircall": {
        **_of_words(_aircall, {}),
        "tags": repeated(
            lambda items: {"event": "call.ended", "data": {"id": 1, "tags": items}}, {"name": "a"}
        ),
    },
    "callrail": {
        **_of_words(_callrail, {}),
        "fields of a form": lambda n: posted(
            json.dumps(
                {"id": 1, "form_data": {f"phone_{i}": "12345," * 9 for i in range(n // 70)}}
            ),
            JSON,
        ),
    },
    "roistat": {
        **_of_words(lambda words: {"id": 1, "caller": words, "status": "ANSWER"}, {}),
        "fields": repeated(
            lambda items: {"id": 1, "caller": "1", "custom_fields": items},
            {"name": "a", "value": "b"},
        ),
    },
    "calltouch": _of_words(lambda words: {"callphase": "calllost", "id": 1, "phone": words}, {}),
    "freeswitch": {
        **_of_words(_switch, PERCENTS),
        "in base64": lambda n: posted(
            b"cdr=" + base64.b64encode(json.dumps(_switch("9" * (n // 2))).encode()),
            "application/x-www-form-base64-encoded",
        ),
        "flows": repeated(lambda items: {"callflow": items, "variables": {"uuid": "a"}}, {"a": {}}),
    },
    "asterisk": {
        **_of_words(_cdr, CALLER_IDS),
        "rows": repeated(lambda items: {"data": {"call_id": "a", "rows": items}}, {"Source": "1"}),
        "events": lambda n: posted("Event: Cdr\nUniqueID: 1\n\n" * (n // 26)),
        "colons": lambda n: posted("Event:" + ":" * n),
    },
    "standard-webhooks": {"an envelope": told(_event, TEXTS["numbers"])},
    "cloudevents": {
        **{f"header, {name}": _in_header(hostile) for name, hostile in HEADERS.items()},
        "a batch": lambda n: posted(
            json.dumps([_event("1")] * (n // 100)), "application/cloudevents-batch+json"
        ),
        "base64": told(lambda words: {"id": "a", "data_base64": words}, TEXTS["one letter"]),
    },
}
SIGNATURES: dict[str, Hostile] = {
    "signatures": flood("v1,a "),
    "commas": flood(","),
    "blanks": flood(" "),
    "letters": between("v1,", "a"),
}


def _headed(name: str, *others: tuple[str, str]) -> Callable[[str], RawRequest]:
    """A request with one hostile header, as long as the door lets in."""
    return lambda words: RawRequest(
        headers=(*others, (name, words[:64_000])), received_at=datetime.fromtimestamp(1, tz=UTC)
    )


_signed = _headed("webhook-signature", ("webhook-id", "a"), ("webhook-timestamp", "1"))
_asking = _headed("webhook-request-origin")
TRACKING: tuple[Row, ...] = (
    *rows(
        cloudevents.header_value,
        HEADERS,
        read=lambda words: cloudevents.header_value(words[:64_000]),
    ),
    *rows(
        cloudevents.preflight,
        HEADERS,
        read=lambda words: cloudevents.preflight(_asking(words), source("cloudevents")),
    ),
    *rows(
        message_signatures.require_standard_webhook,
        SIGNATURES,
        read=lambda words: message_signatures.require_standard_webhook(
            _signed(words), b"whsec_YQ=="
        ),
    ),
)
