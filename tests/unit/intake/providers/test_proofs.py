"""Published signatures pass, and nothing else does: not a bit of what they cover may differ."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.domain.requests import RawRequest, SourceView, Unauthenticated
from tests.support.provider_signatures import SECRETS, SIGNERS
from tests.unit.intake.providers.sample import NOON, SAMPLES
from tests.unit.intake.samples import source

FORM = ("content-type", "application/x-www-form-urlencoded")
JSON = ("content-type", "application/json")
URL = "https://leads.example/intake/v1/hooks/site-1"


@dataclass(frozen=True)
class Proof:
    """A signed request. `covers` are the headers of which no bit may differ, each from a place to
    one from its end; `body_is_signed` says the same of the body.
    """

    name: str
    adapter: str
    secrets: Mapping[str, str]
    request: RawRequest
    covers: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    body_is_signed: bool = True

    def view(self, **secrets: str) -> SourceView:
        return source(self.adapter, secrets={**self.secrets, **secrets})

    def passes(self, request: RawRequest | None = None) -> bool:
        return self._is_from(self.view(), request or self.request)

    def passes_with(self, **secrets: str) -> bool:
        return self._is_from(self.view(**secrets), self.request)

    def _is_from(self, view: SourceView, request: RawRequest) -> bool:
        try:
            CHANNELS[self.adapter].verify(request, view)
        except Unauthenticated:
            return False
        return True


def _vectors(room: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((SAMPLES / room).read_text())
    return vectors


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


GENERIC = _vectors("generic/signature-vectors.json")
V1A = GENERIC["standard_webhooks_v1a_ed25519"][0]
PLIVO = _vectors("telephony/plivo.signature-vectors.json")
VONAGE = _vectors("telephony/vonage.signed-jwt-vector.json")
WHOLE = (0, 0)


def standard(vector: Mapping[str, Any], secret: str, *, prefix: str = "webhook") -> Proof:
    letter, count = vector.get("body_repeat", ("", 0))
    headers = tuple(
        (f"{prefix}-{part}", str(vector[f"webhook-{part}"]))
        for part in ("id", "timestamp", "signature")
    )
    return Proof(
        f"standard webhooks of {vector['source'][:30]} {count}",
        "standard-webhooks",
        {"secret": secret},
        RawRequest(
            headers=headers,
            body=str(vector.get("body", letter * count)).encode(),
            received_at=_moment(vector["webhook-timestamp"]),
        ),
        {f"{prefix}-id": WHOLE, f"{prefix}-timestamp": WHOLE},
    )


def _github() -> Proof:
    (vector,) = GENERIC["github_x_hub_signature_256"]
    header = ("x-hub-signature-256", vector["X-Hub-Signature-256"])
    request = RawRequest(headers=(header,), body=vector["body"].encode())
    return Proof("GitHub", "generic-json", {"secret": vector["secret"]}, request)


def _plivo_v2() -> Proof:
    headers = (
        ("x-plivo-signature-v2", PLIVO["X-Plivo-Signature-V2"]),
        ("x-plivo-signature-v2-nonce", PLIVO["X-Plivo-Signature-V2-Nonce"]),
    )
    request = RawRequest(headers=headers, body=b"a=1", public_url=PLIVO["url"])
    return Proof(
        "Plivo V2",
        "plivo",
        {"auth_token": PLIVO["auth_token"]},
        request,
        {"x-plivo-signature-v2-nonce": WHOLE},
        body_is_signed=False,
    )


def _vonage() -> Proof:
    header = ("authorization", f"Bearer {VONAGE['Authorization_bearer']}")
    request = RawRequest("GET", headers=(header,), received_at=_moment(1697634680))
    return Proof(
        "Vonage",
        "vonage",
        {"signature_secret": VONAGE["signature_secret"]},
        request,
        {"authorization": (7, 2)},
    )


def _callrail() -> Proof:
    body = (SAMPLES / "telephony/callrail.docs-signed.json").read_bytes()
    header = ("signature", "UZAHbUdfm3GqL7qzilGozGzWV64=")
    secrets = {"signing_key": "072e77e426f92738a72fe23c4d1953b4"}
    return Proof("CallRail", "callrail", secrets, RawRequest(headers=(header,), body=body))


def reference(
    adapter: str, covers: Mapping[str, tuple[int, int]], body: bytes = b'{"a": 1}'
) -> Proof:
    """A request that the reference signs, where nothing is published or not for the body."""
    kind = FORM if adapter == "plivo" else JSON
    headers = SIGNERS[adapter](URL, body, NOON)
    pairs = ((name.lower(), value) for name, value in headers.items())
    request = RawRequest(headers=(kind, *pairs), body=body, public_url=URL, received_at=NOON)
    return Proof(f"reference of {adapter}", adapter, SECRETS[adapter], request, covers)


GOOD = [vector for vector in GENERIC["standard_webhooks_v1"] if not vector.get("negative")]
BAD = [vector for vector in GENERIC["standard_webhooks_v1"] if vector.get("negative")]
PROOFS = (
    *(standard(vector, vector["secret"]) for vector in GOOD),
    standard(GOOD[0], GOOD[0]["secret"], prefix="svix"),
    standard(V1A, V1A["public_key"]),
    _github(),
    _plivo_v2(),
    _vonage(),
    _callrail(),
    reference("plivo", {"x-plivo-signature-v3-nonce": WHOLE}, b"CallUUID=1&From=2&To="),
    reference("vonage", {"authorization": (7, 2)}),
    reference("telnyx", {"telnyx-timestamp": WHOLE}),
    reference("asterisk", {"webhook-timestamp": WHOLE, "webhook-id": WHOLE}),
)
NAMED = pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.name)


def flipped(text: str, place: int, bit: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ (1 << bit)) + text[place + 1 :]


@NAMED
def test_a_published_signature_passes(proof: Proof) -> None:
    assert proof.passes()


@NAMED
@settings(max_examples=50)
@given(data=st.data())
def test_no_bit_of_the_body_may_differ(proof: Proof, data: st.DataObject) -> None:
    if not proof.body_is_signed or not proof.request.body:
        return
    body = bytearray(proof.request.body)
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not proof.passes(replace(proof.request, body=bytes(body)))


@NAMED
@settings(max_examples=50)
@given(data=st.data())
def test_no_bit_of_the_signed_headers_may_differ(proof: Proof, data: st.DataObject) -> None:
    if not proof.covers:
        return
    name = data.draw(st.sampled_from(sorted(proof.covers)))
    value, (start, end) = proof.request.header(name) or "", proof.covers[name]
    place = data.draw(st.integers(start, len(value) - 1 - end))
    changed = flipped(value, place, data.draw(st.integers(0, 6)))
    headers = tuple(pair for pair in proof.request.headers if pair[0] != name)
    assert not proof.passes(replace(proof.request, headers=(*headers, (name, changed))))


@NAMED
@settings(max_examples=50)
@given(data=st.data())
def test_no_bit_of_a_secret_may_differ(proof: Proof, data: st.DataObject) -> None:
    name, value = data.draw(st.sampled_from(sorted(proof.secrets.items())))
    place, bit = data.draw(st.integers(0, len(value) - 1)), data.draw(st.integers(0, 6))
    assert not proof.passes_with(**{name: flipped(value, place, bit)})


@NAMED
def test_an_empty_secret_proves_nothing(proof: Proof) -> None:
    assert not proof.passes_with(**dict.fromkeys(proof.secrets, ""))


@pytest.mark.parametrize("vector", BAD)
def test_the_published_wrong_signature_is_refused(vector: dict[str, Any]) -> None:
    assert not standard(vector, vector["secret"]).passes()


def test_the_published_wrong_secrets_are_refused() -> None:
    assert not _plivo_v2().passes_with(auth_token=PLIVO["wrong_auth_token_must_fail"])
    assert not _vonage().passes_with(signature_secret=VONAGE["wrong_secret_must_fail"])


UNTIMED = ("generic-json", "callrail", "plivo")  # they sign no moment
TIMED = [proof for proof in PROOFS if proof.adapter not in UNTIMED]


@pytest.mark.parametrize("proof", TIMED, ids=lambda proof: proof.name)
@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_moment_that_is_far_from_the_receipt_proves_nothing(proof: Proof, seconds: int) -> None:
    assert proof.request.received_at is not None
    moment = proof.request.received_at + timedelta(seconds=seconds)
    assert not proof.passes(replace(proof.request, received_at=moment))
    assert not proof.passes(replace(proof.request, received_at=None))
