"""Mailgun routes: forms whose own fields are the proof; it covers no word of the mail.

So a proof is old after 15 minutes and good for one body (`proof_once`): Mailgun tries again after
10 minutes, UNCONFIRMED whether with a new timestamp. A refusal is 401 as everybody's, not 406.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import mail_parts, raw_mail
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.charsets import mail_text
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.form_parts import (
    files_of,
    last_fields,
    parts_of,
    short_fields,
)
from services.intake.channels.parsing.mail import Mail, mail_content
from services.intake.channels.parsing.mail_hooks import (
    file_of,
    header_pairs,
    inner_json,
    object_of,
    objects,
)
from services.intake.channels.signatures import by_any, require_recent, same, secret
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import whole

TOLERANCE_SECONDS = 900.0
MAX_EVENT_BYTES = 65_536  # of the JSON about a mail that was sent, which carries no mail
_PROOF = (b"timestamp", b"token", b"signature")
_LISTS = ("signature[]", "recipient[]", "body-mime[]")
_MARKERS = frozenset({"body-plain", "body-html", "body-mime", "message-headers", "from"})


def verify(request: RawRequest, *sources: SourceView) -> None:
    timestamp, token, signature = _proof(request)
    require_recent(request, whole(timestamp.decode("latin-1")), tolerance=TOLERANCE_SECONDS)

    def check(source: SourceView) -> None:
        key = secret(source, "signing_key")
        digest = hmac.new(key, timestamp + token, hashlib.sha256).hexdigest()
        if not same(digest, signature.decode("latin-1")):
            raise Unauthenticated

    by_any(sources, check)


def _proof(request: RawRequest) -> tuple[bytes, bytes, bytes]:
    if _is_event(request):
        values = _event_proof(request)
    else:
        fields = short_fields(request, _PROOF)
        values = tuple(fields.get(name, b"") for name in _PROOF)
    timestamp, token, signature = values
    if not (timestamp and token and signature):
        raise Unauthenticated
    return timestamp, token, signature


def _is_event(request: RawRequest) -> bool:
    return "json" in request.content_type.lower()


def _event_proof(request: RawRequest) -> tuple[bytes, ...]:
    if len(request.body) > MAX_EVENT_BYTES:
        raise Unauthenticated
    try:
        event = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Unauthenticated from None
    proof = object_of(event, "signature")
    return tuple(str(proof.get(name.decode(), "")).encode("utf-8", "replace") for name in _PROOF)


def delivery_key(request: RawRequest) -> str | None:
    """The token: another body under it is no delivery of Mailgun's."""
    try:
        return _proof(request)[1].decode("latin-1")
    except Unauthenticated:
        return None


def proof_follows(request: RawRequest) -> bool:
    """A form's proof may stand behind all of its text."""
    return b"recipient=" in request.body or b'name="recipient"' in request.body


def parse(request: RawRequest, source: SourceView) -> Content:
    if _is_event(request):
        if "event-data" in document(request):
            return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    fields = last_fields(parts_of(request))
    if not _MARKERS & fields.keys() or any(name in fields for name in _LISTS):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return mail_content(_mail(fields), source)


def _mail(fields: dict[str, bytes]) -> Mail:
    def text(name: str) -> str | None:
        return mail_text(fields[name], "utf-8").text if fields.get(name, b"").strip() else None

    raw = raw_mail.read(mail_parts.words_only(fields.get("body-mime", b"")))
    headers = header_pairs(inner_json(fields.get("message-headers"))) or raw.headers
    is_named = any(name.lower() == "from" for name, _ in headers)
    recipient = text("recipient")
    return replace(
        raw,
        headers=headers,
        sender=text("from") or (None if is_named else text("sender")),
        envelope_from=text("sender"),
        recipients=(recipient,) if recipient else (),
        subject=text("subject"),
        message_id=text("Message-Id"),
        plain=text("body-plain") or raw.plain,
        html=text("body-html") or raw.html,
        stripped=text("stripped-text"),
    )


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    parts = parts_of(request)
    fields = last_fields(parts)
    stored = [  # by Mailgun, where a route says `store()`
        file_of(item, name="name", media_type="content-type", size="size")
        for item in objects(inner_json(fields.get("attachments")))
    ]
    return ([*files_of(parts), *stored] or mail_parts.files(fields.get("body-mime", b"")),)


CHANNEL = Channel(
    name="mailgun",
    verify=verify,
    verify_early=verify,
    parse=parse,
    files=files,
    delivery_key=delivery_key,
    secrets={"signing_key": True},
    mail=True,
    proof_once=True,
    proof_follows=proof_follows,
)
