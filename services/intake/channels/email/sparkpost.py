"""SparkPost relay webhooks: a list of raw mails, not signed, so the source's key is the proof."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.intake.channels.channel import Channel, by_body
from services.intake.channels.parsing import mail_parts
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.json_text import json_value
from services.intake.channels.parsing.mail import Mail, mail_contents
from services.intake.channels.parsing.mail_hooks import object_of, objects, raw, raw_bytes, words
from services.intake.channels.signatures import by_key
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import IgnoreReason, QuarantineReason

verify = by_key({})


def parse(request: RawRequest, source: SourceView) -> Content:
    items = _items(request)
    mails = _messages(items)
    if mails:
        return mail_contents(map(_mail, mails), source)
    if items and all("msys" in item for item in items):  # events, or the test with an empty one
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)


def _items(request: RawRequest) -> list[dict[str, Any]]:
    value = json_value(text_of(request.body, request.content_type))
    return objects(value if isinstance(value, list) else [value])


def _messages(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    messages = [object_of(object_of(item, "msys"), "relay_message") for item in items]
    return [message for message in messages if message]


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    contents = [object_of(message, "content") for message in _messages(_items(request))]
    return [
        mail_parts.files(
            raw_bytes(words(content, "email_rfc822") or "", is_base64=_is_base64(content))
        )
        for content in contents
    ]


def _is_base64(content: dict[str, Any]) -> bool:
    return content.get("email_rfc822_is_base64") in {True, "true"}


def _mail(message: dict[str, Any]) -> Mail:
    content = object_of(message, "content")
    recipient = words(message, "rcpt_to")
    whole = raw(words(content, "email_rfc822") or "", is_base64=_is_base64(content))
    return replace(
        whole,
        sender=words(message, "friendly_from") if not whole.headers else None,
        envelope_from=words(message, "msg_from"),
        recipients=(recipient,) if recipient else (),
        subject=words(content, "subject"),
        plain=whole.plain or words(content, "text"),
        html=whole.html or words(content, "html"),
    )


CHANNEL = Channel(
    name="sparkpost",
    verify=verify,
    verify_early=verify,
    parse=parse,
    files=files,
    delivery_key=by_body,
    secrets={},
    mail=True,
)
