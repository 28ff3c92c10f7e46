"""Standard Webhooks and CloudEvents: what is read of them, and what they are proved by."""

import base64
import json
from typing import Any

import pytest

from services.intake.channels import CHANNELS
from services.intake.channels.generic.cloudevents import header_value, preflight
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    Unauthenticated,
)
from tests.support.provider_signatures import SECRETS, SIGNERS
from tests.unit.intake.providers.sample import NOON
from tests.unit.intake.samples import JSON, only, parse, source

STANDARD = CHANNELS["standard-webhooks"]
SECRET = SECRETS["standard-webhooks"]["secret"]
BODY = b'{"name": "Anna"}'


def signed(**changes: str) -> RawRequest:
    headers = SIGNERS["standard-webhooks"]("", BODY, NOON)
    pairs = {**headers, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return RawRequest(headers=tuple(pairs.items()), body=BODY, received_at=NOON)


def is_refused(request: RawRequest, secret: str = SECRET) -> bool:
    try:
        STANDARD.verify(request, source("standard-webhooks", secrets={"secret": secret}))
    except Unauthenticated:
        return True
    return False


GOOD = signed().header("webhook-signature") or ""


@pytest.mark.parametrize(
    "signatures", [GOOD, f"v2,abc {GOOD}", f"v1a,abc v1,xyz {GOOD} v1,", f"junk {GOOD}"]
)
def test_any_of_several_signatures_is_enough(signatures: str) -> None:
    assert not is_refused(signed(webhook_signature=signatures))


@pytest.mark.parametrize(
    "signatures",
    ["", ",", "v1", "v1,", GOOD[3:], GOOD.replace("v1", "v2"), GOOD.replace("v1", "v1a")],
)
def test_without_a_right_one_of_a_known_version_it_is_refused(signatures: str) -> None:
    assert is_refused(signed(webhook_signature=signatures))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_header_is_needed(name: str) -> None:
    assert is_refused(signed(**{name: ""}))


@pytest.mark.parametrize("timestamp", ["nan", "1e9", "", "-1", "9" * 30])
def test_odd_timestamps_are_refused(timestamp: str) -> None:
    assert is_refused(signed(webhook_timestamp=timestamp))


def test_a_secret_has_one_spelling_with_or_without_padding() -> None:
    key = base64.b64encode(bytes(range(25))).decode()
    for secret in (f"whsec_{key}", key, key.rstrip("=")):
        view = source("standard-webhooks", secrets={"secret": secret})
        with pytest.raises(Unauthenticated):  # another key than the one that signed: but no error
            STANDARD.verify(signed(), view)
    assert not is_refused(signed(), SECRET.removeprefix("whsec_"))
    for secret in ("whsec_", "whsec_!", "whpk_", "whpk_AAAA", "whsec_" + "A" * 5000, "ключ"):
        assert is_refused(signed(), secret)


def test_the_message_id_is_the_delivery_and_the_thing() -> None:
    request = RawRequest(headers=(*JSON, ("svix-id", "msg_9")), body=BODY)
    assert STANDARD.delivery_key(request) == "msg_9"
    assert only(parse("standard-webhooks", request)) == {
        "channel": "form",
        "external_id": "msg_9",
        "contact": {"name": "Anna"},
    }


def test_a_mapping_sees_the_whole_message() -> None:
    told = {"type": "t", "data": {"who": {"n": "Anna"}}, "timestamp": "2026-01-01T00:00:00Z"}
    request = RawRequest(headers=JSON, body=json.dumps(told).encode())
    draft = only(parse("standard-webhooks", request, mapping={"contact.name": "data.who.n"}))
    assert draft["contact"] == {"name": "Anna"}
    assert draft["occurred_at"] == "2026-01-01T00:00:00Z"
    assert draft["fields"]["event_type"] == "t"


EVENT = {"specversion": "1.0", "id": "7", "source": "/shop", "type": "order.asked"}


def structured(**members: Any) -> Content:
    kind = (("content-type", "application/cloudevents+json; charset=utf-8"),)
    body = json.dumps({**EVENT, **members}).encode()
    return parse("cloudevents", RawRequest(headers=kind, body=body))


def binary(content: bytes, kind: str = "application/json", **more: str) -> Content:
    names = {**EVENT, **more}
    headers = (("content-type", kind), *((f"ce-{name}", value) for name, value in names.items()))
    return parse("cloudevents", RawRequest(headers=headers, body=content))


DATA = {"name": "Anna", "phone": "+79161234567"}
ENCODED = base64.b64encode(json.dumps(DATA).encode()).decode()


def test_the_modes_give_the_same_inquiry() -> None:
    contents = (
        structured(data=DATA),
        structured(data_base64=ENCODED),
        binary(json.dumps(DATA).encode()),
        binary(b"name=Anna&phone=%2B79161234567", "application/x-www-form-urlencoded"),
    )
    drafts = [only(content) for content in contents]
    assert all(draft == drafts[0] for draft in drafts)
    assert drafts[0] == {
        "channel": "form",
        "external_id": "/shop 7",
        "contact": {"name": "Anna", "phones": ["+79161234567"]},
        "fields": {"event_type": "order.asked", "event_source": "/shop"},
    }


def test_source_and_id_together_name_an_event() -> None:
    assert structured().external_id != structured(source="/other").external_id
    assert structured().external_id == binary(b"{}").external_id == binary(b"").external_id


def test_data_in_words_is_the_text() -> None:
    assert only(structured(data="Call me"))["text"] == "Call me"
    assert only(binary("Позвоните".encode(), "text/plain; charset=utf-8"))["text"] == "Позвоните"
    assert only(binary(b'"Call me"'))["text"] == "Call me"
    assert only(structured(data_base64=base64.b64encode(b"Hi").decode()))["text"] == "Hi"


def test_a_batch_gives_an_inquiry_for_each() -> None:
    kind = (("content-type", "application/cloudevents-batch+json"),)
    body = json.dumps([{**EVENT, "data": DATA}, {**EVENT, "id": "8"}]).encode()
    content = parse("cloudevents", RawRequest(headers=kind, body=body))
    assert [draft.external_id for draft in content.drafts] == ["/shop 7", "/shop 8"]
    assert content.external_id is None
    for broken in (b"[]", b"{}", b"[1]", b'[{"id": "1"}]'):
        with pytest.raises(ChannelError):
            parse("cloudevents", RawRequest(headers=kind, body=broken))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("Euro%20%e2%82%ac", "Euro €"),
        ('"a \\"b\\" %41"', 'a "b" A'),
        ("%2541", "%41"),
        ("plain", "plain"),
        ('"', '"'),
    ],
)
def test_values_of_headers(raw: str, value: str) -> None:
    assert header_value(raw) == value


