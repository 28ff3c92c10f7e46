"""What a sender of JSON says twice: the last one counts, and the others are kept beside it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.requests import RawRequest
from tests.unit.intake.samples import JSON, only, parse

TWICE = (
    '{"name": "Анна", "phone": "+79990000001", "phone": "+79990000002", "phone": "+79161234567",'
    ' "consent": "yes", "consent": "no", "size": "L", "size": "XL", "size (earlier)": "own",'
    ' "cookie": "a=1", "cookie": "b=2", "contact": {"email": "a@example.com"},'
    ' "contact": {"email": "b@example.com", "email": "c@example.com"}}'
)
SAID_BEFORE = {
    "phone (earlier)": ["+79990000001", "+79990000002"],
    "consent (earlier)": "yes",
    "size": "XL",
    "size (earlier)": "own",
    "size (earlier) (earlier)": "L",
    "contact (earlier)": {"email": "a@example.com"},
    "email (earlier)": "b@example.com",
}


def test_of_a_member_that_is_there_twice_the_last_one_counts_and_the_others_are_kept() -> None:
    request = RawRequest(headers=JSON, body=TWICE.encode())
    draft = only(parse("generic-json", request, mapping={"contact.name": "name"}))
    assert draft["contact"] == {
        "name": "Анна",
        "phones": ["+79161234567"],
        "emails": ["c@example.com"],
    }
    assert draft["fields"].items() >= SAID_BEFORE.items()
    assert "cookie" not in str(draft)
    assert draft["consent"]["given"] is False


@pytest.mark.parametrize(
    ("adapter", "template"),
    [
        (
            "cloudevents",
            '{"id": "1", "source": "s", "type": "t", "specversion": "1.0", "data": %s}',
        ),
        ("contact-form-7", "%s"),
        ("html-form", "%s"),
    ],
)
def test_whatever_reads_json_keeps_what_was_said_before(adapter: str, template: str) -> None:
    said = '{"name": "Анна", "phone": "+79990000001", "phone": "+79161234567"}'
    request = RawRequest(headers=JSON, body=(template % said).encode())
    draft = only(parse(adapter, request))
    assert draft["contact"]["phones"] == ["+79161234567"]
    assert draft["fields"]["phone (earlier)"] == "+79990000001"


NAMES = st.sampled_from(["name", "phone", "size", "size (earlier)", "field_1"])
WORDS = st.text("абв123", min_size=1, max_size=3)


@given(st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=9))
def test_nothing_that_is_said_is_lost(pairs: list[tuple[str, str]]) -> None:
    members = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs)
    draft = only(parse("generic-json", RawRequest(headers=JSON, body=f"{{{members}}}".encode())))
    shown = json.dumps(draft, ensure_ascii=False)
    assert [value for _, value in pairs if value not in shown] == []
