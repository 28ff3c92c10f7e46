"""SparkPost relay webhooks: a list of raw mails, not signed, so the source's key is the proof."""

from dataclasses import replace
from typing import Any

from services.intake.channels.channel import Channel, by_body
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.json_text import json_value
from services.intake.channels.parsing.mail import Mail, mail_contents
from services.intake.channels.parsing.mail_hooks import object_of, objects, raw, words
from services.intake.channels.signatures import by_key
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import IgnoreReason, QuarantineReason

verify = by_key({})


def parse(request: RawRequest, source: SourceView) -> Content:
    value = json_value(text_of(request.body, request.content_type))
    items = objects(value if isinstance(value, list) else [value])
    messages = [object_of(object_of(item, "msys"), "relay_message") for item in items]
    mails = [message for message in messages if message]
    if mails:
        return mail_contents(map(_mail, mails), source)
    if items and all("msys" in item for item in items):  # events, or the test with an empty one
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)


def _mail(message: dict[str, Any]) -> Mail:
    content = object_of(message, "content")
    is_base64 = content.get("email_rfc822_is_base64") in {True, "true"}
    recipient = words(message, "rcpt_to")
    whole = raw(words(content, "email_rfc822") or "", is_base64=is_base64)
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
    delivery_key=by_body,
    secrets={},
    mail=True,
)
