"""Properties that hold for every channel on whatever bytes arrive."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, Content, RawRequest, Unauthenticated
from tests.unit.intake.samples import SAMPLES, source

SECRETS = {
    "smtp": {},
    "csv-import": {},
    "imap": {"password": "sesame"},
    "tilda": {"api_key": "k"},
    "typeform": {"secret": "k"},
    "mango": {"api_key": "k", "api_salt": "s"},
    "twilio": {"auth_token": "k"},
    "postmark": {"username": "u", "password": "p"},
    "generic-json": {"secret": "k"},
    "native": {},
}
TYPES = [
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "application/json; charset=windows-1251",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "text/plain; charset=utf-16",
]
WORDS = [
    *("name", "phone", "email", "Cookies", "COOKIES", "contact", "call", "consent", "channel"),
    *("form_response", "answers", "definition", "fields", "type", "hidden", "field", "token"),
    *("entry_id", "call_direction", "from", "to", "number", "create_time", "talk_time"),
    *("CallSid", "CallStatus", "Timestamp", "CallDuration", "From", "FromFull", "RawEmail"),
    *("Headers", "Name", "Value", "TextBody", "HtmlBody", "Date", "occurred_at", "amount"),
    *("json", "campaign", "ad", "click_ids", "started_at", "wait_seconds", "external_id"),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(["form", "1", "2", "completed", "text", "labels", "sid=1; a=2", "+7999", "<>"]),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.sampled_from(WORDS), TREES, max_size=8)
SAMPLE_BODIES = sorted(
    path.read_bytes() for path in SAMPLES.rglob("*.*") if "vectors" not in path.name
)


def _as_json(tree: Any) -> bytes:
    return json.dumps(tree).encode()


BODIES = st.one_of(
    st.binary(max_size=300),
    OBJECTS.map(_as_json),
    OBJECTS.map(lambda tree: b"json=" + json.dumps(tree).encode().replace(b"&", b"%26")),
    st.tuples(
        st.sampled_from(SAMPLE_BODIES),
        st.integers(0, 4000),
        st.integers(0, 4000),
        st.binary(max_size=6),
    ).map(lambda part: part[0][: part[1]] + part[3] + part[0][part[2] :]),
)
REQUESTS = st.builds(
    RawRequest,
    method=st.sampled_from(["GET", "POST"]),
    rest=st.sampled_from(["", "voice", "events/summary", "events/call", "x"]),
    query=st.text(max_size=30),
    headers=st.tuples(st.tuples(st.just("content-type"), st.sampled_from(TYPES))),
    body=BODIES,
    public_url=st.just("https://a.example/x"),
)


@pytest.mark.parametrize("name", CHANNELS)
@settings(max_examples=150, deadline=None)
@given(request_=REQUESTS)
def test_parse_gives_something_or_a_quarantine_reason(name: str, request_: RawRequest) -> None:
    reason = None
    findings = Content()
    try:
        findings = CHANNELS[name].parse(request_, source(name, secrets=SECRETS.get(name, {})))
    except ChannelError as error:
        reason = error.reason
    outcomes = [bool(findings.inquiries), bool(findings.observed), findings.ignored is not None]
    outcomes.append(reason is not None)
    assert outcomes.count(True) == 1
    for draft in findings.inquiries + findings.observed:
        text = draft.model_dump_json()
        assert "\\u0000" not in text
        assert type(draft).model_validate_json(text) == draft


@pytest.mark.parametrize("name", CHANNELS)
@settings(max_examples=80, deadline=None)
@given(request_=REQUESTS)
def test_verify_refuses_whatever_nobody_signed(name: str, request_: RawRequest) -> None:
    with pytest.raises(Unauthenticated):
        CHANNELS[name].verify(request_, source(name, secrets=SECRETS.get(name, {})))


@pytest.mark.parametrize("name", CHANNELS)
@settings(max_examples=60, deadline=None)
@given(request_=REQUESTS)
def test_handshake_and_delivery_key_never_fail(name: str, request_: RawRequest) -> None:
    CHANNELS[name].handshake(request_, source(name))
    CHANNELS[name].delivery_key(request_)


@settings(max_examples=100, deadline=None)
@given(tree=OBJECTS, cookie=st.sampled_from(["COOKIES", "Cookie", "cookies_2", "Set-Cookie"]))
def test_cookies_are_never_in_the_fields(tree: dict[str, Any], cookie: str) -> None:
    canary = "sid=canary-7f3; x=1"
    planted = {**tree, cookie: canary, "deep": [{cookie: canary, "k": {cookie: canary}}]}
    for name in ("generic-json", "tilda"):
        (draft,) = CHANNELS[name].parse(RawRequest(body=_as_json(planted)), source(name)).inquiries
        assert "canary-7f3" not in draft.model_dump_json()
