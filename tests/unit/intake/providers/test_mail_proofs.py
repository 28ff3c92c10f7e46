"""Proofs of providers of mail: each vector passes, and no single changed bit of what it covers."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import assume, given
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.channels.email import mailgun, ses_sns
from services.intake.domain.requests import RawRequest, Unauthenticated
from tests.unit.intake.providers.sample import NOON, SAMPLES, Sample
from tests.unit.intake.samples import source

MAIL = SAMPLES / "email"
URL = "https://leads.example/intake/v1/hooks/site-1"
PEM = (MAIL / "ses-sns.signing-cert.pem").read_bytes()
MESSAGES = json.loads((MAIL / "ses-sns.signature-vectors.json").read_text())["messages"]
SENDGRID_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62"
    "gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
SENDGRID_SIGNATURE = (
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluL"
    "tEZtM="
)
FORM = ("content-type", "application/x-www-form-urlencoded")
KEY = "key-of-the-tests"


@dataclass(frozen=True)
class Proof:
    """A request that proves its source; `covered` is what no bit may change in, by its name."""

    name: str
    adapter: str
    request: RawRequest
    secrets: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    covers_body: bool = True

    def passes(
        self, request: RawRequest | None = None, *, secrets: Mapping[str, str] | None = None
    ) -> bool:
        view = source(self.adapter, secrets={**self.secrets, **(secrets or {})})
        try:
            CHANNELS[self.adapter].verify(request or self.request, view)
        except Unauthenticated:
            return False
        return True


def _mailgun(key: str, timestamp: str, token: str, signature: str) -> Proof:
    body = urlencode(
        {"recipient": "a@b.example", "timestamp": timestamp, "token": token, "signature": signature}
    ).encode()
    moment = datetime.fromtimestamp(int(timestamp), UTC)
    request = RawRequest(headers=(FORM,), body=body, received_at=moment)
    return Proof(f"mailgun {timestamp}", "mailgun", request, {"signing_key": key}, (), False)


def _mailgun_sample(file: str) -> Proof:
    moment = datetime.fromtimestamp(1461261330, UTC)
    request = Sample(f"email/{file}", "mailgun", "", received_at=moment).request()
    return Proof(file, "mailgun", request, {"signing_key": "TEST_WEBHOOK_SIGNING_KEY"}, (), False)


def _sendgrid() -> Proof:
    headers = (
        ("x-twilio-email-event-webhook-signature", SENDGRID_SIGNATURE),
        ("x-twilio-email-event-webhook-timestamp", "1600112502"),
    )
    body = (MAIL / "sendgrid.event-webhook-signed.body").read_bytes()
    moment = datetime.fromtimestamp(1600112502, UTC)
    request = RawRequest(headers=headers, body=body, received_at=moment)
    names = tuple(name for name, _ in headers)
    return Proof("sendgrid", "sendgrid", request, {"public_key": SENDGRID_KEY}, names)


def sns_request(message: dict[str, Any]) -> RawRequest:
    return RawRequest(
        headers=(("x-amz-sns-message-type", message["Type"]),),
        body=json.dumps(message).encode(),
        received_at=datetime.fromisoformat(message["Timestamp"]),
        fetched={ses_sns.CERTIFICATE: PEM},
    )


def _mandrill() -> Proof:
    fields = {
        "mandrill_events": json.dumps([{"event": "inbound", "msg": {"text": "Здравствуйте"}}])
    }
    text = URL + "".join(name + value for name, value in sorted(fields.items()))
    digest = base64.b64encode(hmac.digest(KEY.encode(), text.encode(), "sha1")).decode()
    request = RawRequest(
        headers=(FORM, ("x-mandrill-signature", digest)),
        body=urlencode(fields).encode(),
        public_url=URL,
    )
    return Proof("mandrill", "mandrill", request, {"webhook_key": KEY}, ("x-mandrill-signature",))


def _mailersend() -> Proof:
    body = (MAIL / "mailersend.inbound.json").read_bytes()
    digest = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    request = RawRequest(headers=(("signature", digest),), body=body)
    return Proof("mailersend", "mailersend", request, {"secret": KEY}, ("signature",))


ALL = (
    _mailgun(
        "tbsy84uSV1Kt3ZJZELY2TmShPRs91E3yL4tzf96297vBCkDWgL",
        "1539112500",
        "7VwW7k6Ak7zcTwoSoNm7aTtbk1g67MKAnsYLfUB7PdszbgR5Xi",
        "ef24c5225322217bb065b80bb54eb4f9206d764e3e16abab07f0a64d1cf477cc",
    ),
    _mailgun_sample("mailgun.route-fields.http"),
    _mailgun_sample("mailgun.route-mime.http"),
    _mailgun_sample("mailgun.store-notify.form"),
    _sendgrid(),
    *(
        Proof(f"ses-sns {place}", "ses-sns", sns_request(message))
        for place, message in enumerate(MESSAGES)
    ),
    _mandrill(),
    _mailersend(),
)


@pytest.mark.parametrize("proof", ALL, ids=lambda proof: proof.name)
def test_the_vector_passes(proof: Proof) -> None:
    assert proof.passes()
    assert not proof.passes(replace(proof.request, body=b""))


def flipped(text: bytes, bit: int) -> bytes:
    place = bit % (8 * len(text))
    changed = text[place // 8] ^ (1 << place % 8)
    return text[: place // 8] + bytes([changed]) + text[place // 8 + 1 :]


def _is_same_key(key: bytes, other: bytes) -> bool:
    """Whether both spell one point: there are two ways to write it whole."""
    try:
        return bool(load_der_public_key(key) == load_der_public_key(other))
    except (ValueError, UnsupportedAlgorithm):
        return False


@given(proof=st.sampled_from([one for one in ALL if one.secrets]), bit=st.integers(0, 10**6))
def test_no_other_secret_passes(proof: Proof, bit: int) -> None:
    ((name, value),) = proof.secrets.items()
    if proof.adapter == "sendgrid":
        key, other_key = base64.b64decode(value), flipped(base64.b64decode(value), bit)
        assume(not _is_same_key(key, other_key))
        other = base64.b64encode(other_key).decode()
    else:
        other = flipped(value.encode("latin-1"), bit).decode("latin-1")
    assert not proof.passes(secrets={name: other})


@given(
    proof=st.sampled_from([one for one in ALL if one.covers_body and one.adapter != "ses-sns"]),
    bit=st.integers(0, 10**6),
)
def test_no_other_body_passes(proof: Proof, bit: int) -> None:
    body = flipped(proof.request.body, bit)
    if proof.adapter != "mandrill" or decoded(body) != decoded(proof.request.body):
        assert not proof.passes(replace(proof.request, body=body))


def decoded(body: bytes) -> bytes:
    """A form as it is signed: the letters of its escapes have two cases."""
    return body.upper().replace(b"+", b"%20")


@given(proof=st.sampled_from(ALL[:4]), bit=st.integers(0, 10**6))
def test_no_other_mailgun_triple_passes(proof: Proof, bit: int) -> None:
    timestamp, token, signature = mailgun._proof(proof.request)
    whole = flipped(timestamp + token + signature, bit)
    parts = {
        "timestamp": whole[: len(timestamp)],
        "token": whole[len(timestamp) : len(timestamp) + len(token)],
        "signature": whole[len(timestamp) + len(token) :],
    }
    body = urlencode({"recipient": "a", **parts}).encode()
    assert not proof.passes(replace(proof.request, headers=(FORM,), body=body))


@pytest.mark.parametrize(
    ("proof", "seconds"),
    [(ALL[0], 901), (ALL[0], -901), (ALL[4], 4 * 86_400), (ALL[5], 4 * 86_400)],
)
def test_an_old_moment_proves_nothing(proof: Proof, seconds: int) -> None:
    assert proof.request.received_at is not None
    later = proof.request.received_at + timedelta(seconds=seconds)
    assert not proof.passes(replace(proof.request, received_at=later))
    assert not proof.passes(replace(proof.request, received_at=None))


def test_mailgun_takes_no_lists_and_the_last_of_repeated_fields() -> None:
    proof = ALL[0]
    assert not proof.passes(
        replace(proof.request, body=proof.request.body.replace(b"signature=", b"signature[]="))
    )
    twice = b"signature=0&token=0&timestamp=0&" + proof.request.body
    assert proof.passes(replace(proof.request, body=twice))
    assert not proof.passes(replace(proof.request, body=proof.request.body + b"&token=0"))


def test_mailgun_proves_itself_before_its_files_have_come() -> None:
    proof = _mailgun_sample("mailgun.route-mime.http")
    boundary = b"--xYzZY"
    head, _ = proof.request.body.rsplit(boundary, 1)
    file = (
        b'\r\nContent-Disposition: form-data; name="attachment-1"; filename="a"\r\n\r\n' + b"." * 99
    )
    assert proof.passes(replace(proof.request, body=head + boundary + file))
    signature = head.rpartition(boundary)[0]
    assert not proof.passes(replace(proof.request, body=signature))
    assert mailgun.proof_follows(replace(proof.request, body=signature))


@pytest.mark.parametrize(
    "adapter", ["brevo", "mailjet", "sparkpost", "postal", "sendgrid", "mailersend"]
)
def test_the_key_is_the_proof_unless_something_is_misspelt(adapter: str) -> None:
    channel, request = CHANNELS[adapter], RawRequest(received_at=NOON)
    for verify in (channel.verify, channel.verify_early):
        verify(request, source(adapter))
        with pytest.raises(Unauthenticated):
            verify(request, source(adapter, secrets={"misspelt": "a"}))


def test_a_token_to_fetch_with_proves_no_sender() -> None:
    with_token = source("brevo", secrets={"access_token": "a-token"})
    assert with_token.key_is_the_secret
    CHANNELS["brevo"].verify_early(RawRequest(), with_token)
