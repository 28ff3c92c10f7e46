"""Signature vectors: each passes, and no single changed bit of body, moment or secret does."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.domain.requests import RawRequest, Unauthenticated
from tests.unit.intake.providers.sample import NOON, SAMPLES
from tests.unit.intake.samples import source

URL = "https://leads.example/intake/v1/hooks/site-1"
SECONDS = int(NOON.timestamp())
BODY = b'{"lead_id": "17", "event": "invitee.created", "payload": {}}'
KEY = "signing-key-of-the-tests"


@dataclass(frozen=True)
class Proof:
    """A request that proves its source by its body, and by a moment where `moment` names its
    header.
    """

    name: str
    adapter: str
    request: RawRequest
    secrets: Mapping[str, str]
    moment: str | None = None


def _digest(text: bytes) -> bytes:
    return hmac.new(KEY.encode(), text, hashlib.sha256).digest()


def _posted(*headers: tuple[str, str], body: bytes = BODY, url: str = URL) -> RawRequest:
    return RawRequest(headers=headers, body=body, public_url=url, received_at=NOON)


def _hubspot() -> Iterator[Proof]:
    document = json.loads((SAMPLES / "forms/hubspot.signature-vectors.json").read_text())
    secrets = {"client_secret": document["clientSecret"]}
    for number, vector in enumerate(document["vectors"]):
        request = RawRequest(
            vector.get("method", "POST"),
            headers=(("x-hubspot-signature", vector["signature"]),),
            body=vector["body"].encode(),
            public_url=vector.get("url", URL),
            received_at=NOON,
        )
        yield Proof(f"hubspot {vector['version']} {number}", "hubspot", request, secrets)
    stamp = str(SECONDS * 1000)
    for spelling, signed in ((f"{URL}?to=a%40b", f"{URL}?to=a@b"), (f"{URL}?a=%20b",) * 2):
        text = b"POST" + signed.encode() + BODY + stamp.encode()
        headers = (
            ("x-hubspot-signature-v3", base64.b64encode(_digest(text)).decode()),
            ("x-hubspot-request-timestamp", stamp),
        )
        yield Proof(
            f"hubspot v3 {signed}",
            "hubspot",
            _posted(*headers, url=spelling),
            {"client_secret": KEY},
            "x-hubspot-request-timestamp",
        )


def _timed(adapter: str, header: str, secret: str, name: str) -> Proof:
    signature = _digest(f"{SECONDS}.".encode() + BODY).hex()
    request = _posted((header, f"t={SECONDS},{name}={signature}"))
    return Proof(adapter, adapter, request, {secret: KEY}, header)


def _forms() -> Iterator[Proof]:
    yield from _hubspot()
    yield _timed("calendly", "calendly-webhook-signature", "signing_key", "v1")
    yield _timed("tiktok-lead-gen", "tiktok-signature", "app_secret", "s")
    stamp = str(SECONDS * 1000)
    webflow = _digest(stamp.encode() + b":" + BODY).hex()
    yield Proof(
        "webflow",
        "webflow",
        _posted(("x-webflow-timestamp", stamp), ("x-webflow-signature", webflow)),
        {"secret": KEY},
        "x-webflow-timestamp",
    )
    meta = {"app_secret": KEY, "verify_token": "v", "access_token": "a"}
    header = ("x-hub-signature-256", "sha256=" + _digest(BODY).hex())
    yield Proof("meta-lead-ads", "meta-lead-ads", _posted(header), meta)
    linkedin = _digest(b"hmacsha256=" + BODY).hex()
    for prefix in ("", "hmacsha256="):
        request = _posted(("x-li-signature", prefix + linkedin))
        yield Proof(f"linkedin {prefix}", "linkedin-lead-gen", request, {"client_secret": KEY})
    typeform = "sha256=" + base64.b64encode(_digest(BODY)).decode()
    yield Proof("typeform", "typeform", _posted(("typeform-signature", typeform)), {"secret": KEY})


ALL = (*_forms(),)
TIMED = tuple(proof for proof in ALL if proof.moment)


def _passes(proof: Proof) -> bool:
    try:
        CHANNELS[proof.adapter].verify(
            proof.request, source(proof.adapter, secrets=dict(proof.secrets))
        )
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize("proof", ALL, ids=lambda proof: proof.name)
def test_the_vector_passes(proof: Proof) -> None:
    assert _passes(proof)
    assert not _passes(replace(proof, request=replace(proof.request, headers=())))


def _flipped(text: bytes, bit: int) -> bytes:
    place = bit % (8 * len(text))
    changed = text[place // 8] ^ (1 << place % 8)
    return text[: place // 8] + bytes([changed]) + text[place // 8 + 1 :]


def _of_body(proof: Proof, bit: int) -> Proof:
    body = _flipped(proof.request.body, bit) if proof.request.body else b"\0"
    return replace(proof, request=replace(proof.request, body=body))


def _of_secret(proof: Proof, bit: int) -> Proof:
    signing = next(iter(proof.secrets))
    # Each letter stands for one byte: so any bit gives a text that can be a secret.
    changed = _flipped(proof.secrets[signing].encode("latin-1"), bit).decode("latin-1")
    return replace(proof, secrets={**proof.secrets, signing: changed})


def _of_moment(proof: Proof, bit: int) -> Proof:
    """The digits of the moment, wherever they stand in its header."""
    headers = []
    for name, value in proof.request.headers:
        if name == proof.moment:
            begin = value.index(str(SECONDS))
            digits = value[begin:].partition(",")[0]
            changed = _flipped(digits.encode("latin-1"), bit).decode("latin-1")
            value = value[:begin] + changed + value[begin + len(digits) :]  # noqa: PLW2901
        headers.append((name, value))
    return replace(proof, request=replace(proof.request, headers=tuple(headers)))


CHANGES: dict[str, Callable[[Proof, int], Proof]] = {"body": _of_body, "secret": _of_secret}


@given(proof=st.sampled_from(ALL), what=st.sampled_from(sorted(CHANGES)), bit=st.integers(0, 9999))
def test_no_changed_bit_passes(proof: Proof, what: str, bit: int) -> None:
    assert not _passes(CHANGES[what](proof, bit))


@given(proof=st.sampled_from(TIMED), bit=st.integers(0, 9999))
def test_no_changed_bit_of_the_moment_passes(proof: Proof, bit: int) -> None:
    assert not _passes(_of_moment(proof, bit))


@pytest.mark.parametrize("proof", TIMED, ids=lambda proof: proof.name)
@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_an_old_proof_proves_nothing(proof: Proof, seconds: int) -> None:
    moment = NOON + timedelta(seconds=seconds)
    assert not _passes(replace(proof, request=replace(proof.request, received_at=moment)))
    nearly = NOON + timedelta(seconds=299 if seconds > 0 else -299)
    assert _passes(replace(proof, request=replace(proof.request, received_at=nearly)))
