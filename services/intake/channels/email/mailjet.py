"""Mailjet Parse: one mail a request in JSON, not signed, so the source's key is the proof."""

from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.mail import File, Mail, mail_content
from services.intake.channels.parsing.mail_hooks import (
    header_pairs,
    labels_of,
    objects,
    size_of,
    spam_assassin,
    words,
)
from services.intake.channels.signatures import by_key
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import QuarantineReason

_MARKERS = frozenset({"From", "Sender", "Headers", "Text-part", "Html-part"})
verify = by_key({})


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    if not _MARKERS & payload.keys():
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    recipient = words(payload, "Recipient")
    mail = Mail(
        headers=header_pairs(payload.get("Headers")),
        sender=words(payload, "From"),
        envelope_from=words(payload, "Sender"),
        recipients=(recipient,) if recipient else (),
        subject=words(payload, "Subject"),
        plain=words(payload, "Text-part"),
        html=words(payload, "Html-part"),
        files=tuple(_files(payload)),
        spam=spam_assassin(payload.get("SpamAssassinScore")),
    )
    return mail_content(mail, source)


def _files(payload: dict[str, Any]) -> list[File]:
    """By the parts that refer to an attachment."""
    files = []
    for part in objects(payload.get("Parts")):
        reference = words(part, "ContentRef") or ""
        if "attachment" in reference.lower():
            name, media_type = labels_of(header_pairs(part.get("Headers")))
            files.append(File(name, media_type, size_of(payload.get(reference))))
    return files


CHANNEL = Channel(
    name="mailjet", verify=verify, verify_early=verify, parse=parse, secrets={}, mail=True
)
