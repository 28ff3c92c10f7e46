"""Mandrill inbound: a form whose one field is a list of events, signed with the public URL.

The URL is checked with HEAD, and with a POST of no events under another key, before there is a
webhook.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.intake.channels.channel import Channel, by_body
from services.intake.channels.parsing import forms, mail_parts
from services.intake.channels.parsing.draft import as_text
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.json_text import json_value
from services.intake.channels.parsing.mail import Mail, mail_contents
from services.intake.channels.parsing.mail_hooks import (
    file_of,
    header_pairs,
    mailbox,
    object_of,
    objects,
    raw,
    raw_bytes,
    spam_assassin,
    words,
)
from services.intake.channels.signatures import by_any, same, secret
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason

_SIGNATURE = "x-mandrill-signature"
_NO_EVENTS = b"mandrill_events=%5B%5D"


def verify(request: RawRequest, *sources: SourceView) -> None:
    """Base64 HMAC-SHA1 of the URL and the sorted fields, name and value."""
    signature = request.header(_SIGNATURE)
    if not signature:
        raise Unauthenticated
    try:
        pairs = sorted(forms.byte_pairs(request.body.strip(b"\r\n")))
    except ChannelError:
        raise Unauthenticated from None
    text = b"".join(
        (request.public_url.encode("utf-8", "replace"), *(part for pair in pairs for part in pair))
    )

    def check(source: SourceView) -> None:
        digest = hmac.digest(secret(source, "webhook_key"), text, "sha1")
        if not same(signature, base64.b64encode(digest)):
            raise Unauthenticated

    by_any(sources, check)


def handshake(request: RawRequest, _source: SourceView) -> Answer | None:
    is_check = request.method == "HEAD" or request.body.strip() == _NO_EVENTS
    return Answer(200, b"ok", "text/plain; charset=utf-8") if is_check else None


def parse(request: RawRequest, source: SourceView) -> Content:
    messages = _messages(request)
    if not messages:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    return mail_contents(map(_mail, messages), source)


def _messages(request: RawRequest) -> list[dict[str, Any]]:
    """The mails among the events. Raises ChannelError."""
    fields = dict(forms.url_pairs(request.body, request.content_type))
    if "mandrill_events" not in fields:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    events = objects(json_value(fields["mandrill_events"]))
    return [
        object_of(event, "msg") for event in events if event.get("event", "inbound") == "inbound"
    ]


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    return [_files(message) for message in _messages(request)]


def _files(message: dict[str, Any]) -> list[File]:
    """Of the raw mail; without one those that Mandrill took out, by their names."""
    letter = words(message, "raw_msg")
    if letter:
        return mail_parts.files(raw_bytes(letter, is_base64=False))
    items = [*object_of(message, "attachments").values(), *object_of(message, "images").values()]
    return [file_of(item, name="name", media_type="type", content="content")
        for item in objects(items)]  # fmt: skip


def _mail(message: dict[str, Any]) -> Mail:
    whole = raw(words(message, "raw_msg") or "", is_base64=False)
    recipient = words(message, "email")
    sender = {"address": message.get("from_email"), "name": message.get("from_name")}
    return replace(
        whole,
        headers=whole.headers or header_pairs(message.get("headers")),
        sender=mailbox(sender),
        envelope_from=as_text(message.get("sender")),
        recipients=(recipient,) if recipient else (),
        subject=words(message, "subject"),
        plain=whole.plain or words(message, "text"),
        html=whole.html or words(message, "html"),
        spam=spam_assassin(object_of(message, "spam_report").get("score")),
    )


CHANNEL = Channel(
    name="mandrill",
    verify=verify,
    signature=_SIGNATURE,
    parse=parse,
    files=files,
    handshake=handshake,
    delivery_key=by_body,
    secrets={"webhook_key": True},
    mail=True,
)
