"""Exchanges: exact answers and handshakes, and what they send when it is odd."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, Content, RawRequest, Unauthenticated
from tests.unit.intake.samples import FORM, JSON, only, parse, settled, source

XML = (("content-type", "application/xml"),)
XSI = "http://schema.broadsoft.com/xsi"


def form(**fields: Any) -> RawRequest:
    return RawRequest(headers=FORM, body=urlencode(fields).encode())


def xsi(call: str, *, kind: str = "CallReleasedEvent", before: str = "") -> RawRequest:
    """An event with whatever prefixes, here none for its own namespace."""
    text = (
        f'{before}<Event xmlns="{XSI}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
        f'<targetId>anna@b.example</targetId><eventData i:type="x:{kind}">'
        f"<call>{call}</call></eventData></Event>"
    )
    return RawRequest(headers=XML, body=text.encode())


@pytest.mark.parametrize(
    ("adapter", "status", "body"),
    [
        ("binotel", 200, b'{"status":"success"}'),
        ("sipuni", 200, b'{"success": true}'),
        ("megafon", 200, b"{}"),
        ("zadarma", 200, b"ok"),
        ("uis", 200, b"ok"),
        ("beeline-xsi", 200, b"ok"),
        ("onlinepbx", 200, b"ok"),
        ("mango", 200, b"ok"),
    ],
)
@pytest.mark.parametrize("duplicate", [False, True])
def test_what_an_exchange_is_answered(
    adapter: str, status: int, body: bytes, *, duplicate: bool
) -> None:
    answer = CHANNELS[adapter].answer(
        form(), source(adapter), receipt_id=UUID(int=1), duplicate=duplicate
    )
    assert (answer.status, answer.body) == (status, body)


def test_zadarma_gets_its_word_back() -> None:
    def echoed(method: str, query: str) -> Any:
        return CHANNELS["zadarma"].handshake(RawRequest(method, "", query), source("zadarma"))

    answer = echoed("GET", "zd_echo=a%2Bb%D1%8F")
    assert (answer.status, answer.body) == (200, "a+bя".encode())
    assert answer.content_type == "text/plain; charset=utf-8"
    for method, query in (
        ("POST", "zd_echo=a"),
        ("GET", ""),
        ("GET", "zd_echo="),
        ("GET", "zd_echo=" + "a" * 999),
        ("GET", "zd_echo=%ff"),
    ):
        assert echoed(method, query) is None


@pytest.mark.parametrize(
    ("adapter", "request_", "expected"),
    [
        ("zadarma", form(event="NOTIFY_END", pbx_call_id="in_1", caller_id="anonymous",
                         disposition="no money"), ("incoming", "missed", None)),
        ("zadarma", form(event="NOTIFY_OUT_END", pbx_call_id="out_1", destination="102",
                         internal="101", disposition="busy"), ("internal", "busy", None)),
        ("megafon", form(cmd="history", type="out", callid="1", phone="89161234567",
                         status="NotAvailable"), ("outgoing", "missed", "+79161234567")),
        ("megafon", form(cmd="history", type="in", callid="1", phone="101", duration="9"),
         ("internal", "answered", None)),
        ("sipuni", form(event="2", call_id="1", src_num="101", dst_num="102", status="ANSWER"),
         ("internal", "answered", None)),
        ("sipuni", form(event="2", call_id="1", src_num="79161234567", dst_num="102",
                        status="CHANUNAVAIL"), ("incoming", "missed", "+79161234567")),
        ("binotel", form(**{"requestType": "apiCallCompleted", "callDetails[generalCallID]": "1",
                            "callDetails[callType]": "0", "callDetails[disposition]": "VM",
                            "callDetails[externalNumber]": "89161234567"}),
         ("incoming", "voicemail", "+79161234567")),
        ("onlinepbx", form(event="call_missed", uuid="1", caller="79161234567", to="100"),
         ("incoming", "missed", "+79161234567")),
        ("onlinepbx", form(event="call_end", uuid="1", caller="100", to="101", billsec="0"),
         ("internal", "missed", None)),
        ("uis", RawRequest(headers=JSON, body=b'{"call_session_id": 12345678901234567890,'
                           b'"direction": "out", "talk_time_duration": 0,'
                           b'"contact_phone_number": "79161234567"}'),
         ("outgoing", "failed", "+79161234567")),
        ("beeline-xsi", xsi("<extTrackingId>1</extTrackingId><personality>Terminator</personality>"
                            "<remoteParty><address>tel:+79161234567</address></remoteParty>"
                            "<releaseTime>1625225818008</releaseTime>"),
         ("incoming", "missed", "+79161234567")),
        ("beeline-xsi", xsi("<callId>1</callId><personality>Originator</personality>"
                            "<remoteParty><address>tel:102</address></remoteParty>"
                            "<state>Released</state>"), ("internal", "missed", None)),
    ],
)  # fmt: skip
def test_who_called_whom_and_how_it_went(
    adapter: str, request_: RawRequest, expected: tuple[str, str, str | None]
) -> None:
    draft = only(parse(adapter, request_))
    phones = draft.get("contact", {}).get("phones", [None])
    assert (draft["call"]["direction"], draft["call"]["outcome"], phones[0]) == expected
    assert "other" not in draft.get("contact", {}), "an employee is no customer"


@pytest.mark.parametrize(
    ("adapter", "request_", "reason"),
    [
        ("zadarma", form(event="NOTIFY_END"), "unknown_shape"),
        ("zadarma", form(event="SMS", text="hi"), "not_an_inquiry"),
        ("megafon", form(cmd="history"), "unknown_shape"),
        ("megafon", form(cmd="contact", phone="1"), "not_an_inquiry"),
        ("sipuni", form(call_id="1"), "unknown_shape"),
        ("sipuni", form(call_id="1", event="9"), "not_an_inquiry"),
        ("binotel", form(requestType="apiCallCompleted"), "unknown_shape"),
        ("onlinepbx", form(event="call_end"), "unknown_shape"),
        ("uis", form(a="1"), "unknown_shape"),
        ("uis", RawRequest(headers=JSON, body=b"{"), "bad_json"),
        ("beeline-xsi", RawRequest(headers=XML), "empty"),
        ("beeline-xsi", RawRequest(headers=XML, body=b"<a"), "unknown_shape"),
        ("beeline-xsi", RawRequest(headers=XML, body=b"<a>" * 99), "too_deep"),
        ("beeline-xsi", RawRequest(headers=XML, body=b"<a>" + b"<b/>" * 9999), "too_many_fields"),
        ("beeline-xsi", xsi("<callId>1</callId>", before="<!DOCTYPE a>"), "unknown_shape"),
        ("beeline-xsi", xsi("&x;", before='<!DOCTYPE a [<!ENTITY x "y">]>'), "unknown_shape"),
        ("beeline-xsi", xsi("<callId>&x;</callId>"), "unknown_shape"),
        ("beeline-xsi", xsi("<state>Active</state>"), "unknown_shape"),
    ],
)
def test_what_is_no_event_of_a_call(adapter: str, request_: RawRequest, reason: str) -> None:
    try:
        content = settled(parse(adapter, request_))
    except ChannelError as error:
        content = Content(quarantined=error.reason)
    assert (content.quarantined or content.ignored) == reason


def test_a_russian_name_in_an_old_encoding_is_read() -> None:
    request = xsi(
        "<callId>1</callId><personality>Terminator</personality><state>Released</state>"
        "<remoteParty><name>Анна</name></remoteParty>",
        before='<?xml version="1.0" encoding="windows-1251"?>',
    )
    body = request.body.decode().encode("windows-1251")
    draft = only(parse("beeline-xsi", RawRequest(headers=XML, body=body)))
    assert draft["contact"]["name"] == "Анна"
    assert draft["call"]["employee"] == "anna@b.example"


@pytest.mark.parametrize("adapter", ["uis", "sipuni", "onlinepbx", "beeline-xsi"])
def test_where_the_address_is_the_proof_no_secret_is_expected(adapter: str) -> None:
    CHANNELS[adapter].verify(form(), source(adapter))
    with pytest.raises(Unauthenticated):
        CHANNELS[adapter].verify(form(), source(adapter, secrets={"token": "misspelt"}))


def test_a_leg_that_took_the_call_tells_whose_it_is() -> None:
    leg = form(CallSid="CA2", ParentCallSid="CA1", CallStatus="completed", To="+18005550100")
    (report,) = parse("twilio", leg, country="US").calls
    assert (report.call_id, report.final) == ("CA1", False)
    assert report.draft.call is not None
    assert report.draft.call.employee == "+18005550100"
    assert report.draft.contact.phones == ()


def test_recordings_are_facts_of_their_call() -> None:
    record = form(CallSid="CA1", RecordingUrl="https://api.twilio.example/RE1")
    (report,) = parse("twilio", record, country="US").calls
    assert not report.final
    assert report.draft.call is not None
    assert report.draft.call.recording_url == "https://api.twilio.example/RE1"
    assert report.draft.call.direction is None
