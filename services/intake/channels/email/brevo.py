"""Brevo inbound: several mails a request, not signed, so the source's key is the proof.

Files stay with Brevo; with an API key as `access_token` they are fetched, but no mail waits long
for them. It tries again after what is no 2xx, UNCONFIRMED after which 5xx.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from services.intake.channels.channel import Channel, by_body
from services.intake.channels.parsing.body import document
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
    return replace(content, follow_ups=_files(items, request, source) if content.drafts else ())


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
        files=tuple(
            file_of(file, name="Name", media_type="ContentType", size="ContentLength")
            for file in objects(item.get("Attachments"))
        ),
        spam=spam_assassin(item.get("SpamScore")),
    )


def _files(
    items: list[dict[str, Any]], request: RawRequest, source: SourceView
) -> tuple[FollowUp, ...]:
    """The files that have not been fetched, where the source has a key to them."""
    key = source.secrets.get("access_token")
    tokens = [
        token
        for item in items
        for file in objects(item.get("Attachments"))
        if (token := words(file, "DownloadToken")) and token not in request.fetched
    ]
    return tuple(
        FollowUp(
            token[:500],
            f"https://{API}/v3/inbound/attachments/{quote(token, safe='')}",
            (("api-key", key),),
            optional=True,
        )
        for token in dict.fromkeys(tokens)
        if key
    )


CHANNEL = Channel(
    name="brevo",
    verify=verify,
    verify_early=verify,
    parse=parse,
    delivery_key=by_body,
    secrets=_OURS,
    mail=True,
    fetch_hosts=frozenset({API}),
)
