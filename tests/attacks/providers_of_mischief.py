"""Every adapter's source on the attacked system, and how a body gets the proof that it asks for."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from services.intake.channels.parsing import forms
from services.intake.domain.requests import ChannelError, RawRequest
from shared.clock import system_clock
from tests.attacks import exchange_proofs, form_proofs, mail_proofs
from tests.attacks.form_proofs import unsigned
from tests.attacks.members import Headers, plain, with_members
from tests.attacks.shots import Shot
from tests.support.provider_signatures import SECRETS as OF_EXCHANGES
from tests.support.provider_signatures import SIGNERS
from tests.support.stack import Stack

SECRETS: dict[str, Mapping[str, str]] = {
    "tilda": {},
    "typeform": {"secret": "secret-of-typeform"},
    "twilio": {"auth_token": "token-of-twilio"},
    "postmark": {"username": "postmark", "password": "password-of-postmark"},
    "generic-json": {"secret": "secret-of-generic"},
    **OF_EXCHANGES,
    "roistat": {},
    "calltouch": {},
    **form_proofs.SECRETS,
    **mail_proofs.SECRETS,
    **exchange_proofs.SECRETS,
}


SMTP = "smtp"  # takes mails, at a door of its own


@dataclass(eq=False)
class Providers:
    """The sources by adapter, made on `stack` by `configure`, and the native API."""

    stack: Stack
    tag: str
    source_ids: list[str] = field(default_factory=list)
    token: str = ""

    async def configure(self) -> None:
        self.token = self.stack.token()
        async with self.stack.client() as client:
            for adapter, secrets in {**SECRETS, SMTP: {}}.items():
                body: dict[str, Any] = {"key": self.key(adapter), "adapter": adapter}
                if secrets:
                    body["secrets"] = dict(secrets)
                answer = await client.post("/intake/v1/sources", json=body)
                assert answer.status_code == 201, answer.text
                self.source_ids.append(answer.json()["source_id"])

    async def disable(self) -> None:
        async with self.stack.client() as client:
            for adapter in (*SECRETS, SMTP):
                await client.delete(f"/intake/v1/sources/{self.key(adapter)}")

    @property
    def mailbox(self) -> str:
        return f"{self.key(SMTP)}@leads.example"

    def key(self, adapter: str) -> str:
        return f"{self.tag}-{adapter}"

    def shot(self, adapter: str, request: RawRequest) -> Shot:
        """The request as that provider would send it, with a proof that holds."""
        if adapter == "native":
            proof = (("Authorization", f"Bearer {self.token}"),)
            return Shot("/intake/v1/inquiries", plain(request.headers) + proof, request.body)
        rest = "/" + quote(request.rest) if request.rest else ""
        path = f"/intake/v1/hooks/{self.key(adapter)}{rest}"
        headers, body = _PROOFS[adapter](self.stack.url + path, request)
        return Shot(path, headers, body, request.method)


def _hmac(header: str, secret: str, shown: Callable[[bytes], str]) -> Any:
    def signed(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
        digest = hmac.new(secret.encode(), request.body, hashlib.sha256).digest()
        return (*plain(request.headers), (header, "sha256=" + shown(digest))), request.body

    return signed


def _basic(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    login = base64.b64encode(b"postmark:password-of-postmark").decode()
    return (*plain(request.headers), ("Authorization", f"Basic {login}")), request.body


def _twilio(url: str, request: RawRequest) -> tuple[Headers, bytes]:
    try:
        pairs = sorted(set(forms.byte_pairs(request.body)))
    except ChannelError:
        pairs = []
    signed = url.encode() + b"".join(name + value for name, value in pairs)
    token = SECRETS["twilio"]["auth_token"].encode()
    digest = base64.b64encode(hmac.new(token, signed, hashlib.sha1).digest()).decode()
    return (*plain(request.headers), ("X-Twilio-Signature", digest)), request.body


def _signed_as(adapter: str) -> Any:
    """The body with the headers that the provider's reference makes; Aircall's with its token."""

    def signed(url: str, request: RawRequest) -> tuple[Headers, bytes]:
        if adapter == "aircall":
            return with_members(request, SECRETS["aircall"])
        try:
            headers = SIGNERS[adapter](url, request.body, system_clock())
        except ValueError:
            headers = {}  # what is no form has no signature: the door refuses it
        return (*plain(request.headers), *headers.items()), request.body

    return signed


_PROOFS: dict[str, Callable[[str, RawRequest], tuple[Headers, bytes]]] = {
    "tilda": unsigned,
    "typeform": _hmac(
        "Typeform-Signature",
        SECRETS["typeform"]["secret"],
        lambda raw: base64.b64encode(raw).decode(),
    ),
    "twilio": _twilio,
    "postmark": _basic,
    **{adapter: _signed_as(adapter) for adapter in SIGNERS},
    **form_proofs.PROOFS,
    **mail_proofs.PROOFS,
    **exchange_proofs.PROOFS,
    "generic-json": _hmac(
        "X-Hub-Signature-256", SECRETS["generic-json"]["secret"], lambda raw: raw.hex()
    ),
}
ADAPTERS = (*SECRETS, "native")


def proven(adapter: str, request: RawRequest, url: str) -> RawRequest:
    """The request with the proof of its adapter, as its channel is given it."""
    headers, body = _PROOFS[adapter](url, request)
    lower = tuple((name.lower(), value) for name, value in headers)
    return replace(request, headers=lower, body=body, public_url=url, received_at=system_clock())
