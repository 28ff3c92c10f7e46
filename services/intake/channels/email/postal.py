"""Postal's HTTP endpoints: one raw mail a request, or its parts; not signed as far as is known
(UNCONFIRMED), so the source's key is the proof.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import mail_parts
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.mail import Mail, mail_content
from services.intake.channels.parsing.mail_hooks import file_of, objects, raw, raw_bytes, words
from services.intake.channels.signatures import by_key
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import IgnoreReason, QuarantineReason

_MARKERS = frozenset({"message", "plain_body", "html_body"})
verify = by_key({})


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    if "event" in payload and isinstance(payload.get("payload"), dict):
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    if not _MARKERS & payload.keys():
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return mail_content(_mail(payload), source)


def _mail(payload: dict[str, Any]) -> Mail:
    whole = raw(words(payload, "message") or "", is_base64=_is_base64(payload))
    recipient = words(payload, "rcpt_to")
    return replace(
        whole,
        sender=words(payload, "from"),
        reply_to=words(payload, "reply_to"),
        to=words(payload, "to"),
        cc=words(payload, "cc"),
        envelope_from=words(payload, "mail_from"),
        recipients=(recipient,) if recipient else (),
        subject=words(payload, "subject"),
        date=words(payload, "date"),
        message_id=words(payload, "message_id"),
        plain=whole.plain or words(payload, "plain_body"),
        html=whole.html or words(payload, "html_body"),
    )


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    payload = document(request)
    listed = [
        file_of(item, name="filename", media_type="content_type", content="data")
        for item in objects(payload.get("attachments"))
    ]
    letter = raw_bytes(words(payload, "message") or "", is_base64=_is_base64(payload))
    return (listed or mail_parts.files(letter),)


def _is_base64(payload: dict[str, Any]) -> bool:
    return payload.get("base64", True) not in {False, "false", "0"}


CHANNEL = Channel(
    name="postal",
    verify=verify,
    verify_early=verify,
    parse=parse,
    files=files,
    secrets={},
    mail=True,
)
