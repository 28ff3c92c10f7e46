"""Mango Office: signed samples in full, phases ignored, missed by talk_time."""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, Content, RawRequest, Unauthenticated
from services.intake.domain.states import IgnoreReason
from tests.unit.intake.samples import FORM, SAMPLES, http, only, settled, source

MANGO = CHANNELS["mango"]
KEY, SALT = "1234567890qwerty", "test-salt-not-from-docs"
SOURCE = source("mango", secrets={"api_key": KEY, "api_salt": SALT})
TIMES = {"started_at": "2014-05-12T15:02:56Z", "ended_at": "2014-05-12T15:03:10Z"}


def sample(name: str) -> RawRequest:
    return http(f"telephony/mango.{name}.http", below="/mango/")


def signed(event: dict[str, Any] | str, *, rest: str = "events/summary") -> RawRequest:
    text = event if isinstance(event, str) else json.dumps(event)
    sign = hashlib.sha256((KEY + text + SALT).encode()).hexdigest()
    form = urlencode({"vpbx_api_key": KEY, "sign": sign, "json": text})
    return RawRequest(rest=rest, headers=FORM, body=form.encode())


def received(request: RawRequest) -> Content:
    MANGO.verify(request, SOURCE)
    return settled(MANGO.parse(request, SOURCE))


def test_incoming_answered() -> None:
    findings = received(sample("summary.incoming-answered"))
    assert findings.external_id == "232wc3e3w3s222"
    assert not findings.observed
    assert only(findings) == {
        "channel": "call",
        "external_id": "232wc3e3w3s222",
        "occurred_at": "2014-05-12T15:02:56Z",
        "contact": {"other": {"phone_raw": "7800123635242"}},
        "call": {
            **TIMES,
            "direction": "incoming",
            "outcome": "answered",
            "from": "7800123635242",
            "to": "7800123456789",
            "line": "7800123456789",
            "answered_at": "2014-05-12T15:03:00Z",
            "wait_seconds": 4,
            "talk_seconds": 10,
            "employee": "123",
            "provider_call_id": "232wc3e3w3s222",
        },
    }


def test_incoming_missed_although_entry_result_is_one() -> None:
    findings = received(sample("summary.incoming-missed-in-ivr"))
    assert only(findings) == {
        "channel": "call",
        "external_id": "232wc3e3w3s222",
        "occurred_at": "2014-05-12T15:02:56Z",
        "priority_class": "high",
        "contact": {"phones": ["+79000000000"]},
        "call": {
            **TIMES,
            "direction": "incoming",
            "outcome": "missed",
            "from": "+79000000000",
            "line": "7800123456789",
            "wait_seconds": 14,
            "talk_seconds": 0,
            "provider_call_id": "232wc3e3w3s222",
        },
    }


@pytest.mark.parametrize(
    ("name", "talk"),
    [
        (
            "outgoing-answered",
            {
                "outcome": "answered",
                "answered_at": "2014-05-12T15:03:00Z",
                "wait_seconds": 4,
                "talk_seconds": 10,
            },
        ),
        ("outgoing-failed", {"outcome": "failed", "wait_seconds": 14, "talk_seconds": 0}),
    ],
)
def test_outgoing_calls_are_observed(name: str, talk: dict[str, Any]) -> None:
    findings = received(sample(f"summary.{name}"))
    assert not findings.inquiries
    assert only(findings) == {
        "channel": "call",
        "external_id": "232wc3e3w3s222",
        "occurred_at": "2014-05-12T15:02:56Z",
        "contact": {"other": {"phone_raw": "7800123456789"}},
        "call": {
            **TIMES,
            **talk,
            "direction": "outgoing",
            "from": "sip:user1@хyz.mangosip.ru",
            "to": "7800123456789",
            "line": "+74953333357",
            "employee": "123",
            "provider_call_id": "232wc3e3w3s222",
        },
    }


@pytest.mark.parametrize(
    "name",
    [
        "call.appeared",
        "call.appeared-ivr",
        "call.connected",
        "call.transferred-disconnected",
        "recording.started",
    ],
)
def test_earlier_phases_are_ignored(name: str) -> None:
    findings = received(sample(name))
    assert findings.ignored == IgnoreReason.CALL_PHASE


@pytest.mark.parametrize("vector", json.loads(
    (SAMPLES / "telephony/mango.signature-vectors.json").read_bytes())["vectors"],
    ids=lambda vector: vector["case"],
)  # fmt: skip
def test_signature_vectors_good_and_flipped(vector: dict[str, str]) -> None:
    own = source(
        "mango",
        secrets={"api_key": vector["vpbx_api_key"], "api_salt": vector["vpbx_api_salt"]},
    )
    fields = {name: vector[name] for name in ("vpbx_api_key", "sign", "json")}
    MANGO.verify(RawRequest(body=urlencode(fields).encode()), own)
    for name, value in fields.items():
        flipped = value[:-1] + chr(ord(value[-1]) ^ 1)
        broken = urlencode({**fields, name: flipped}).encode()
        with pytest.raises(Unauthenticated):
            MANGO.verify(RawRequest(body=broken), own)


@pytest.mark.parametrize("secrets", [{}, {"api_key": KEY}, {"api_key": "", "api_salt": ""}])
def test_missing_secrets_never_verify(secrets: dict[str, str]) -> None:
    empty = {"vpbx_api_key": "", "json": "{}", "sign": hashlib.sha256(b"{}").hexdigest()}
    with pytest.raises(Unauthenticated):
        MANGO.verify(RawRequest(body=urlencode(empty).encode()), source("mango", secrets=secrets))


def test_types_may_wobble_and_the_caller_may_hide() -> None:
    event = {
        "entry_id": 42,
        "call_direction": "1",
        "from": {"number": "anonymous"},
        "to": {"extension": 7, "number": 84951234567},
        "create_time": "1399906976",
        "talk_time": "1399906980",
        "end_time": "1399906990",
    }
    draft = only(received(signed(event)))
    assert "contact" not in draft
    assert draft["call"]["employee"] == "7"
    assert draft["call"]["to"] == "+74951234567"
    assert (draft["call"]["wait_seconds"], draft["call"]["talk_seconds"]) == (4, 10)


def test_an_internal_call_is_observed_without_a_customer() -> None:
    event = {"entry_id": "e", "call_direction": 0, "from": {"extension": "1"}, "talk_time": 0}
    findings = received(signed(event))
    assert not findings.inquiries
    assert only(findings)["call"]["direction"] == "internal"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{", "bad_json"),
        ("[1]", "not_an_object"),
        ("", "empty"),
        ('{"entry_id": "e"}', "unknown_shape"),
        ('{"call_direction": 1}', "unknown_shape"),
        ('{"a":' * 5000, "too_deep"),
    ],
)
def test_broken_but_authentic_content(text: str, kind: str) -> None:
    with pytest.raises(ChannelError) as failure:
        received(signed(text))
    assert failure.value.reason == kind


def test_other_notifications_are_no_inquiries() -> None:
    assert received(signed({"text": "hi"}, rest="events/sms")).ignored == "not_an_inquiry"
