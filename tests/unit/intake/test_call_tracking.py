"""Odd events of Aircall, CallRail, Roistat and Calltouch."""

import json
from typing import Any

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, Content, RawRequest, Unauthenticated
from services.intake.domain.states import IgnoreReason
from tests.unit.intake.reports import call, event, form, outcome, phones, report
from tests.unit.intake.samples import JSON, only, parse, source

NOT_AN_INQUIRY = Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
CALLRAIL: dict[str, Any] = {
    "id": 766970532,
    "answered": True,
    "direction": "inbound",
    "duration": "13",
    "customer_phone_number": "+12148654559",
    "tracking_phone_number": "+14045558514",
    "start_time": "2018-02-19T13:41:00.236-05:00",
}


def aircall(kind: str = "call.ended", **data: Any) -> Content:
    told = {"id": 9007199254740993, "direction": "inbound", "raw_digits": "+33 6 52 55 67 56"}
    return event("aircall", {"event": kind, "token": "t", "data": {**told, **data}})


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("call.ended", {"answered_at": 1584998205}, (True, "incoming", "answered")),
        ("call.ended", {"answered_at": None}, (True, "incoming", "missed")),
        ("call.ended", {"voicemail": "https://v.example"}, (True, "incoming", "voicemail")),
        ("call.ended", {"direction": "outbound"}, (True, "outgoing", "missed")),
        ("call.answered", {"answered_at": "1584998205"}, (False, "incoming", None)),
        ("call.voicemail_left", {}, (False, "incoming", "voicemail")),
        ("call.tagged", {}, (False, "incoming", None)),
    ],
)
def test_aircall(kind: str, data: dict[str, Any], expected: tuple[bool, str, str]) -> None:
    assert outcome(aircall(kind, **data)) == expected


def test_aircall_knows_the_caller_from_its_address_book() -> None:
    contact = {"first_name": "Ann", "last_name": "Lee", "company_name": "ACME"}
    told = report(aircall(contact=contact, tags=[{"name": "sales"}, 3], comments="none"))
    assert told.call_id == "9007199254740993"
    assert (told.draft.contact.name, told.draft.contact.company) == ("Ann Lee", "ACME")
    assert told.draft.fields == {"tags": ["sales"]}
    assert phones(aircall(raw_digits="anonymous")) == ()


def test_texts_and_contacts_of_aircall() -> None:
    draft = only(aircall("message.received", body="Hi", raw_digits="+33652556756"))
    assert (draft["channel"], draft["text"]) == ("chat", "Hi")
    assert aircall("contact.created") == NOT_AN_INQUIRY
    with pytest.raises(ChannelError):
        event("aircall", {"token": "t"})


@pytest.mark.parametrize("body", [b'{"token": 5}', b"{}", b"", b"[1]", b'{"token": "' + b"t" * 9])
def test_a_body_without_the_token_is_no_aircall(body: bytes) -> None:
    with pytest.raises(Unauthenticated):
        CHANNELS["aircall"].verify(RawRequest(body=body), source("aircall", secrets={"token": "t"}))


def test_the_token_of_aircall_may_be_a_number() -> None:
    request = RawRequest(headers=JSON, body=b'{"token": 123456}')
    CHANNELS["aircall"].verify(request, source("aircall", secrets={"token": "123456"}))


@pytest.mark.parametrize(
    ("rest", "changes", "expected"),
    [
        ("", {}, (True, "incoming", "answered")),
        ("post-call", {"answered": False, "duration": 4}, (True, "incoming", "missed")),
        ("post-call", {"voicemail": True, "answered": False}, (True, "incoming", "voicemail")),
        ("post_call", {"call_type": "voicemail"}, (True, "incoming", "voicemail")),
        ("pre-call", {"duration": None, "answered": None}, (False, "incoming", None)),
        ("call-modified", {"changes": ["tags"]}, (False, "incoming", "answered")),
        ("outbound-post-call", {"direction": None}, (True, "outgoing", "answered")),
    ],
)
def test_callrail(rest: str, changes: dict[str, Any], expected: tuple[bool, str, str]) -> None:
    assert outcome(event("callrail", {**CALLRAIL, **changes}, rest=rest)) == expected


@pytest.mark.parametrize("identifier", [766970532, "766970532", "CAL8154748ae6bd"])
def test_an_id_of_callrail_is_words(identifier: Any) -> None:
    told = report(event("callrail", {**CALLRAIL, "id": identifier, "value": "", "tags": []}))
    assert told.call_id == str(identifier)
    assert told.draft.fields == {}


