"""Requests of providers of mail, with one word in every place that a sender fills."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from services.intake.domain.requests import RawRequest

JSON = (("content-type", "application/json"),)
FORM = (("content-type", "application/x-www-form-urlencoded"),)
MAILS = frozenset({"mailgun", "mandrill", "mailersend", "brevo", "ses-sns"})


def mails(adapter: str, word: str) -> Iterator[RawRequest]:
    raw = f"From: a@b.example\r\nSubject: {word}\r\n\r\n{word}"
    if adapter in {"mailgun", "mandrill"}:
        events = json.dumps([{"event": "inbound", "msg": {"raw_msg": raw, "subject": word}}])
        pairs = {"body-plain": word, "from": word, "subject": word, "mandrill_events": events}
        yield RawRequest(headers=FORM, body=urlencode(pairs).encode())
        return
    inner = json.dumps({"mail": {"messageId": word}, "content": raw})
    item = {"From": word, "MessageId": word, "RawTextBody": word, "Subject": word}
    told: dict[str, Any] = {
        "data": {"raw": raw, "subject": word, "id": word},
        "items": [item],
        "Type": "Notification",
        "Message": inner,
    }
    yield RawRequest(headers=JSON, body=json.dumps(told).encode())
