"""Twilio: published signature vectors, proxies and ports, statuses, answers."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, Content, RawRequest, Unauthenticated
from services.intake.domain.states import IgnoreReason
from tests.unit.intake.samples import FORM, SAMPLES, body, only, parse, settled, source

TWILIO = CHANNELS["twilio"]
VECTORS = json.loads((SAMPLES / "telephony/twilio.signature-vectors.json").read_bytes())
SOURCE = source("twilio", secrets={"auth_token": VECTORS["auth_token"]}, country="US")
URL = "https://crm.example/lf/intake/v1/hooks/tw/status"
TERMINAL = ["completed", "busy", "failed", "no-answer", "canceled"]


def vector_request(vector: dict[str, Any], *, public_url: str | None = None) -> RawRequest:
    first: dict[str, str] = VECTORS["vectors"][0]["params"]
    params = first if vector.get("params") == "same" else vector.get("params", {})
    content = vector.get("json_body") or vector.get("form_body") or urlencode(params)
    signature = ("x-twilio-signature", vector["X-Twilio-Signature"])
    url = public_url or vector["url"]
    return RawRequest(headers=(*FORM, signature), body=content.encode(), public_url=url)


def callback(**fields: str) -> RawRequest:
    sample = dict(parse_qsl(body("telephony/twilio.status-completed.form").decode()))
    params = {name: value for name, value in {**sample, **fields}.items() if value}
    return RawRequest(headers=FORM, body=urlencode(params).encode())


def read(request: RawRequest) -> Content:
    return settled(parse("twilio", request, country="US"))


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["url"])
def test_signature_vectors_good_and_flipped(vector: dict[str, Any]) -> None:
    request = vector_request(vector)
    TWILIO.verify(request, SOURCE)
    for broken in (
        RawRequest(headers=request.headers, body=request.body + b"1", public_url=vector["url"]),
        RawRequest(headers=request.headers, body=request.body, public_url=vector["url"] + "1"),
        RawRequest(headers=FORM, body=request.body, public_url=vector["url"]),
    ):
        with pytest.raises(Unauthenticated):
            TWILIO.verify(broken, SOURCE)


def test_the_port_may_be_seen_or_hidden_by_a_proxy() -> None:
    with_port, without = VECTORS["vectors"][1], VECTORS["vectors"][0]
    TWILIO.verify(vector_request(with_port, public_url=without["url"]), SOURCE)
    TWILIO.verify(vector_request(without, public_url=with_port["url"]), SOURCE)


@pytest.mark.parametrize("place", range(28))
def test_every_flipped_character_is_refused(place: int) -> None:
    vector = VECTORS["vectors"][0]
    signature = vector["X-Twilio-Signature"]
    flipped = signature[:place] + chr(ord(signature[place]) ^ 1) + signature[place + 1 :]
    with pytest.raises(Unauthenticated):
        TWILIO.verify(vector_request({**vector, "X-Twilio-Signature": flipped}), SOURCE)


def test_a_get_signs_the_url_alone() -> None:
    url = URL + "?CallSid=CA1&CallStatus=busy&From=%2B14158675309"
    digest = hmac.new(b"12345", url.encode(), hashlib.sha1).digest()
    request = RawRequest(
        method="GET",
        query=urlsplit(url).query,
        headers=(("x-twilio-signature", base64.b64encode(digest).decode()),),
        public_url=url,
    )
    TWILIO.verify(request, SOURCE)
    draft = only(read(request))
    assert draft["call"]["outcome"] == "busy"
    assert draft["contact"] == {"phones": ["+14158675309"]}


@pytest.mark.parametrize("secrets", [{}, {"auth_token": ""}])
def test_without_a_token_nothing_verifies(secrets: dict[str, str]) -> None:
    digest = hmac.new(b"", URL.encode(), hashlib.sha1).digest()
    signature = ("x-twilio-signature", base64.b64encode(digest).decode())
    with pytest.raises(Unauthenticated):
        TWILIO.verify(
            RawRequest(headers=(signature,), public_url=URL), source("twilio", secrets=secrets)
        )


@pytest.mark.parametrize("status", ["no-answer", "canceled"])
def test_nobody_answered_is_missed_and_urgent(status: str) -> None:
    draft = only(read(callback(CallStatus=status, CallDuration="")))
    assert draft["call"]["outcome"] == "missed"
    assert draft["call"]["talk_seconds"] == 0
    assert "answered_at" not in draft["call"]
    assert draft["priority_class"] == "high"


def test_a_completed_parent_whose_dial_nobody_took_is_missed() -> None:
    draft = only(read(callback(DialCallStatus="no-answer")))
    assert (draft["call"]["outcome"], draft["priority_class"]) == ("missed", "high")


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress", ""])
def test_earlier_phases_are_ignored(status: str) -> None:
    assert read(callback(CallStatus=status)).ignored == IgnoreReason.CALL_PHASE


@pytest.mark.parametrize("status", TERMINAL)
def test_child_legs_are_ignored(status: str) -> None:
    leg = callback(CallStatus=status, ParentCallSid="CA2", Direction="outbound-dial")
    assert read(leg).ignored == IgnoreReason.CALL_PHASE


def test_outgoing_calls_are_observed() -> None:
    findings = read(callback(Direction="outbound-api", CallerName="Not the customer"))
    assert not findings.inquiries
    draft = only(findings)
    assert draft["call"]["direction"] == "outgoing"
    assert draft["contact"] == {"phones": ["+18005551212"]}


@pytest.mark.parametrize("caller", ["anonymous", "Anonymous", "+266696687", "Restricted"])
def test_hidden_callers_have_no_phone(caller: str) -> None:
    draft = only(read(callback(From=caller)))
    assert "contact" not in draft
    assert draft["call"]["from"] == caller


def test_sip_callers_keep_their_address() -> None:
    assert only(read(callback(From="sip:a@b.c")))["contact"] == {"other": {"sip": "sip:a@b.c"}}


@pytest.mark.parametrize("rest", ["voice", "/voice/", "line-1/voice"])
def test_voice_is_answered_with_an_empty_response(rest: str) -> None:
    answer = TWILIO.answer(RawRequest(rest=rest), SOURCE, receipt_id=UUID(int=1), duplicate=False)
    assert (answer.status, answer.body, answer.content_type) == (200, b"<Response/>", "text/xml")


def test_callbacks_are_answered_with_silence() -> None:
    answer = TWILIO.answer(
        RawRequest(rest="status"), SOURCE, receipt_id=UUID(int=1), duplicate=True
    )
    assert (answer.status, answer.body, answer.content_type) == (204, b"", None)


def test_delivery_key_is_the_providers_token() -> None:
    request = RawRequest(headers=(("i-twilio-idempotency-token", "t-1"),))
    assert TWILIO.delivery_key(request) == "t-1"
    assert TWILIO.delivery_key(RawRequest()) is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "empty"), (b"CallStatus=busy", "unknown_shape"), (b"CallSid=%ff", "bad_encoding")],
)
def test_broken_content(content: bytes, kind: str) -> None:
    with pytest.raises(ChannelError) as failure:
        read(RawRequest(headers=FORM, body=content))
    assert failure.value.reason == kind
