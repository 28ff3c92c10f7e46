"""Signatures of exchanges: every vector passes; what they cover may not differ by a single bit."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.domain.requests import RawRequest, Unauthenticated
from tests.unit.intake.samples import FORM, SAMPLES, source

ZADARMA_SIGNED = {
    "NOTIFY_OUT_END": ("internal", "destination", "call_start"),
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
}


@dataclass(frozen=True)
class Proof:
    """`covered(request)` is what the signature says something about."""

    name: str
    adapter: str
    secrets: Mapping[str, str]
    request: RawRequest
    covered: Callable[[RawRequest], Any]

    def passes(self, request: RawRequest, secrets: Mapping[str, str] | None = None) -> bool:
        view = source(self.adapter, secrets=self.secrets if secrets is None else secrets)
        try:
            CHANNELS[self.adapter].verify(request, view)
        except Unauthenticated:
            return False
        return True


def _vectors(name: str) -> Any:
    return json.loads((SAMPLES / f"telephony/{name}.signature-vectors.json").read_bytes())


def _pairs(request: RawRequest) -> list[tuple[str, str]]:
    return parse_qsl(request.body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")


def _mango(vector: Mapping[str, str]) -> Proof:
    fields = {name: vector[name] for name in ("vpbx_api_key", "sign", "json")}
    secrets = {"api_key": vector["vpbx_api_key"], "api_salt": vector["vpbx_api_salt"]}
    request = RawRequest(rest="events/call", headers=FORM, body=urlencode(fields).encode())

    def covered(changed: RawRequest) -> Any:
        found = dict(_pairs(changed))
        return found.get("json"), found.get("vpbx_api_key"), found.get("sign", "").lower()

    return Proof(f"mango {vector['case']}", "mango", secrets, request, covered)


def _twilio(vector: Mapping[str, Any]) -> Proof:
    file = _vectors("twilio")
    params = (
        file["vectors"][0]["params"] if vector.get("params") == "same" else vector.get("params", {})
    )
    text = vector.get("json_body") or vector.get("form_body") or urlencode(params)
    headers = (*FORM, ("x-twilio-signature", vector["X-Twilio-Signature"]))
    request = RawRequest(headers=headers, body=text.encode(), public_url=vector["url"])

    def covered(changed: RawRequest) -> Any:
        if "json_body" in vector:
            return changed.body
        # Names and values are joined without separators, and order means nothing.
        return "".join(name + value for name, value in sorted(set(_pairs(changed))))

    secrets = {"auth_token": file["auth_token"]}
    return Proof(f"twilio {vector['url']}", "twilio", secrets, request, covered)


def _zadarma(vector: Mapping[str, Any]) -> Proof:
    fields = vector["fields"]
    names = ZADARMA_SIGNED.get(fields["event"], ("caller_id", "called_did", "call_start"))
    headers = (*FORM, ("signature", vector["Signature"]))
    request = RawRequest(headers=headers, body=urlencode(fields).encode())

    def covered(changed: RawRequest) -> Any:
        found = dict(_pairs(changed))
        event = found.get("event", "")
        now = ZADARMA_SIGNED.get(event, ("caller_id", "called_did", "call_start"))
        return "".join(found.get(name, "") for name in (names if now == names else now))

    secrets = {"secret": _vectors("zadarma")["secret"]}
    return Proof(f"zadarma {fields['event']}", "zadarma", secrets, request, covered)


PROOFS = (
    *map(_mango, _vectors("mango")["vectors"]),
    *map(_twilio, _vectors("twilio")["vectors"]),
    *map(_zadarma, _vectors("zadarma")["vectors"]),
)


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.name)
def test_a_vector_passes(proof: Proof) -> None:
    assert proof.passes(proof.request)


def _flipped(text: str, data: st.DataObject) -> str:
    raw = bytearray(text.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 6))
    return raw.decode("latin-1")


@given(st.sampled_from(PROOFS), st.data())
def test_a_flipped_bit_of_a_body_that_is_signed_fails(proof: Proof, data: st.DataObject) -> None:
    body = _flipped(proof.request.body.decode(), data).encode("latin-1")
    changed = replace(proof.request, body=body)
    assert not proof.passes(changed) or proof.covered(changed) == proof.covered(proof.request)


@given(st.sampled_from(PROOFS), st.data())
def test_a_flipped_bit_of_a_secret_or_of_a_signature_fails(
    proof: Proof, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(proof.secrets)))
    secrets = {**proof.secrets, name: _flipped(proof.secrets[name], data)}
    assert not proof.passes(proof.request, secrets)
    *head, (header, signature) = proof.request.headers
    if head:
        headers = (*head, (header, _flipped(signature, data)))
        assert not proof.passes(replace(proof.request, headers=headers))


@pytest.mark.parametrize("adapter", ["mango", "twilio", "zadarma", "megafon", "binotel"])
def test_without_a_secret_nothing_passes(adapter: str) -> None:
    proof = next((proof for proof in PROOFS if proof.adapter == adapter), None)
    request = proof.request if proof else RawRequest(headers=FORM, body=b"crm_token=&companyID=")
    for secrets in ({}, dict.fromkeys(CHANNELS[adapter].secrets, "")):
        with pytest.raises(Unauthenticated):
            CHANNELS[adapter].verify(request, source(adapter, secrets=secrets))
