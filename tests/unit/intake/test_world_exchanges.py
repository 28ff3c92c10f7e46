"""Odd events of Plivo and Vonage, and their answers."""

from typing import Any
from uuid import UUID

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import (
    Answer,
    Content,
    RawRequest,
)
from services.intake.domain.states import IgnoreReason
from tests.unit.intake.reports import call, event, form, outcome, phones, report
from tests.unit.intake.samples import FORM, only, source

NOT_AN_INQUIRY = Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
HIDDEN = ("anonymous", "Restricted", "Unknown", "")
PLIVO = {
    "CallUUID": "u-1",
    "From": "14158675309",
    "To": "18005551212",
    "Direction": "inbound",
    "CallStatus": "completed",
    "Event": "Hangup",
}
VONAGE = {
    "conversation_uuid": "CON-1",
    "uuid": "u-1",
    "from": "14158675309",
    "to": "18005551212",
    "direction": "inbound",
    "timestamp": "2026-01-01T12:00:00.000Z",
}


def answered(adapter: str, request: RawRequest) -> Answer:
    return CHANNELS[adapter].answer(
        request, source(adapter), receipt_id=UUID(int=1), duplicate=False
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (True, "incoming", "answered")),
        ({"CallStatus": "no-answer"}, (True, "incoming", "missed")),
        ({"CallStatus": "busy", "Direction": "outbound"}, (True, "outgoing", "busy")),
        ({"CallStatus": "ringing", "Event": "Ring"}, (False, "incoming", None)),
        ({"EndTime": "2026-01-01 12:00:00"}, (True, "incoming", "missed")),
        ({"ParentCallUUID": "u-0"}, (False, None, None)),
        ({"DialStatus": "no-answer", "Event": "DialAction"}, (False, "incoming", "missed")),
        ({"RecordUrl": "https://r.example/1", "Event": "Record"}, (False, "incoming", "answered")),
    ],
)
def test_plivo(changes: dict[str, str], expected: tuple[bool, str, str]) -> None:
    assert outcome(form("plivo", {**PLIVO, **changes})) == expected


def test_a_leg_of_plivo_belongs_to_its_parent() -> None:
    leg = report(form("plivo", {**PLIVO, "DialALegUUID": "u-0"}))
    assert (leg.call_id, leg.final, leg.draft.contact.phones) == ("u-0", False, ())


@pytest.mark.parametrize("caller", HIDDEN)
def test_a_hidden_caller_of_plivo_has_no_phone(caller: str) -> None:
    assert phones(form("plivo", {**PLIVO, "From": caller})) == ()


def test_a_sip_caller_of_plivo_keeps_their_address() -> None:
    told = report(form("plivo", {**PLIVO, "From": "sip:a@b.example"}))
    assert told.draft.contact.other == {"sip": "sip:a@b.example"}


def test_a_text_to_plivo_is_a_chat() -> None:
    text = {"MessageUUID": "m-1", "From": "14158675309", "To": "1800", "Text": "Call me"}
    draft = only(form("plivo", text))
    assert draft == {
        "channel": "chat",
        "external_id": "m-1",
        "contact": {"phones": ["+14158675309"]},
        "text": "Call me",
    }
    assert form("plivo", {"MessageUUID": "m-1", "Status": "delivered"}) == NOT_AN_INQUIRY


def test_plivo_is_given_xml_whatever_it_asked() -> None:
    answer = answered("plivo", RawRequest(headers=FORM))
    assert (answer.status, answer.body, answer.content_type) == (200, b"<Response/>", "text/xml")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "started"}, (False, "incoming", None)),
        ({"status": "answered"}, (False, "incoming", None)),
        ({"status": "completed", "start_time": None}, (True, "incoming", "missed")),
        (
            {"status": "completed", "start_time": VONAGE["timestamp"]},
            (True, "incoming", "answered"),
        ),
        ({"status": "completed", "duration": 3}, (True, "incoming", "answered")),
        ({"status": "timeout"}, (True, "incoming", "missed")),
        ({"status": "busy", "direction": "outbound"}, (True, "outgoing", "busy")),
        ({"recording_url": "https://r.example/1", "direction": None}, (False, None, None)),
    ],
)
def test_vonage(changes: dict[str, Any], expected: tuple[bool, str, str]) -> None:
    assert outcome(event("vonage", {**VONAGE, **changes})) == expected


def test_a_late_recording_of_vonage_only_adds_its_address() -> None:
    told = {"conversation_uuid": "CON-1", "recording_url": "https://r.example/1", "end_time": "x"}
    assert call(event("vonage", told)) == {
        "recording_url": "https://r.example/1",
        "provider_call_id": "CON-1",
    }


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        (RawRequest("GET", query="from=1&to=2&conversation_uuid=3"), 200, b"[]"),
        (RawRequest("POST", rest="answer"), 200, b"[]"),
        (RawRequest("GET", query="status=completed"), 204, b""),
        (RawRequest("POST", rest="event"), 204, b""),
    ],
)
def test_only_the_answer_url_of_vonage_is_given_what_to_do(
    request_: RawRequest, status: int, body: bytes
) -> None:
    answer = answered("vonage", request_)
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize("sender", [{"from": "447911123456"}, {"msisdn": "447911123456"}])
def test_a_text_to_vonage_is_a_chat(sender: dict[str, str]) -> None:
    draft = only(event("vonage", {"messageId": "m-1", "text": "Hi", **sender}))
    assert (draft["channel"], draft["text"], draft["external_id"]) == ("chat", "Hi", "m-1")
    assert draft["contact"] == {"phones": ["+447911123456"]}


def test_a_leg_that_we_dial_says_how_it_went_and_not_between_whom() -> None:
    told = {**VONAGE, "status": "completed", "direction": "outbound", "duration": 5}
    end, between = event("vonage", told).calls
    assert (end.final, between.final, end.call_id) == (True, False, between.call_id)
    assert end.draft.call is not None
    assert (end.draft.call.direction, end.draft.call.talk_seconds) == ("outgoing", 5)
    assert (end.draft.call.to, end.draft.contact.phones) == (None, ())
    assert between.draft.contact.phones == ("+18005551212",)


@pytest.mark.parametrize("callee", ["101", "sip:anna@pbx.example", "18005551212"])
def test_a_leg_to_an_employee_only_tells_who_took_the_call(callee: str) -> None:
    told = {**VONAGE, "status": "completed", "direction": "outbound", "to": callee, "duration": 5}
    content = event("vonage", told, own_numbers=("+1 800 555 1212",))
    assert outcome(content) == (False, None, None)
    assert call(content)["employee"] == callee.replace("18005", "+18005")
    assert phones(content) == ()
