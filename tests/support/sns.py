"""Amazon SNS as far as a test needs it: a certificate of its own, and messages signed with it."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

HOST = "sns.eu-west-1.amazonaws.com"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:mails"
SIGNED = (
    "Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    built = built.public_key(_key().public_key()).serial_number(1)
    built = built.not_valid_before(now).not_valid_after(now + timedelta(days=365))
    return built.sign(_key(), SHA256()).public_bytes(Encoding.PEM)


@dataclass(frozen=True)
class SnsMessage:
    """`path` is where the certificate lies on SNS's host."""

    moment: datetime
    message: str = "Hello"
    kind: str = "Notification"
    number: int = 1
    path: str = "/SimpleNotificationService-1.pem"
    version: str = "2"
    more: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        members: dict[str, Any] = {
            "Type": self.kind,
            "MessageId": f"message-{self.number}",
            "TopicArn": TOPIC,
            "Message": self.message,
            "Timestamp": f"{self.moment:%Y-%m-%dT%H:%M:%S.000Z}",
            **self.more,
        }
        text = "".join(f"{name}\n{members[name]}\n" for name in SIGNED if name in members)
        algorithm: HashAlgorithm = SHA256() if self.version == "2" else SHA1()
        signature = _key().sign(text.encode(), padding.PKCS1v15(), algorithm)
        members["SignatureVersion"] = self.version
        members["Signature"] = base64.b64encode(signature).decode()
        members["SigningCertURL"] = f"https://{HOST}{self.path}"
        return json.dumps(members).encode()

    @property
    def headers(self) -> dict[str, str]:
        return {
            "content-type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": self.kind,
            "x-amz-sns-message-id": f"message-{self.number}",
        }
