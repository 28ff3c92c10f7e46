"""Mailjet Parse: one mail a request in JSON, not signed, so the source's key is the proof."""

from collections.abc import Sequence
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.files import File, base64_file
from services.intake.channels.parsing.mail import Mail, mail_content
from services.intake.channels.parsing.mail_hooks import (
    header_pairs,
    labels_of,
    objects,
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
        spam=spam_assassin(payload.get("SpamAssassinScore")),
    )
    return mail_content(mail, source)


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    """By the parts that refer to an attachment."""
    payload = document(request)
    references = ((part, words(part, "ContentRef")) for part in objects(payload.get("Parts")))
    return (
        [
            _file(part, payload.get(reference))
            for part, reference in references
            if reference and "attachment" in reference.lower()
        ],
    )


def _file(part: dict[str, Any], encoded: Any) -> File:
    name, media_type = labels_of(header_pairs(part.get("Headers")))
    return base64_file(name, media_type, encoded if isinstance(encoded, str) else "")


CHANNEL = Channel(
    name="mailjet",
    verify=verify,
    verify_early=verify,
    parse=parse,
    files=files,
    secrets={},
    mail=True,
)
