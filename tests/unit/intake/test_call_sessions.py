"""Odd events of Telnyx and RingCentral, whose sessions are whole calls, and a handshake."""

from typing import Any

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason
from tests.unit.intake.reports import call, event, outcome, report
from tests.unit.intake.samples import only, source

NOT_AN_INQUIRY = Content(ignored=IgnoreReason.NOT_AN_INQUIRY)


def telnyx(kind: str, **payload: Any) -> Content:
    told = {"call_session_id": "s-1", "from": "+12182950349", "direction": "incoming", **payload}
    moment = "2026-01-01T12:00:00.5Z"
    data = {"event_type": kind, "id": "e-1", "occurred_at": moment, "payload": told}
    return event("telnyx", {"data": data})


@pytest.mark.parametrize(
    ("cause", "code", "expected"),
    [
        ("normal_clearing", "200", "answered"),
        ("normal_clearing", 487, "missed"),
        ("originator_cancel", None, "missed"),
        ("user_busy", "486", "busy"),
        ("not_found", "404", "failed"),
        (None, None, "answered"),
    ],
)
def test_telnyx(cause: str | None, code: Any, expected: str) -> None:
    told = telnyx("call.hangup", hangup_cause=cause, sip_hangup_cause=code)
    assert outcome(told) == (True, "incoming", expected)


def test_phases_and_recordings_of_telnyx_add_what_they_know() -> None:
    assert call(telnyx("call.answered"))["answered_at"] == "2026-01-01T12:00:00.500000Z"
    saved = telnyx("call.recording.saved", recording_urls={"mp3": "https://r.example/1"})
    assert call(saved)["recording_url"] == "https://r.example/1"
    assert not report(saved).final


def test_texts_to_telnyx() -> None:
    sender = {"phone_number": "+12182950349"}
    assert only(telnyx("message.received", id="m", text="Hi", **{"from": sender}))["text"] == "Hi"
    assert telnyx("message.sent", id="m", text="Hi") == NOT_AN_INQUIRY
    with pytest.raises(ChannelError):
        event("telnyx", {"data": {}})


def ringcentral(code: str, **party: Any) -> Content:
    sides = {"from": {"phoneNumber": "+14083388064"}, "to": {"extensionNumber": 101}}
    told = {"direction": "Inbound", **sides, "status": {"code": code}, **party}
    session = {"telephonySessionId": "s-1", "eventTime": "2026-01-01T12:00:00Z", "parties": [told]}
    return event("ringcentral", {"event": "/telephony/sessions", "body": session})


@pytest.mark.parametrize(
    ("code", "party", "expected"),
    [
        ("Proceeding", {}, (False, "incoming", None)),
        ("Disconnected", {}, (True, "incoming", "answered")),
        ("Disconnected", {"missedCall": "true"}, (True, "incoming", "missed")),
        ("VoiceMail", {}, (True, "incoming", "voicemail")),
        ("Gone", {}, (False, "incoming", None)),
        (
            "Disconnected",
            {"status": {"code": "Disconnected", "reason": "Pickup"}},
            (False, "incoming", None),
        ),
        ("Disconnected", {"direction": "Outbound"}, (True, "outgoing", "answered")),
        (
            "Disconnected",
            {"from": {"extensionId": "1"}, "to": {"extensionId": "2"}},
            (True, "internal", "answered"),
        ),
    ],
)
def test_ringcentral(code: str, party: dict[str, Any], expected: tuple[bool, str, str]) -> None:
    assert outcome(ringcentral(code, **party)) == expected


def test_the_employee_of_ringcentral_is_the_extension() -> None:
    assert call(ringcentral("Disconnected"))["employee"] == "101"


def test_ringcentral_texts_and_others() -> None:
    text = {"type": "SMS", "direction": "Inbound", "id": 7, "subject": "Hi"}
    draft = only(event("ringcentral", {"event": "/sms", "body": {**text, "from": {}}}))
    assert (draft["channel"], draft["external_id"], draft["text"]) == ("chat", "7", "Hi")
    assert event("ringcentral", {"event": "/presence", "body": {}}) == NOT_AN_INQUIRY


def test_ringcentral_is_given_its_token_in_the_same_header() -> None:
    shake = CHANNELS["ringcentral"].handshake
    token = ("validation-token", "a-token")
    answer = shake(RawRequest(headers=(token,)), source("ringcentral"))
    assert answer == Answer(200, headers=(("Validation-Token", "a-token"),))
    delivery = RawRequest(headers=(token,), body=b'{"uuid": "1", "event": "/x"}')
    assert shake(delivery, source("ringcentral")) is None
    assert shake(RawRequest(headers=(("validation-token", "a" * 501),)), source("a")) is None
    assert shake(RawRequest(), source("ringcentral")) is None


@pytest.mark.parametrize("name", ["verification-token", "validation-token"])
def test_ringcentral_proves_itself_in_either_header(name: str) -> None:
    channel, view = CHANNELS["ringcentral"], source("a", secrets={"verification_token": "t"})
    channel.verify(RawRequest(headers=((name, "t"),)), view)
    with pytest.raises(Unauthenticated):
        channel.verify(RawRequest(headers=((name, "u"),)), view)
