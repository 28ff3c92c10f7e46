"""Mails as they come over SMTP: the raw mail is the body, its envelope stands in x-envelope-….

No hook takes them: whoever posts one is refused.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import mail_parts, raw_mail, raw_mails
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.mail import mail_content
from services.intake.domain.keys import body_digest
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import QuarantineReason


def verify(_request: RawRequest, *_sources: SourceView) -> None:
    raise Unauthenticated


def parse(request: RawRequest, source: SourceView) -> Content:
    if not request.body.strip():
        raise ChannelError(QuarantineReason.EMPTY)
    recipients = (request.header("x-envelope-to") or "").split(", ")
    mail = replace(
        raw_mail.read(mail_parts.words_only(request.body)),
        envelope_from=request.header("x-envelope-from"),
        recipients=tuple(filter(None, recipients)),
    )
    content = mail_content(mail, source)
    # A mail without an id is known again by its bytes.
    return replace(content, external_id=external_id(request)) if content.drafts else content


def external_id(request: RawRequest) -> str:
    """What tells a mail from another: its Message-ID, else its bytes."""
    return raw_mails.delivery_key(request) or body_digest(request.body).hex()


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    return (mail_parts.files(request.body),)


CHANNEL = Channel(
    name="smtp",
    verify=verify,
    parse=parse,
    files=files,
    delivery_key=raw_mails.delivery_key,
    mail=True,
)
