"""Postmark inbound mail: JSON behind basic authentication, one mail a request.

The console's test mail, whose MessageID is all zeros, is a test and never a duplicate.
"""

from collections.abc import Iterator
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import mail, raw_mail
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add_email, as_text, build
from services.intake.channels.parsing.emails import address
from services.intake.channels.signatures import by_any, require_basic, secret
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_mail

_SECRETS = {"username": True, "password": True}
_MARKERS = ("From", "FromFull", "RawEmail", "TextBody", "HtmlBody", "Headers")


def verify(request: RawRequest, *sources: SourceView) -> None:
    """By the headers alone: a mail may be large, and its body is read only from its provider."""

    def check(source: SourceView) -> None:
        username, password = secret(source, "username"), secret(source, "password")
        require_basic(request, username=username, password=password)

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    message_id = as_text(payload.get("MessageID")) or None
    if not any(name in payload for name in _MARKERS):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    raw = raw_mail.read(_words(payload, "RawEmail") or "")
    headers = mail.first_headers([*_headers(payload), *raw.headers])
    name, sender = _sender(payload, headers)
    reason = mail.refusal(headers, sender=sender)
    if reason:
        return Content(ignored=reason)
    builder = DraftBuilder(source.country)
    _take_sender(builder, name, sender, _words(payload, "ReplyTo") or headers.get("reply-to"))
    text = mail.own_words(
        stripped=_words(payload, "StrippedTextReply"),
        plain=_words(payload, "TextBody") or raw.plain,
        html=_words(payload, "HtmlBody") or raw.html,
    )
    if text:
        builder.texts.append(text)
    mail.take_phones_of_text(builder, text)
    if files := list(_attachments(payload)):
        builder.fields["attachments"] = files
    is_test = bool(message_id) and not message_id.strip("0-") if message_id else False
    draft = build(
        builder,
        source,
        channel="email",
        external_id=message_id,
        occurred_at=from_mail(
            _words(payload, "Date") or headers.get("date"), time_zone=source.time_zone
        ),
        is_test=is_test,
        subject=_words(payload, "Subject") or headers.get("subject"),
        spam=mail.spam_of(headers),
    )
    return Content(drafts=(draft,), external_id=None if is_test else message_id)


def _take_sender(
    builder: DraftBuilder, name: str | None, sender: str | None, reply_to: str | None
) -> None:
    if name:
        builder.names["name"] = name
    if sender:
        add_email(builder, sender)
    answer_to = address(mail.name_and_address(reply_to)[1] or reply_to) if reply_to else None
    if answer_to and answer_to not in builder.emails:
        builder.other["reply_to"] = answer_to


def _sender(payload: dict[str, Any], headers: dict[str, str]) -> tuple[str | None, str | None]:
    """Name and address: the provider's parsed ones first, then the header's."""
    full = payload.get("FromFull")
    full = full if isinstance(full, dict) else {}
    header_name, header_address = mail.name_and_address(
        _words(payload, "From") or headers.get("from", "")
    )
    name = _words(full, "Name") or _words(payload, "FromName") or header_name
    return name or None, _words(full, "Email") or header_address or None


def _headers(payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    headers = payload.get("Headers")
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict) and isinstance(header.get("Name"), str):
            yield header["Name"], as_text(header.get("Value")) or ""


def _attachments(payload: dict[str, Any]) -> Iterator[str]:
    """The names of the files; their content stays in the submission."""
    attachments = payload.get("Attachments")
    for attachment in attachments if isinstance(attachments, list) else ():
        if isinstance(attachment, dict) and (name := as_text(attachment.get("Name"))):
            yield name


def _words(payload: dict[str, Any], name: str) -> str | None:
    value = payload.get(name)
    return value if isinstance(value, str) and value.strip() else None


CHANNEL = Channel(
    name="postmark",
    verify=verify,
    verify_early=verify,
    parse=parse,
    secrets=_SECRETS,
    mail=True,
)
