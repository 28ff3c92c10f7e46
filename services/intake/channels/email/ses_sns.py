"""Amazon SES mails through SNS: JSON sent as text, signed by SNS, whoever's topic it is.

So the source's key is a proof too, and the option `topic_arn` names the only topic. A mail in S3 is
fetched with `access_key_id` and `secret_access_key`. A signed moment is good for three days, as a
delivery policy may ask for; the signature covers the body, so an old one repeats what is known.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from services.intake.channels.channel import Channel
from services.intake.channels.email.s3 import place_of, presigned
from services.intake.channels.parsing import mail_hooks, mail_parts, raw_mail
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.draft import as_text
from services.intake.channels.parsing.files import File
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.parsing.mail import Mail, mail_content
from services.intake.channels.parsing.mail_hooks import header_pairs, object_of, words
from services.intake.channels.signatures import by_any, only_known, require_recent
from services.intake.domain.requests import (
    ChannelError,
    Content,
    FollowUp,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_iso

MAX_ENVELOPE_BYTES = 1_048_576  # SNS carries 256 KiB at most
TOLERANCE_SECONDS = 3 * 86_400.0
CERTIFICATE, CONFIRMATION, MAIL = "certificate", "confirmation", "mail"
_SECRETS = {"access_key_id": False, "secret_access_key": False}
_TYPE = "x-amz-sns-message-type"
_SIGNED = (
    "Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip
_HASHES: Mapping[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}
_HOST = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
_SNS_HOSTS = frozenset({"sns.*.amazonaws.com", "sns.*.amazonaws.com.cn"})
_BUCKET_HOSTS = frozenset({"s3.*.amazonaws.com", "s3.*.amazonaws.com.cn"})
_TOPIC = re.compile(r"arn:aws[a-z-]{0,20}:sns:([a-z0-9-]{1,40}):\d{1,20}:[\w.-]{1,256}")


def verify(request: RawRequest, *sources: SourceView) -> None:
    """RSA over the members that are there, by SNS's own certificate."""
    envelope = _envelope(request)
    if envelope is None:
        raise Unauthenticated
    _require_signature(envelope, request.fetched.get(CERTIFICATE, b""))
    moment = from_iso(envelope.get("Timestamp"), time_zone="UTC")
    seconds = moment.timestamp() if moment else None
    require_recent(request, seconds, tolerance=TOLERANCE_SECONDS)

    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        topic = source.options.get("topic_arn")
        if topic and topic != envelope.get("TopicArn"):
            raise Unauthenticated

    by_any(sources, check)


def _envelope(request: RawRequest) -> dict[str, Any] | None:
    """SNS's own members; None for what is none of its signed messages, as a raw delivery is."""
    if not request.header(_TYPE) or len(request.body) > MAX_ENVELOPE_BYTES:
        return None
    try:
        envelope = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return envelope if isinstance(envelope, dict) else None


def _require_signature(envelope: Mapping[str, Any], certificate: bytes) -> None:
    algorithm = _HASHES.get(str(envelope.get("SignatureVersion")))
    key = _key_of(certificate)
    lines = [
        f"{name}\n{value}\n" for name in _SIGNED if isinstance(value := envelope.get(name), str)
    ]
    if algorithm is None or key is None:
        raise Unauthenticated
    try:
        signature = base64.b64decode(str(envelope.get("Signature")), validate=True)
        text = "".join(lines).encode("utf-8", "surrogatepass")
        key.verify(signature, text, PKCS1v15(), algorithm())
    except (binascii.Error, ValueError, InvalidSignature):
        raise Unauthenticated from None


@lru_cache(maxsize=64)
def _key_of(certificate: bytes) -> RSAPublicKey | None:
    try:
        key = load_pem_x509_certificate(certificate).public_key()
    except ValueError:
        return None
    return key if isinstance(key, RSAPublicKey) else None


def evidence(request: RawRequest) -> FollowUp | None:
    """SNS's certificate, if it lies where Amazon keeps it."""
    envelope = _envelope(request)
    url = envelope.get("SigningCertURL", envelope.get("SigningCertUrl")) if envelope else None
    if not isinstance(url, str) or len(url) > 500 or not _is_amazons(url):
        return None
    return FollowUp(CERTIFICATE, url)


