"""Mango Office: signed samples, odd types, broken content behind a good signature."""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, Content, RawRequest, Unauthenticated
from tests.unit.intake.samples import FORM, SAMPLES, http, only, settled, source

MANGO = CHANNELS["mango"]
KEY, SALT = "1234567890qwerty", "test-salt-not-from-docs"
SOURCE = source("mango", secrets={"api_key": KEY, "api_salt": SALT})


def signed(event: dict[str, Any] | str, *, rest: str = "events/summary") -> RawRequest:
    text = event if isinstance(event, str) else json.dumps(event)
    sign = hashlib.sha256((KEY + text + SALT).encode()).hexdigest()
    form = urlencode({"vpbx_api_key": KEY, "sign": sign, "json": text})
    return RawRequest(rest=rest, headers=FORM, body=form.encode())


def received(request: RawRequest) -> Content:
    MANGO.verify(request, SOURCE)
    return settled(MANGO.parse(request, SOURCE))


def test_the_samples_are_signed() -> None:
    paths = list((SAMPLES / "telephony").glob("mango.*.http"))
    assert len(paths) > 5
    for path in paths:
        MANGO.verify(http(f"telephony/{path.name}", below="/mango/"), SOURCE)


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
