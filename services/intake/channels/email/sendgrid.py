"""SendGrid Inbound Parse: a multipart form, parsed or with the raw mail in `email`.

Each field of a parsed mail has a charset of its own. Without a `public_key` the source's key is the
proof. A signed moment is good for the three days in which SendGrid tries; UNCONFIRMED whether a
later try is signed anew. The signature covers the body, so an old one repeats what is known.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import mail_parts, raw_mail
from services.intake.channels.parsing.charsets import mail_text
from services.intake.channels.parsing.draft import as_text
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.form_parts import files_of, last_fields, parts_of
from services.intake.channels.parsing.mail import Mail, mail_content
from services.intake.channels.parsing.mail_hooks import (
    header_pairs,
    inner_json,
    spam_assassin,
    texts,
)
from services.intake.channels.signatures import by_any, only_known, require_recent
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import whole

_SECRETS = {"public_key": False}
_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
TOLERANCE_SECONDS = 3 * 86_400.0 + 3_600
_MARKERS = frozenset({"email", "headers", "from", "text", "html"})


def verify(request: RawRequest, *sources: SourceView) -> None:
    """ECDSA over the timestamp and the body, where a public key is configured."""
    timestamp = request.header(_TIMESTAMP) or ""

    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        if not source.secrets:
            return
        require_recent(request, whole(timestamp), tolerance=TOLERANCE_SECONDS)
        try:
            signature = base64.b64decode(request.header(_SIGNATURE) or "", validate=True)
            signed = timestamp.encode("latin-1", "replace") + request.body
            _key(source.secrets["public_key"]).verify(signature, signed, ECDSA(SHA256()))
        except (binascii.Error, ValueError, InvalidSignature):
            raise Unauthenticated from None

    by_any(sources, check)


def verify_early(_request: RawRequest, *sources: SourceView) -> None:
    """Only where no signature is asked for."""

    def check(source: SourceView) -> None:
        only_known(source, {})

    by_any(sources, check)


@lru_cache(maxsize=64)
def _key(text: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise Unauthenticated from None
    if not isinstance(key, EllipticCurvePublicKey):
        raise Unauthenticated
    return key


def parse(request: RawRequest, source: SourceView) -> Content:
    if request.body.lstrip()[:1] in {b"[", b"{"}:  # events about mails that were sent
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    fields = last_fields(parts_of(request))
    if not _MARKERS & fields.keys():
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return mail_content(_mail(fields), source)


def _mail(fields: Mapping[str, bytes]) -> Mail:
    charsets = inner_json(fields.get("charsets"))
    notes: dict[str, None] = {}

    def text(name: str) -> str | None:
        if not fields.get(name, b"").strip():
            return None
        charset = charsets.get(name) if isinstance(charsets, dict) else None
        letters = mail_text(fields[name], as_text(charset) if charset else "utf-8")
        if letters.note:
            notes[letters.note] = None
        return letters.text

    raw = raw_mail.read(mail_parts.words_only(fields.get("email", b"")))
    envelope = inner_json(fields.get("envelope"))
    envelope = envelope if isinstance(envelope, dict) else {}
    mail = replace(
        raw,
        headers=header_pairs(text("headers")) or raw.headers,
        sender=text("from"),
        to=text("to"),
        cc=text("cc"),
        envelope_from=as_text(envelope.get("from")),
        recipients=texts(envelope.get("to")),
        subject=text("subject"),
        plain=text("text") or raw.plain,
        html=text("html") or raw.html,
        spam=spam_assassin(text("spam_score")),
    )
    return replace(mail, notes=(*raw.notes, *notes))


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    parts = parts_of(request)
    return (files_of(parts) or mail_parts.files(last_fields(parts).get("email", b"")),)


CHANNEL = Channel(
    name="sendgrid",
    verify=verify,
    verify_early=verify_early,
    signature=_SIGNATURE,
    parse=parse,
    files=files,
    secrets=_SECRETS,
    mail=True,
)