def test_a_form_that_callrail_tracks_is_an_inquiry() -> None:
    told = {
        "id": "FRM1",
        "form_data": {"Your name": "Ann", "Phone": "(214) 865-4559", "Size": "XL"},
        "form_url": "https://shop.example/a",
        "utm_source": "google",
        "submitted_at": "2026-01-01T12:00:00Z",
    }
    assert only(event("callrail", told, rest="form-submission", country="US")) == {
        "channel": "form",
        "external_id": "FRM1",
        "occurred_at": "2026-01-01T12:00:00Z",
        "contact": {"name": "Ann", "phones": ["+12148654559"]},
        "campaign": {"utm_source": "google", "page_url": "https://shop.example/a"},
        "fields": {"Size": "XL"},
    }


def test_texts_of_callrail() -> None:
    text = {"id": 1, "content": "Hi", "customer_phone_number": "+12148654559"}
    draft = only(event("callrail", text, rest="text-message-received"))
    assert (draft["channel"], draft["text"]) == ("chat", "Hi")
    assert event("callrail", text, rest="text-message-sent") == NOT_AN_INQUIRY
    with pytest.raises(ChannelError):
        event("callrail", {"answered": True})


ROISTAT = {
    "id": "1",
    "caller": "79161234567",
    "callee": "74950102030",
    "date": "2024-01-15 10:30:00",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (False, "incoming", None)),
        ({"status": "ANSWER", "duration": "62"}, (True, "incoming", "answered")),
        ({"status": "NOANSWER"}, (True, "incoming", "missed")),
        ({"status": "CONGESTION"}, (True, "incoming", "failed")),
        ({"status": "SOMETHING"}, (True, "incoming", "failed")),
    ],
)
def test_roistat(changes: dict[str, str], expected: tuple[bool, str, str]) -> None:
    for content in (
        event("roistat", {**ROISTAT, **changes}),
        form("roistat", {**ROISTAT, **changes}),
    ):
        assert outcome(content) == expected
        assert phones(content) == ("+79161234567",)
        assert call(content)["started_at"] == "2024-01-15T07:30:00Z"


def test_roistat_by_query_and_with_custom_fields_as_a_list() -> None:
    asked = RawRequest("POST", query="id=1&caller=79161234567&status=BUSY")
    assert outcome(parse("roistat", asked)) == (True, "incoming", "busy")
    custom = [{"name": "utm_source", "value": "yandex"}, 5]
    told = report(event("roistat", {**ROISTAT, "custom_fields": custom}))
    assert told.draft.campaign.utm_source == "yandex"


def test_call_tracking_is_marked() -> None:
    marked = {name for name, channel in CHANNELS.items() if channel.tracking}
    assert marked >= {"roistat", "calltouch", "callrail"}
    assert "mango" not in marked


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({"callphase": "callconnected"}, (False, "incoming", None)),
        ({"callphase": "callcompleted", "duration": "40"}, (True, "incoming", "answered")),
        ({"callPhase": "calllost"}, (True, "incoming", "missed")),
        ({"callphase": "callcompleted", "successful": "false"}, (True, "incoming", "missed")),
        ({"status": "successful"}, (True, "incoming", "answered")),
    ],
)
def test_calltouch(pairs: dict[str, str], expected: tuple[bool, str, str]) -> None:
    told = {"id": "5", "callerphone": "79161234567", "phonenumber": "74950102030", **pairs}
    content = form("calltouch", told)
    assert outcome(content) == expected
    assert phones(content) == ("+79161234567",)
    assert call(content)["line"] == "+74950102030"


def test_a_request_of_calltouch_is_read_by_the_labels_of_a_form() -> None:
    told = {"requestId": 8, "fio": "Анна", "phoneNumber": "+79161234567", "comment": "Перезвоните"}
    draft = only(event("calltouch", told))
    assert (draft["channel"], draft["external_id"]) == ("form", "8")
    assert draft["contact"]["phones"] == ["+79161234567"]
    assert draft["text"] == "Перезвоните"


def test_what_calltouch_sends_without_an_id_is_kept() -> None:
    with pytest.raises(ChannelError):
        parse("calltouch", RawRequest(headers=JSON, body=json.dumps({"callphase": "a"}).encode()))