def _is_amazons(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    at_sns = parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None
    return at_sns and parts.path.endswith(".pem") and not parts.query and not parts.fragment


def delivery_key(request: RawRequest) -> str | None:
    return request.header("x-amz-sns-message-id")


def parse(request: RawRequest, source: SourceView) -> Content:
    envelope = json_object(text_of(request.body, request.content_type))
    kind = envelope.get("Type")
    if kind == "SubscriptionConfirmation":
        return _confirmed(envelope, request)
    if kind != "Notification":
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    try:
        message = json_object(words(envelope, "Message") or "")
    except ChannelError:  # somebody's words, as of a test from Amazon's console
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    if not object_of(message, "mail") or message.get("notificationType", "Received") != "Received":
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    return _mail_content(message, envelope, request, source)


def _confirmed(envelope: Mapping[str, Any], request: RawRequest) -> Content:
    url = words(envelope, "SubscribeURL")
    if url is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    if CONFIRMATION in request.fetched:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    return Content(follow_ups=(FollowUp(CONFIRMATION, url),))


def _mail_content(
    message: dict[str, Any],
    envelope: Mapping[str, Any],
    request: RawRequest,
    source: SourceView,
) -> Content:
    receipt = object_of(message, "receipt")
    action = object_of(receipt, "action")
    letter = _letter(message, request)
    if letter is None and action.get("type") == "S3":
        return Content(follow_ups=(_stored(action, envelope, request, source),))
    # In a notification beside another action the headers are all there is.
    raw = Mail() if letter is None else raw_mail.read(mail_parts.words_only(letter))
    return mail_content(_mail(raw, message, receipt), source)


def _letter(message: dict[str, Any], request: RawRequest) -> bytes | None:
    """The raw mail, if it is here. Raises ChannelError(bad_encoding)."""
    content = words(message, "content")
    if content is None:
        return request.fetched.get(MAIL)
    action = object_of(object_of(message, "receipt"), "action")
    is_base64 = str(action.get("encoding")).upper() == "BASE64"
    return mail_hooks.raw_bytes(content, is_base64=is_base64)


def files(request: RawRequest) -> Sequence[Sequence[File]]:
    envelope = json_object(text_of(request.body, request.content_type))
    letter = _letter(json_object(words(envelope, "Message") or ""), request)
    return (mail_parts.files(letter or b""),)


def _stored(
    action: dict[str, Any], envelope: Mapping[str, Any], request: RawRequest, source: SourceView
) -> FollowUp:
    """The mail in its bucket. Raises ChannelError(needs_credentials)."""
    bucket, key = words(action, "bucketName"), words(action, "objectKey")
    topic = _TOPIC.fullmatch(as_text(envelope.get("TopicArn")) or "")
    region = as_text(source.options.get("region")) or (topic and topic[1])
    if not (bucket and key and region and request.received_at):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    access_key_id, secret = (source.secrets.get(name) for name in _SECRETS)
    if not (access_key_id and secret):
        raise ChannelError(QuarantineReason.NEEDS_CREDENTIALS)
    now = request.received_at.astimezone(UTC)
    url = presigned(
        *place_of(bucket, key, region=region),
        region=region,
        access_key_id=access_key_id,
        secret=secret,
        now=now,
    )
    return FollowUp(MAIL, url)


def _mail(raw: Mail, message: dict[str, Any], receipt: dict[str, Any]) -> Mail:
    mail = object_of(message, "mail")
    verdicts = [(f"{name}Verdict", name) for name in ("spam", "virus")]
    return replace(
        raw,
        headers=raw.headers or header_pairs(mail.get("headers")),
        envelope_from=as_text(mail.get("source")),
        recipients=mail_hooks.texts(receipt.get("recipients")),
        subject=None if raw.headers else words(object_of(mail, "commonHeaders"), "subject"),
        external_id=words(mail, "messageId"),
        spam=mail_hooks.failed(
            (name, object_of(receipt, member).get("status")) for member, name in verdicts
        ),
    )


CHANNEL = Channel(
    name="ses-sns",
    verify=verify,
    signature=_TYPE,
    parse=parse,
    files=files,
    delivery_key=delivery_key,
    secrets=_SECRETS,
    mail=True,
    evidence=evidence,
    fetch_hosts=_SNS_HOSTS | _BUCKET_HOSTS,
)
