"""The native body, laid out as the inquiry is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, RawRequest, Unauthenticated
from tests.unit.intake.samples import only, parse, source


def native(content: dict[str, Any], **particulars: Any) -> dict[str, Any]:
    request = RawRequest(body=json.dumps(content).encode())
    return only(parse("native", request, **particulars))


def test_everything_that_a_client_may_set() -> None:
    draft = native(
        {
            "channel": "call",
            "external_id": "x-1",
            "occurred_at": "2024-03-01T12:00:00+03:00",
            "priority_class": "low",
            "is_test": True,
            "language": "ru",
            "contact": {
                "name": "  Анна   Ли ",
                "company": "ООО",
                "phones": ["8 (999) 111-22-33", "+7 999 111 22 33", "?"],
                "emails": ["ANNA@Example.COM", "not an address"],
                "other": {"telegram": "@anna"},
            },
            "subject": "Заявка",
            "text": "Хочу",
            "call": {
                "direction": "incoming",
                "outcome": "missed",
                "from": "89991112233",
                "to": "100",
                "started_at": "2024-03-01T12:00:00+03:00",
                "ended_at": "2024-03-01T12:00:20+03:00",
            },
            "campaign": {
                "utm_source": "vk",
                "click_ids": {"yclid": 5},
                "ad": {"id": 7},
            },
            "fields": {"size": "L", "cookies": "sid=1"},
            "region": "77",
            "city": "Москва",
            "product_interest": "CRM",
            "amount": 1500.5,
            "currency": "RUB",
            "consent": {"given": True, "text_version": "v2", "at": "2024-03-01T09:00:00Z"},
        }
    )
    assert draft == {
        "channel": "call",
        "external_id": "x-1",
        "occurred_at": "2024-03-01T09:00:00Z",
        "priority_class": "low",
        "is_test": True,
        "language": "ru",
        "contact": {
            "name": "Анна Ли",
            "company": "ООО",
            "phones": ["+79991112233"],
            "emails": ["anna@example.com"],
            "other": {
                "phone_raw": "?",
                "email_raw": "not an address",
                "telegram": "@anna",
            },
        },
        "subject": "Заявка",
        "text": "Хочу",
        "call": {
            "direction": "incoming",
            "outcome": "missed",
            "from": "+79991112233",
            "to": "100",
            "started_at": "2024-03-01T09:00:00Z",
            "ended_at": "2024-03-01T09:00:20Z",
            "wait_seconds": 20,
        },
        "campaign": {"utm_source": "vk", "click_ids": {"yclid": "5"}, "ad": {"id": 7}},
        "region": "77",
        "city": "Москва",
        "product_interest": "CRM",
        "amount": 1500.5,
        "currency": "RUB",
        "fields": {"size": "L"},
        "consent": {"given": True, "text_version": "v2", "at": "2024-03-01T09:00:00Z"},
    }


def test_a_missed_call_is_urgent_unless_the_client_says_otherwise() -> None:
    call = {"direction": "incoming", "outcome": "voicemail"}
    assert native({"channel": "call", "call": call}, priority="low")["priority_class"] == "high"
    assert native({"channel": "form", "text": "x"}, priority="low")["priority_class"] == "low"


def test_local_times_are_read_in_the_sources_zone() -> None:
    content = {"channel": "form", "occurred_at": "2024-07-01T12:00:00"}
    assert native(content, time_zone="Asia/Kolkata")["occurred_at"] == "2024-07-01T06:30:00Z"
    assert native(content, time_zone="No/Such")["occurred_at"] == "2024-07-01T12:00:00Z"


@pytest.mark.parametrize(
    "content",
    [
        {"text": "no channel"},
        {"channel": 5},
        {"channel": "call", "call": {"wait_seconds": "soon"}},
        {"channel": "form", "consent": {"given": "perhaps"}},
    ],
)
def test_repaired_bodies_may_still_be_invalid(content: dict[str, Any]) -> None:
    with pytest.raises(ChannelError, match="invalid_body"):
        native(content)


def test_a_hook_never_reaches_a_native_source() -> None:
    with pytest.raises(Unauthenticated):
        CHANNELS["native"].verify(RawRequest(body=b"{}"), source("native"))


def read(body: str) -> dict[str, Any]:
    return only(parse("native", RawRequest(body=body.encode())))


def test_of_a_member_that_is_there_twice_the_others_are_kept_beside() -> None:
    draft = read(
        '{"channel": "form", "subject": "Окна", "subject": "Двери", "text": "1", "text": "2",'
        ' "text": "3", "contact": {"name": "Анна"}, "contact": {"name": "Ан\\u0000на",'
        ' "name": "Борис", "phones": ["+79991112233"]}, "fields": {"subject": "своё", "size": "L",'
        ' "size": "XL", "cookie": "a=1", "cookie": "b=2"}}'
    )
    assert (draft["subject"], draft["text"], draft["contact"]["name"]) == ("Двери", "3", "Борис")
    assert draft["contact"]["phones"] == ["+79991112233"]
    assert draft["fields"] == {
        "subject": "своё",
        "size": "XL",
        "subject_2": "Окна",
        "text": ["1", "2"],
        "contact": {"name": "Анна"},
        "contact.name": "Ан\ufffdна",
        "fields.size": "L",
    }


NAMES = st.sampled_from(["subject", "city", "region", "text"])


@given(st.lists(st.tuples(NAMES, st.text("абв", min_size=1, max_size=3)), max_size=8))
def test_nothing_that_is_said_is_lost(pairs: list[tuple[str, str]]) -> None:
    members = [("channel", "form"), *pairs]
    body = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members)
    draft = read(f"{{{body}}}")
    last = dict(pairs)
    assert {name: draft[name] for name in last} == last
    for name in last:
        *earlier, _ = [value for label, value in pairs if label == name]
        rest = draft.get("fields", {}).get(name, [])
        assert (rest if isinstance(rest, list) else [rest]) == earlier
