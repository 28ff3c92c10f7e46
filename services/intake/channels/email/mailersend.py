"""MailerSend inbound routes: one mail a request, signed with the secret of the route.

It waits 3 seconds and does not try again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import mail_parts
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.mail import Mail, mail_content
from services.intake.channels.parsing.mail_hooks import (
    file_of,
    header_pairs,
    mailbox,
    object_of,
    objects,
    raw,
    raw_bytes,
    words,
)
from services.intake.channels.signatures import by_any, only_known, require_hex_digest
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import IgnoreReason, QuarantineReason

_SECRETS = {"secret": False}
_SIGNATURE = "signature"


def verify(request: RawRequest, *sources: SourceView) -> None:
    """Hex HMAC-SHA256 of the body, where a secret is configured; else the key is the proof."""

    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        if source.secrets:
            key = source.secrets["secret"].encode("utf-8", "surrogatepass")
            require_hex_digest(request, header=_SIGNATURE, key=key)

    by_any(sources, check)


def verify_early(_request: RawRequest, *sources: SourceView) -> None:
    by_any(sources, lambda source: only_known(source, {}))


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    kind = payload.get("type", "inbound.message")
    data = object_of(payload, "data")
    if kind != "inbound.message":
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    if not data.keys() & {"from", "raw", "text", "html", "headers"}:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return mail_content(_mail(data), source)


def _mail(data: dict[str, Any]) -> Mail:
    whole = raw(words(data, "raw") or "", is_base64=False)
    recipients = object_of(data, "recipients")
    sender = object_of(data, "from")
    return replace(
        whole,
        headers=whole.headers or header_pairs(data.get("headers")),
        sender=words(sender, "raw") or mailbox(sender),
        to=words(object_of(recipients, "to"), "raw"),
        cc=words(object_of(recipients, "cc"), "raw"),
        envelope_from=words(object_of(data, "sender"), "email"),
        recipients=tuple(
            address
            for item in objects(recipients.get("rcptTo"))
            if (address := words(item, "email"))
        ),
        subject=words(data, "subject"),
        date=words(data, "date"),
        external_id=words(data, "id"),
        plain=words(data, "text") or whole.plain,
        html=words(data, "html") or whole.html,
    )


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    data = object_of(document(request), "data")
    names = {"name": "file_name", "media_type": "content_type", "content": "content"}
    listed = [file_of(item, size="size", **names) for item in objects(data.get("attachments"))]
    letter = raw_bytes(words(data, "raw") or "", is_base64=False)
    return (listed or mail_parts.files(letter),)


CHANNEL = Channel(
    name="mailersend",
    verify=verify,
    verify_early=verify_early,
    signature=_SIGNATURE,
    parse=parse,
    files=files,
    secrets=_SECRETS,
    mail=True,
)
