"""The generic hook: labels without a mapping, a mapping over labels, optional proofs."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.intake.channels import CHANNELS
from services.intake.channels.generic.generic_json import check_mapping
from services.intake.domain.requests import ChannelError, RawRequest, Unauthenticated
from tests.unit.intake.samples import FORM, JSON, SAMPLES, body, http, only, parse, source

GENERIC = CHANNELS["generic-json"]
GITHUB = next(
    vector
    for group in json.loads((SAMPLES / "generic/signature-vectors.json").read_bytes()).values()
    for vector in (group if isinstance(group, list) else [])
    if vector.get("body") == "Hello, World!"
)


def told(content: dict[str, Any], **particulars: Any) -> dict[str, Any]:
    request = RawRequest(headers=JSON, body=json.dumps(content).encode())
    return only(parse("generic-json", request, **particulars))


def test_a_wordpress_form() -> None:
    draft = only(parse("generic-json", RawRequest(body=body("forms/cf7.webhook.json"))))
    assert draft == {
        "channel": "form",
        "contact": {
            "name": "Ivan Petrov",
            "phones": ["+79161234567"],
            "emails": ["ivan@example.com"],
        },
        "text": "Hello",
        "fields": {"your-subject": "Question", "acceptance": "1", "menu": ["First"]},
        "consent": {"given": True},
    }


def test_another_wordpress_form() -> None:
    draft = only(parse("generic-json", RawRequest(body=body("forms/wpforms.webhook.json"))))
    assert draft == {
        "channel": "form",
        "contact": {
            "name": "Ivan Petrov",
            "phones": ["+79161234567"],
            "emails": ["ivan@example.com"],
        },
        "fields": {"entry_id": "17", "form_id": "42"},
    }


def test_values_wrapped_in_lists() -> None:
    draft = only(parse("generic-json", RawRequest(body=body("forms/unbounce.form-submit.json"))))
    assert draft == {
        "channel": "form",
        "contact": {"emails": ["test@test.com"]},
        "fields": {
            "ip_address": ["1.1.1.1"],
            "page_uuid": ["a2838d98-4cf4-11df-a3fd-00163e372d58"],
            "variant": ["a"],
            "time_submitted": ["10:57 PM UTC"],
            "date_submitted": ["2023-06-06"],
            "page_url": ["http://my-landing-page.ca/"],
            "page_name": ["My Landing Page"],
        },
    }


def test_labels_of_another_language_are_kept_as_fields() -> None:
    request = RawRequest(headers=FORM, body=body("forms/elementor.flat.form"))
    assert only(parse("generic-json", request)) == {
        "channel": "form",
        "fields": {
            "Seu Nome": "Maria Teste",
            "Seu WhatsApp": "11900000001",
            "Seu E-mail": "lead@example.test",
            "Date": "16/07/2026",
            "Page URL": "https://example.test/",
            "form_id": "55f8b75",
            "form_name": "Dados de Contato",
        },
    }


def test_multipart() -> None:
    sample = http("forms/jotform.minimal.http")
    request = replace(sample, body=sample.body.replace(b"\n", b"\r\n") + b"\r\n")
    draft = only(parse("generic-json", request))
    assert draft == {
        "channel": "form",
        "fields": {
            "formID": "203112345678901",
            "submissionID": "5123456789012345678",
            "type": "WEB",
            "rawRequest": '{"q3_name":{"first":"Kin","last":"Lane"},"q4_email":"kin@example.com"}',
        },
    }


def test_a_mapping_reaches_into_foreign_shapes() -> None:
    request = RawRequest(body=body("forms/webflow.form-submission.json"))
    mapping = {
        "contact.first_name": 'payload.data."First Name"',
        "contact.last_name": 'payload.data."Last Name"',
        "contact.emails": "payload.data.email",
        "text": "payload.data.message",
        "occurred_at": "payload.submittedAt",
        "external_id": "payload.id",
        "campaign.form_name": "payload.name",
        "fields.site": "payload.siteId",
        "fields.absent": "payload.nothing",
    }
    findings = parse("generic-json", request, mapping=mapping)
    assert findings.external_id == "65a5d3c8f7e2b40012345678"
    draft = only(findings)
    assert draft.pop("fields") == {
        "triggerType": "form_submission",
        "payload": json.loads(request.body)["payload"],
        "site": "65427cf400e02b306eaa049c",
    }
    assert draft == {
        "channel": "form",
        "external_id": "65a5d3c8f7e2b40012345678",
        "occurred_at": "2024-01-15T14:30:00Z",
        "contact": {
            "name": "John Doe",
            "first_name": "John",
            "last_name": "Doe",
            "emails": ["john.doe@example.com"],
        },
        "text": "I'd like to learn more about your services",
        "campaign": {"form_name": "Contact Us Form"},
    }


def test_a_mapping_overrides_the_label_table() -> None:
    draft = told(
        {"phone": "84951234567", "tel2": ["89991112233", "bad"], "Message": "spam", "q": "Купить"},
        mapping={
            "contact.phones": "tel2",
            "text": "q",
            "amount": "'1 500,50'",
            "is_test": "`true`",
        },
    )
    assert draft["contact"] == {"phones": ["+79991112233"], "other": {"phone_raw": "bad"}}
    assert (draft["text"], draft["amount"], draft["is_test"]) == ("Купить", 1500.5, True)
    assert "fields" not in draft


@pytest.mark.parametrize("expression", ["a[", "length(@.a)", "to_number("])
def test_a_mapping_that_cannot_work(expression: str) -> None:
    with pytest.raises(ChannelError) as failure:
        told({"a": 1}, mapping={"text": expression})
    assert failure.value.reason == "bad_mapping"


def test_mappings_are_checked_before_they_are_stored() -> None:
    check_mapping({"text": "a.b", "contact.phones": "[a, b]"})
    with pytest.raises(ValueError, match=r"contact\.name"):
        check_mapping({"text": "a", "contact.name": "a["})


def test_nested_holders_and_other_objects() -> None:
    draft = told({"contact": {"имя": "Анна", "Телефон": 89991112233}, "cart": {"name": "Tea"}})
    assert draft["contact"] == {"name": "Анна", "phones": ["+79991112233"]}
    assert draft["fields"] == {"cart": {"name": "Tea"}}


@pytest.mark.parametrize("name", ["Cookies", "COOKIE", "document.cookie", "cookies_2"])
def test_cookies_never_reach_the_fields(name: str) -> None:
    draft = told({"a": 1, name: "sid=1; b=2", "deep": {"list": [{name: "sid=1", "b": 2}]}})
    assert draft["fields"] == {"a": 1, "deep": {"list": [{"b": 2}]}}


def test_sources_defaults_complete_the_inquiry() -> None:
    draft = told(
        {"name": "A", "utm_source": "own"},
        campaign={"utm_source": "default", "utm_medium": "cpc"},
        priority="low",
        options={"channel": "chat"},
    )
    assert draft["campaign"] == {"utm_source": "own", "utm_medium": "cpc"}
    assert (draft["priority_class"], draft["channel"]) == ("low", "chat")


def test_published_signature_and_its_flips() -> None:
    own = source("generic-json", secrets={"secret": GITHUB["secret"]})
    header = GITHUB.get("X-Hub-Signature-256") or GITHUB["signature"]
    content = GITHUB["body"].encode()
    GENERIC.verify(RawRequest(headers=(("x-hub-signature-256", header),), body=content), own)
    for place in range(len(header)):
        flipped = header[:place] + chr(ord(header[place]) ^ 1) + header[place + 1 :]
        with pytest.raises(Unauthenticated):
            GENERIC.verify(
                RawRequest(headers=(("x-hub-signature-256", flipped),), body=content), own
            )
    with pytest.raises(Unauthenticated):
        GENERIC.verify(RawRequest(body=content), own)


def test_basic_authentication() -> None:
    own = source("generic-json", secrets={"basic_username": "u", "basic_password": "p"})
    good, bad = (base64.b64encode(pair).decode() for pair in (b"u:p", b"u:q"))
    GENERIC.verify(RawRequest(headers=(("authorization", "Basic " + good),)), own)
    with pytest.raises(Unauthenticated):
        GENERIC.verify(RawRequest(headers=(("authorization", "Basic " + bad),)), own)


@pytest.mark.parametrize(
    "secrets",
    [{"secret": ""}, {"sekret": "x"}, {"basic_username": "u"}, {"basic_password": "p"}],
)
def test_half_or_misnamed_secrets_never_verify(secrets: dict[str, str]) -> None:
    empty = "sha256=" + hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    request = RawRequest(headers=(("x-hub-signature-256", empty),), body=b"{}")
    with pytest.raises(Unauthenticated):
        GENERIC.verify(request, source("generic-json", secrets=secrets))


def test_without_secrets_the_url_is_the_secret() -> None:
    GENERIC.verify(RawRequest(body=b"{}"), source("generic-json"))


def test_answer_names_the_receipt() -> None:
    answer = GENERIC.answer(
        RawRequest(), source("generic-json"), receipt_id=UUID(int=5), duplicate=True
    )
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body) == {"receipt_id": str(UUID(int=5)), "duplicate": True}


@pytest.mark.parametrize("header", ["idempotency-key", "webhook-id", "x-github-delivery"])
def test_delivery_keys(header: str) -> None:
    assert GENERIC.delivery_key(RawRequest(headers=((header, "k"),))) == "k"


def test_a_get_carries_its_values_in_the_query() -> None:
    request = RawRequest(method="GET", query="name=%D0%90%D0%BD%D0%BD%D0%B0&phone=89991112233")
    draft = only(parse("generic-json", request))
    assert draft["contact"] == {"name": "Анна", "phones": ["+79991112233"]}
