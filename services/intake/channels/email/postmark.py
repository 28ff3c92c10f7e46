"""Postmark inbound mail: JSON behind basic authentication, one mail a request.

The console's test mail, whose MessageID is all zeros, is a test and never a duplicate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import mail_hooks, mail_parts
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import as_text
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.mail import Mail, mail_content
from services.intake.channels.signatures import by_any, require_basic, secret
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import QuarantineReason

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
    if not any(name in payload for name in _MARKERS):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return mail_content(_mail(payload), source)


def _mail(payload: dict[str, Any]) -> Mail:
    """What Postmark says; whatever it does not say is in the raw mail, if it sends that."""
    raw = mail_hooks.raw(_words(payload, "RawEmail") or "", is_base64=False)
    message_id = as_text(payload.get("MessageID")) or None
    return replace(
        raw,
        headers=(*_headers(payload), *raw.headers),
        sender=_sender(payload),
        reply_to=_words(payload, "ReplyTo"),
        to=_words(payload, "To") or _mailboxes(payload.get("ToFull")),
        cc=_words(payload, "Cc") or _mailboxes(payload.get("CcFull")),
        recipients=tuple(filter(None, [_words(payload, "OriginalRecipient")])),
        subject=_words(payload, "Subject"),
        date=_words(payload, "Date"),
        external_id=message_id,
        plain=_words(payload, "TextBody") or raw.plain,
        html=_words(payload, "HtmlBody") or raw.html,
        stripped=_words(payload, "StrippedTextReply"),
        is_test=bool(message_id) and not str(message_id).strip("0-"),
    )


def _sender(payload: dict[str, Any]) -> str | None:
    full = payload.get("FromFull")
    full = full if isinstance(full, dict) else {}
    address = _words(full, "Email")
    name = _words(full, "Name") or _words(payload, "FromName")
    line = _words(payload, "From")
    if address:
        return _line(name, address)
    return _line(name, line) if name and line and "<" not in line else line


def _mailboxes(full: Any) -> str | None:
    people = [one for one in full if isinstance(one, dict)] if isinstance(full, list) else []
    lines = [_line(_words(one, "Name"), _words(one, "Email") or "") for one in people]
    return ", ".join(lines) or None


def _line(name: str | None, address: str) -> str:
    return f'"{name.replace(chr(34), chr(39))}" <{address}>' if name else f"<{address}>"


def _headers(payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    headers = payload.get("Headers")
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict) and isinstance(header.get("Name"), str):
            yield header["Name"], as_text(header.get("Value")) or ""


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    payload = document(request)
    listed = [
        mail_hooks.file_of(
            item,
            name="Name",
            media_type="ContentType",
            content="Content" if "Content" in item else "Data",  # as the console's test says
            size="ContentLength",
        )
        for item in mail_hooks.objects(payload.get("Attachments"))
    ]
    raw = _words(payload, "RawEmail") or ""
    return (listed or mail_parts.files(mail_hooks.raw_bytes(raw, is_base64=False)),)


def _words(payload: dict[str, Any], name: str) -> str | None:
    value = payload.get(name)
    return value if isinstance(value, str) and value.strip() else None


CHANNEL = Channel(
    name="postmark",
    verify=verify,
    verify_early=verify,
    parse=parse,
    files=files,
    secrets=_SECRETS,
    mail=True,
)
