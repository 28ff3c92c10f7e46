"""How a body gets the proof that each provider of mail gives. SNS's signature is nobody's to make:
what is posted there is refused.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.intake.domain.requests import RawRequest
from shared.ids import new_id
from tests.attacks.form_proofs import Proof, unsigned
from tests.attacks.members import Headers, pairs_of, plain, with_members

KEY = "secret-of-the-mails"
PRIVATE = derive_private_key(20_261_127, SECP256R1())
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
SECRETS: Mapping[str, Mapping[str, str]] = {
    "mailgun": {"signing_key": KEY},
    "sendgrid": {"public_key": base64.b64encode(PUBLIC).decode()},
    "mandrill": {"webhook_key": KEY},
    "mailersend": {"secret": KEY},
    **{adapter: {} for adapter in ("ses-sns", "brevo", "mailjet", "sparkpost", "postal")},
}


def _mailgun(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    timestamp, token = str(int(time.time())), str(new_id())
    signature = hmac.new(KEY.encode(), (timestamp + token).encode(), hashlib.sha256).hexdigest()
    proof = {"timestamp": timestamp, "token": token, "signature": signature}
    is_event = "json" in request.content_type and request.body.lstrip().startswith(b"{")
    return with_members(request, {"signature": proof} if is_event else proof)


def _sendgrid(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    timestamp = str(int(time.time()))
    signature = PRIVATE.sign(timestamp.encode() + request.body, ECDSA(SHA256()))
    name = "X-Twilio-Email-Event-Webhook-"
    own = (
        (name + "Signature", base64.b64encode(signature).decode()),
        (name + "Timestamp", timestamp),
    )
    return (*plain(request.headers), *own), request.body


def _mandrill(url: str, request: RawRequest) -> tuple[Headers, bytes]:
    pairs = sorted(pairs_of(request.body.strip(b"\r\n")))
    text = url.encode() + b"".join(name + value for name, value in pairs)
    digest = base64.b64encode(hmac.digest(KEY.encode(), text, "sha1")).decode()
    return (*plain(request.headers), ("X-Mandrill-Signature", digest)), request.body


def _mailersend(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    digest = hmac.new(KEY.encode(), request.body, hashlib.sha256).hexdigest()
    return (*plain(request.headers), ("Signature", digest)), request.body


def _ses(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    """Without the certificate's address, which would be asked for it."""
    body = request.body.replace(b"SigningCert", b"signing-cert")
    return (*plain(request.headers), ("x-amz-sns-message-type", "Notification")), body


PROOFS: Mapping[str, Proof] = {
    "mailgun": _mailgun,
    "sendgrid": _sendgrid,
    "mandrill": _mandrill,
    "mailersend": _mailersend,
    "ses-sns": _ses,
    **dict.fromkeys(("brevo", "mailjet", "sparkpost", "postal"), unsigned),
}
