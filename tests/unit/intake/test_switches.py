"""Odd records of FreeSWITCH and Asterisk: their encodings, legs, menus and mailboxes."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, Content, RawRequest, Unauthenticated
from tests.unit.intake.reports import call, event, outcome, phones, report
from tests.unit.intake.samples import body, parse, source

BASIC = {"basic_username": "u", "basic_password": "p"}


def record(*, encoded: bool = False, flow: Any = None, **variables: str) -> dict[str, Any]:
    profile = {
        "caller_id_number": "+79161234567",
        "caller_id_name": "Анна К.",
        "destination_number": "74950102030",
    }
    values = {"uuid": "u-1", "start_epoch": "1700000000", "end_epoch": "1700000071", **variables}
    if encoded:
        profile, values = (
            {name: quote(value) for name, value in part.items()} for part in (profile, values)
        )
    parts = [{"caller_profile": {"caller_id_number": "201"}}, {"caller_profile": profile}]
    return {"variables": values, "callflow": parts if flow is None else flow}


def switch(**variables: str) -> Content:
    return event("freeswitch", record(encoded=False, flow=None, **variables))


ENCODINGS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "a form": (
        "application/x-www-form-urlencoded",
        lambda text: b"cdr=" + quote_plus(text).encode(),
    ),
    "base64": (
        "application/x-www-form-base64-encoded",
        lambda text: b"cdr=" + base64.b64encode(text.encode()),
    ),
    "JSON": ("application/json", lambda text: text.encode()),
    "base64 said to be a form": (
        "application/x-www-form-urlencoded",
        lambda text: b"cdr=" + quote(base64.b64encode(text.encode()).decode()).encode(),
    ),
}


@pytest.mark.parametrize("encoded", [False, True], ids=["plain values", "encoded values"])
@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_of_a_record_gives_the_same(name: str, *, encoded: bool) -> None:
    kind, wrapped = ENCODINGS[name]
    text = json.dumps(record(encoded=encoded, bridge_epoch="1700000010"))
    content = parse("freeswitch", RawRequest(headers=(("content-type", kind),), body=wrapped(text)))
    assert outcome(content) == (True, "incoming", "answered")
    assert phones(content) == ("+79161234567",)
    assert report(content).draft.contact.name == "Анна К."
    assert call(content)["talk_seconds"] == 61


def test_a_flow_may_be_one_object_and_times_microseconds() -> None:
    times = {"created_time": "1700000000123456", "hangup_time": 1700000005000000}
    profile = {"caller_id_number": "+79161234567", "destination_number": "100"}
    told = {"variables": {"uuid": "u"}, "callflow": {"caller_profile": profile, "times": times}}
    assert call(event("freeswitch", told)) == {
        "direction": "incoming",
        "outcome": "missed",
        "from": "+79161234567",
        "to": "100",
        "line": "100",
        "started_at": "2023-11-14T22:13:20Z",
        "ended_at": "2023-11-14T22:13:25Z",
        "wait_seconds": 5,
        "talk_seconds": 0,
        "provider_call_id": "u",
    }


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"answer_epoch": "1700000001", "last_app": "bridge"}, "answered"),
        ({"answer_epoch": "1700000001", "last_app": "voicemail"}, "voicemail"),
        ({"answer_epoch": "1700000001", "last_app": "playback"}, "missed"),
        ({"hangup_cause": "USER_BUSY"}, "busy"),
        ({"hangup_cause": "ORIGINATOR_CANCEL", "answer_epoch": "0"}, "missed"),
        ({"hangup_cause": "UNALLOCATED_NUMBER"}, "missed"),
    ],
)
def test_a_machine_that_answers_has_not_taken_the_call(
    variables: dict[str, str], expected: str
) -> None:
    assert outcome(switch(**variables)) == (True, "incoming", expected)


def test_a_b_leg_only_adds_to_its_call() -> None:
    told = report(switch(uuid="u-2", originating_leg_uuid="u-1", bridge_epoch="1700000009"))
    assert (told.call_id, told.final, told.draft.contact.phones) == ("u-1", False, ())


def test_calls_of_extensions_are_no_inquiries() -> None:
    flow = [{"caller_profile": {"caller_id_number": "201", "destination_number": "89161234567"}}]
    content = event("freeswitch", record(flow=flow, hangup_cause="NO_ROUTE_DESTINATION"))
    assert outcome(content) == (True, "outgoing", "failed")
    assert phones(content) == ("+79161234567",)
    assert call(content)["employee"] == "201"


def test_the_switch_proves_itself_where_a_password_is_configured() -> None:
    verify = CHANNELS["freeswitch"].verify
    login = (("authorization", "Basic " + base64.b64encode(b"u:p").decode()),)
    verify(RawRequest(headers=login), source("freeswitch", secrets=BASIC))
    verify(RawRequest(), source("freeswitch"))
    with pytest.raises(Unauthenticated):
        verify(RawRequest(), source("freeswitch", secrets=BASIC))


@pytest.mark.parametrize("content", [b"{}", b"cdr=", b"cdr=%7B%7D", b"cdr=!!!", b"x=1", b""])
def test_what_is_no_record_is_quarantined(content: bytes) -> None:
    with pytest.raises(ChannelError):
        parse("freeswitch", RawRequest(body=content))


def row(**changes: str) -> dict[str, str]:
    return {
        "Source": "79161234567",
        "Destination": "101",
        "StartTime": "2024-01-15T13:30:00+03:00",
        "EndTime": "2024-01-15T13:31:11+03:00",
        "Disposition": "NO ANSWER",
        "LastApplication": "Dial",
        "UniqueID": "1.1",
        **changes,
    }


TAKEN = {
    "Disposition": "ANSWERED",
    "AnswerTime": "2024-01-15T13:30:09+03:00",
    "DestinationChannel": "PJSIP/102-00000013",
    "BillableSeconds": "62",
}


def asterisk(*rows: dict[str, str]) -> Content:
    return event("asterisk", {"type": "call.ended", "data": {"call_id": "1.0", "rows": list(rows)}})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row()], "missed"),
        ([row(**TAKEN)], "answered"),
        ([row(), row(**TAKEN), row()], "answered"),
        ([row(Disposition="BUSY")], "busy"),
        ([row(Disposition="FAILED")], "missed"),
        ([row(Disposition="ANSWERED", LastApplication="BackGround")], "missed"),
        ([row(Disposition="ANSWERED", LastApplication="VoiceMail")], "voicemail"),
    ],
)
def test_the_rows_of_a_call_are_one_call(rows: list[dict[str, str]], expected: str) -> None:
    content = asterisk(*rows)
    assert outcome(content) == (True, "incoming", expected)
    assert report(content).call_id == "1.0"
    assert phones(content) == ("+79161234567",)


def test_who_took_the_call_is_the_employee() -> None:
    told = call(asterisk(row(), row(**TAKEN, CallerID='"Anna" <79161234567>')))
    assert (told["employee"], told["answered_at"]) == ("102", "2024-01-15T10:30:09Z")
    assert told["talk_seconds"] == 62
    named = report(asterisk(row(CallerID='"Anna" <79161234567>'))).draft.contact.name
    assert named == "Anna"


@pytest.mark.parametrize(
    ("ends", "direction"),
    [
        ({"Source": "101", "Destination": "79161234567"}, "outgoing"),
        ({"Source": "101", "Destination": "102"}, "internal"),
        ({"Source": "anonymous"}, "incoming"),
        ({"Source": ""}, "incoming"),
    ],
)
def test_directions_by_the_ends(ends: dict[str, str], direction: str) -> None:
    content = asterisk(row(**ends))
    assert outcome(content)[1] == direction
    assert phones(content) == (("+79161234567",) if direction == "outgoing" else ())


def test_one_flat_row_by_the_names_of_another_backend() -> None:
    told = {"src": "79161234567", "dst": "101", "start": "2024-01-15 13:30:00", "uniqueid": "1.5"}
    content = event("asterisk", {**told, "linkedid": "1.4", "disposition": "NO ANSWER"})
    assert report(content).call_id == "1.4"
    assert call(content)["started_at"] == "2024-01-15T10:30:00Z"


def test_events_as_the_manager_prints_them() -> None:
    raw = body("telephony/asterisk.ami-cdr.txt")
    content = parse("asterisk", RawRequest(body=raw.replace(b"\n", b"\r\n")))
    assert outcome(content) == (True, "incoming", "answered")
    with pytest.raises(ChannelError):
        parse("asterisk", RawRequest(body=b"Event: Cdr"))
