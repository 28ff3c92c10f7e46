"""Properties that hold for every channel on whatever bytes arrive."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from tests.attacks import form_proofs
from tests.attacks.reading import exchanges
from tests.support.provider_signatures import SECRETS as PROVEN_BY
from tests.unit.intake.samples import SAMPLES, source

SECRETS = {
    "smtp": {},
    "csv-import": {},
    "imap": {"password": "sesame"},
    "tilda": {"api_key": "key-of-tilda"},
    "typeform": {"secret": "k"},
    "mango": {"api_key": "k", "api_salt": "s"},
    "twilio": {"auth_token": "k"},
    "postmark": {"username": "u", "password": "p"},
    "generic-json": {"secret": "k"},
    "native": {},
    **exchanges.SECRETS,
    **PROVEN_BY,
    **form_proofs.SECRETS,
    "mailgun": {"signing_key": "k"},
    "sendgrid": {"public_key": "k"},
    "mandrill": {"webhook_key": "k"},
    "mailersend": {"secret": "k"},
    "ses-sns": {"access_key_id": "i", "secret_access_key": "k"},
    "brevo": {"access_token": "k"},
}
# The unguessable key of such a source is all that its sender has to know.
UNSIGNED = frozenset({"roistat", "calltouch", "brevo", "mailjet", "sparkpost", "postal"})
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
    *("event", "pbx_call_id", "caller_id", "cmd", "callid", "phone", "type", "direction", "date"),
    *("call_id", "src_num", "timestamp", "requestType", "callDetails", "generalCallID", "uuid"),
    *("callType", "call_session_id", "notification_time", "talk_time_duration", "billsec"),
    *("entry", "changes", "field_data", "values", "leadgen_id", "lead_id", "user_column_data"),
    *("column_id", "object", "event", "payload", "data", "questions_and_answers", "tracking"),
    *("subscriptionType", "objectId", "properties", "vid", "leadGenFormResponse", "rawRequest"),
    *("data.json", "quiz", "extra", "utm", "contacts", "q3_name", "1.3", "1.6", "id", "meta"),
    *("lf_page", "lf_id", "lf_ms", "lf_consent", "lf_website", "content", "value", "title"),
    *("items", "Attachments", "DownloadToken", "From", "data", "raw", "message", "Parts", "msys"),
    *("Type", "Message", "mail", "receipt", "content", "SubscribeURL", "SigningCertURL"),
    *("json", "campaign", "ad", "click_ids", "started_at", "wait_seconds", "external_id"),
    *("CallUUID", "Direction", "conversation_uuid", "status", "data", "event_type", "payload"),
    *("call_session_id", "body", "telephonySessionId", "parties", "event", "id", "direction"),
    *("form_data", "customer_phone_number", "caller", "callphase", "custom_fields", "value"),
    *("variables", "uuid", "callflow", "caller_profile", "times", "rows", "Source", "source"),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(
        [
            "form",
            "1",
            "2",
            "completed",
            "invitee.created",
            "lead_forms_new",
            "contact.creation",
            "tel",
            "https://a.example/?utm_source=a",
            "{}",
            "leadgen",
            "text",
            "labels",
            "sid=1; a=2",
            "+7999",
            "<>",
        ]
    ),
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
    rest=st.sampled_from(["", "voice", "events/summary", "events/call", "form-submission", "x"]),
    query=st.text(max_size=30),
    headers=st.tuples(st.tuples(st.just("content-type"), st.sampled_from(TYPES))),
    body=BODIES,
    public_url=st.just("https://a.example/x"),
)


# Making a request takes longer than reading it, so each is read by all.
@settings(max_examples=150)
@given(request_=REQUESTS)
@example(
    request_=RawRequest("GET", "", "", (("content-type", ""),), b"\\u0000", "https://a.example/x")
)
def test_parse_gives_something_or_a_quarantine_reason(request_: RawRequest) -> None:
    for name in CHANNELS:
        _assert_something_or_a_reason(name, request_)


def _assert_something_or_a_reason(name: str, request_: RawRequest) -> None:
    reason = None
    findings = Content()
    try:
        findings = CHANNELS[name].parse(request_, source(name, secrets=SECRETS.get(name, {})))
    except ChannelError as error:
        reason = error.reason
    outcomes = [bool(findings.inquiries), bool(findings.observed), findings.ignored is not None]
    outcomes += [bool(findings.calls), reason is not None]
    outcomes.append(bool(findings.follow_ups) and not findings.drafts)
    assert outcomes.count(True) == 1, name
    calls = tuple(report.draft for report in findings.calls)
    for draft in findings.inquiries + findings.observed + calls:
        text = draft.model_dump_json()
        assert not _has_nul(json.loads(text)), name
        assert type(draft).model_validate_json(text) == draft, name


def _has_nul(value: Any) -> bool:
    """In any text of a JSON value; a backslash and u0000 that somebody wrote are no NUL."""
    if isinstance(value, dict):
        return any(_has_nul(name) or _has_nul(item) for name, item in value.items())
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


@settings(max_examples=100)
@given(request_=REQUESTS)
def test_verify_refuses_whatever_nobody_signed(request_: RawRequest) -> None:
    for name in CHANNELS.keys() - UNSIGNED:
        # Who signs nothing has no secrets: one that it does not know refuses everything.
        secrets = SECRETS.get(name) or {"secret": "k"}
        assert not _proves(request_, source(name, secrets=secrets)), name


def _proves(request: RawRequest, view: SourceView) -> bool:
    try:
        CHANNELS[view.adapter].verify(request, view)
    except Unauthenticated:
        return False
    return True


@settings(max_examples=100)
@given(request_=REQUESTS)
def test_what_is_asked_before_reading_never_fails(request_: RawRequest) -> None:
    for name, channel in CHANNELS.items():
        channel.handshake(request_, source(name))
        channel.preflight(request_, source(name))
        channel.delivery_key(request_)
        channel.proof_follows(request_)
        channel.evidence(request_)


@settings(max_examples=100)
@given(tree=OBJECTS, cookie=st.sampled_from(["COOKIES", "Cookie", "cookies_2", "Set-Cookie"]))
def test_cookies_are_never_in_the_fields(tree: dict[str, Any], cookie: str) -> None:
    canary = "sid=canary-7f3; x=1"
    planted = {**tree, cookie: canary, "deep": [{cookie: canary, "k": {cookie: canary}}]}
    for name in ("generic-json", "tilda"):
        (draft,) = CHANNELS[name].parse(RawRequest(body=_as_json(planted)), source(name)).inquiries
        assert "canary-7f3" not in draft.model_dump_json()
