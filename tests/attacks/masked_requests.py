"""Requests of each adapter that has secrets, with one word in every place that a sender fills."""

import html
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from services.intake.domain.requests import RawRequest, SourceView
from shared.ids import new_id
from tests.attacks import events_of_exchanges as exchanges
from tests.attacks.exchange_words import CALLS, call_with
from tests.attacks.form_words import BESIDE, FORM_BODIES, FORM_SECRETS
from tests.attacks.masked_mails import MAILS, mails

JSON = (("content-type", "application/json"),)
FORM = (("content-type", "application/x-www-form-urlencoded"),)
MULTIPART = (("content-type", "multipart/form-data; boundary=cut"),)
SECRET_OF = {
    "tilda": "api_key", "typeform": "secret", "mango": "api_salt", "twilio": "auth_token",
    "postmark": "password", "mailgun": "signing_key", "mandrill": "webhook_key",
    "mailersend": "secret", "brevo": "access_token", "ses-sns": "secret_access_key",
    "generic-json": "secret",
    "zadarma": "secret",
    "megafon": "crm_token",
    "binotel": "company_id",
    "imap": "password",
    **exchanges.SECRET_OF,
    **FORM_SECRETS,
}  # fmt: skip


def source(adapter: str, secret: str) -> SourceView:
    others = {**exchanges.OTHERS, **BESIDE}
    secrets = {**others.get(adapter, {}), SECRET_OF[adapter]: secret}
    return SourceView(source_id=new_id(), key="a-source", adapter=adapter, secrets=secrets)


def requests(adapter: str, word: str) -> Iterator[RawRequest]:
    """Requests as this provider sends them, with the word in every place that it fills."""
    told: dict[str, Any]
    if adapter == "typeform":
        answers = [{"type": "text", "text": word, "field": {"id": "q", "title": word}}]
        told = {"form_response": {"token": word, "answers": answers, "hidden": {"h": word}}}
        yield RawRequest(headers=JSON, body=json.dumps(told).encode())
    elif adapter == "mango":
        call = {"entry_id": word, "call_direction": 1, "create_time": 1700000000}
        side = {"number": word, "extension": word}
        told = {**call, "from": side, "to": side, "line_number": word}
        pairs = {"vpbx_api_key": "another-key", "sign": word, "json": json.dumps(told)}
        yield RawRequest(rest="events/summary", headers=FORM, body=urlencode(pairs).encode())
    elif adapter == "twilio":
        fields = ("CallSid", "From", "To", "CallerName", "FromCity", "RecordingUrl", "Other")
        pairs = {**dict.fromkeys(fields, word), "CallStatus": "completed"}
        yield RawRequest(headers=FORM, body=urlencode(pairs).encode())
        yield RawRequest(method="GET", query=urlencode(pairs))
    elif adapter in CALLS:
        yield call_with(adapter, word)
    elif adapter == "postmark":
        names = ("From", "FromName", "ReplyTo", "MessageID", "Subject", "TextBody")
        told = {**dict.fromkeys(names, word), "Headers": [{"Name": "X-A", "Value": word}]}
        yield RawRequest(headers=JSON, body=json.dumps(told).encode())
        raw = f"From: a@b.example\r\nSubject: {word}\r\n\r\n{word}"
        page = f"<html><body><p>{html.escape(word)}</p></body></html>"
        told = {"From": "a@b.example", "HtmlBody": page, "RawEmail": raw}
        yield RawRequest(headers=JSON, body=json.dumps(told).encode())
    elif adapter in exchanges.EVENTS:
        yield exchanges.EVENTS[adapter](word)
    elif adapter in FORM_BODIES:
        yield RawRequest(headers=JSON, body=json.dumps(FORM_BODIES[adapter](word)).encode())
    elif adapter in MAILS:
        yield from mails(adapter, word)
    elif adapter == "imap":
        mail = f"From: a@b.example\r\nSubject: {word}\r\nMessage-ID: <{word}>\r\n\r\n{word}\r\n"
        yield RawRequest(headers=(("content-type", "message/rfc822"),), body=mail.encode())
    else:
        yield from _forms(word)


def _forms(word: str) -> Iterator[RawRequest]:
    pairs = [(name, word) for name in ("Name", "Phone", "Email", "Comment", "tranid", "other")]
    pairs += [("list", word), ("list", "x"), (word, "a label"), ("utm_source", word)]
    yield RawRequest(headers=(*FORM, ("x-own", word)), query=f"k={quote(word)}",
        rest=word, body=urlencode(pairs).encode())  # fmt: skip
    deep = {"name": word, "external_id": word, "list": [word, {"deep": word}], word: 1, "n": [1]}
    yield RawRequest(headers=JSON, body=json.dumps(deep).encode())
    part = b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + word.encode() + b"\r\n"
    yield RawRequest(headers=MULTIPART, body=part + b"--cut--\r\n")
