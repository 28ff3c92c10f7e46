"""Mails as they come over SMTP: the raw mail is the body, its envelope stands in x-envelope-….

No hook takes them: whoever posts one is refused.
"""

from collections.abc import Sequence

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import mail, mail_parts, raw_mail, raw_mails
from services.intake.channels.parsing.draft import DraftBuilder, add_email, build
from services.intake.channels.parsing.emails import address
from services.intake.channels.parsing.files import File
from services.intake.domain.keys import body_digest
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_mail

NOBODY = "<>"  # the envelope's sender of a mail that nobody wrote


def verify(_request: RawRequest, *_sources: SourceView) -> None:
    raise Unauthenticated


def parse(request: RawRequest, source: SourceView) -> Content:
    if not request.body.strip():
        raise ChannelError(QuarantineReason.EMPTY)
    if request.header("x-envelope-from") == NOBODY:
        return Content(ignored=IgnoreReason.BOUNCE)
    letter = raw_mail.read(raw_mail.text_of(mail_parts.words_only(request.body)))
    headers = mail.first_headers(letter.headers)
    name, sender = mail.name_and_address(headers.get("from", ""))
    reason = mail.refusal(headers, sender=sender)
    if reason:
        return Content(ignored=reason)
    builder = DraftBuilder(source.country)
    if name:
        builder.names["name"] = name
    if sender:
        add_email(builder, sender)
    reply_to = headers.get("reply-to")
    answer_to = address(mail.name_and_address(reply_to)[1] or reply_to) if reply_to else None
    if answer_to and answer_to not in builder.emails:
        builder.other["reply_to"] = answer_to
    text = mail.own_words(stripped=None, plain=letter.plain, html=letter.html)
    if text:
        builder.texts.append(text)
    mail.take_phones_of_text(builder, text)
    draft = build(
        builder,
        source,
        channel="email",
        external_id=raw_mails.delivery_key(request),
        occurred_at=from_mail(headers.get("date"), time_zone=source.time_zone),
        subject=headers.get("subject"),
        spam=mail.spam_of(headers),
    )
    return Content(drafts=(draft,), external_id=external_id(request))


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
