"""Brevo inbound: several mails a request, not signed, so the source's key is the proof.

Files stay with Brevo; with an API key as `access_token` they are fetched, but no mail waits long
for them. It tries again after what is no 2xx, UNCONFIRMED after which 5xx.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from services.intake.channels.channel import Channel, by_body
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.mail import Mail, mail_contents
from services.intake.channels.parsing.mail_hooks import (
    file_of,
    header_pairs,
    mailbox,
    mailbox_line,
    objects,
    spam_assassin,
    texts,
    words,
)
from services.intake.channels.signatures import by_key
from services.intake.domain.requests import (
    ChannelError,
    Content,
    FollowUp,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import QuarantineReason

API = "api.brevo.com"
_OURS = {"access_token": False}
verify = by_key(_OURS)


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    if not isinstance(payload.get("items"), list):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    items = objects(payload["items"])
    if not items:
        raise ChannelError(QuarantineReason.EMPTY)
    content = mail_contents(map(_mail, items), source)
    return replace(content, follow_ups=_missing(items, request, source) if content.drafts else ())


def _mail(item: dict[str, Any]) -> Mail:
    message_id, uuids = words(item, "MessageId"), texts(item.get("Uuid"))
    return Mail(
        headers=header_pairs(item.get("Headers")),
        sender=mailbox(item.get("From")),
        reply_to=mailbox_line(item.get("ReplyTo")),
        to=mailbox_line(item.get("To")),
        cc=mailbox_line(item.get("Cc")),
        recipients=texts(item.get("Recipients")),
        subject=words(item, "Subject"),
        date=words(item, "SentAtDate"),
        message_id=message_id,
        external_id=None if message_id else next(iter(uuids), None),
        plain=words(item, "RawTextBody"),
        html=words(item, "RawHtmlBody"),
        stripped=words(item, "ExtractedMarkdownMessage"),
        spam=spam_assassin(item.get("SpamScore")),
    )


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    items = objects(document(request)["items"])
    return [[_file(file, request) for file in objects(item.get("Attachments"))] for item in items]


def _file(item: dict[str, Any], request: RawRequest) -> File:
    """A file with its content if that has been fetched."""
    file = file_of(item, name="Name", media_type="ContentType", size="ContentLength")
    content = request.fetched.get(_name(words(item, "DownloadToken") or ""))
    return file if content is None else replace(file, decode=lambda: content)


def _name(token: str) -> str:
    """The follow-up's name."""
    return token[:500]


def _missing(
    items: list[dict[str, Any]], request: RawRequest, source: SourceView
) -> tuple[FollowUp, ...]:
    """The files that have not been fetched, where the source has a key to them."""
    key = source.secrets.get("access_token")
    tokens = {
        _name(token): token
        for item in items
        for file in objects(item.get("Attachments"))
        if (token := words(file, "DownloadToken")) and _name(token) not in request.fetched
    }
    return tuple(
        FollowUp(
            name,
            f"https://{API}/v3/inbound/attachments/{quote(token, safe='')}",
            (("api-key", key),),
            optional=True,
        )
        for name, token in tokens.items()
        if key
    )


CHANNEL = Channel(
    name="brevo",
    verify=verify,
    verify_early=verify,
    parse=parse,
    files=files,
    delivery_key=by_body,
    secrets=_OURS,
    mail=True,
    fetch_hosts=frozenset({API}),
)
