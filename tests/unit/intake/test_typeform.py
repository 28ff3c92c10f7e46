"""Typeform: the base64 signature, types before titles."""

import base64
import hashlib
import hmac
import json

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, RawRequest, Unauthenticated
from tests.unit.intake.samples import JSON, body, only, parse, source

TYPEFORM = CHANNELS["typeform"]
SOURCE = source("typeform", secrets={"secret": "пароль"})


def signed(content: bytes, secret: str = "пароль") -> RawRequest:
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    signature = "sha256=" + base64.b64encode(digest).decode()
    return RawRequest(headers=(*JSON, ("typeform-signature", signature)), body=content)


def test_groups_hidden_fields_and_phone_numbers() -> None:
    question = {"id": "q1", "title": "Surname", "type": "short_text"}
    group = {"id": "g", "title": "Who", "type": "group", "properties": {"fields": [question]}}
    content = {
        "form_response": {
            "token": "t",
            "definition": {"fields": [group]},
            "hidden": {"utm_source": "ya", "gclid": "g1"},
            "answers": [
                {"type": "text", "text": "Ли", "field": {"id": "q1", "type": "short_text"}},
                {"type": "phone_number", "phone_number": "+79991112233", "field": {"id": "x"}},
                {"type": "choice", "choice": {"other": "чай"}, "field": {"id": "y"}},
                "not an answer",
                {"type": None, "field": None},
            ],
        }
    }
    draft = only(parse("typeform", RawRequest(body=json.dumps(content).encode())))
    assert draft["contact"] == {"name": "Ли", "last_name": "Ли", "phones": ["+79991112233"]}
    assert draft["campaign"] == {"utm_source": "ya", "click_ids": {"gclid": "g1"}}
    assert draft["fields"] == {"y": "чай"}


def test_partial_responses_are_ignored() -> None:
    content = b'{"event_type": "form_response_partial", "form_response": {"token": "t"}}'
    assert parse("typeform", RawRequest(body=content)).ignored == "partial_response"


def test_signature_good() -> None:
    TYPEFORM.verify(signed(body("forms/typeform.docs-example.json")), SOURCE)


def test_every_flipped_bit_of_the_signature_is_refused() -> None:
    request = signed(b'{"a": 1}')
    name, value = request.headers[1]
    for place in range(len(value)):
        broken = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
        with pytest.raises(Unauthenticated):
            TYPEFORM.verify(RawRequest(headers=((name, broken),), body=request.body), SOURCE)


def test_flipped_bodies_other_secrets_and_hex_are_refused() -> None:
    request = signed(b'{"a": 1}')
    digest = hmac.new("пароль".encode(), request.body, hashlib.sha256).hexdigest()
    as_hex = (("typeform-signature", f"sha256={digest}"),)
    for broken in (
        RawRequest(headers=request.headers, body=b'{"a": 0}'),
        signed(b'{"a": 1}', secret="other"),
        RawRequest(headers=as_hex, body=request.body),
        RawRequest(body=request.body),
    ):
        with pytest.raises(Unauthenticated):
            TYPEFORM.verify(broken, SOURCE)


@pytest.mark.parametrize("secrets", [{}, {"secret": ""}])
def test_without_a_secret_nothing_verifies(secrets: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        TYPEFORM.verify(signed(b"{}", secret=""), source("typeform", secrets=secrets))


def test_another_shape_is_quarantined() -> None:
    with pytest.raises(ChannelError, match="unknown_shape"):
        parse("typeform", RawRequest(body=b'{"form_response": 1}'))