@pytest.mark.parametrize("raw", ["%C0%A0", "%FF", "a\xff"])
def test_what_is_no_utf8_is_refused(raw: str) -> None:
    with pytest.raises(ChannelError):
        header_value(raw)


@pytest.mark.parametrize("member", ["id", "source", "type"])
def test_an_event_without_its_name_is_quarantined(member: str) -> None:
    for value in (None, "", 5):
        with pytest.raises(ChannelError):
            structured(**{member: value})


def test_consent_is_given_to_the_origin_that_asks() -> None:
    asked = (("webhook-request-origin", "emitter.example"), ("webhook-request-rate", "120"))
    assert preflight(RawRequest("OPTIONS", headers=asked), source("cloudevents")) == Answer(
        200,
        headers=(
            ("WebHook-Allowed-Origin", "emitter.example"),
            ("WebHook-Allowed-Rate", "120"),
            ("Allow", "POST"),
        ),
    )
    assert preflight(RawRequest("OPTIONS"), source("cloudevents")) is None
    odd = (("webhook-request-origin", "a" * 300),)
    assert preflight(RawRequest("OPTIONS", headers=odd), source("cloudevents")) is None


@pytest.mark.parametrize(
    "request_",
    [
        RawRequest(headers=(("authorization", "Bearer a-token"),)),
        RawRequest(headers=(("authorization", "bearer a-token"),)),
        RawRequest(query="x=1&access_token=a-token"),
    ],
)
def test_the_token_of_an_event_is_in_its_header_or_its_query(request_: RawRequest) -> None:
    verify = CHANNELS["cloudevents"].verify
    verify(request_, source("cloudevents", secrets={"access_token": "a-token"}))
    for secret in ("another", ""):
        with pytest.raises(Unauthenticated):
            verify(request_, source("cloudevents", secrets={"access_token": secret}))
