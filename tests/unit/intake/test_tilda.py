"""Tilda: the handshake, the optional key, the visitor's cookies."""

import json
from urllib.parse import quote

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import RawRequest, Unauthenticated
from tests.unit.intake.samples import FORM, JSON, body, http, only, parse, source

TILDA = CHANNELS["tilda"]


@pytest.mark.parametrize("separator", ["|||", "||", "|||amp;"])
def test_each_separator_of_utm(separator: str) -> None:
    utm = quote(f"utm_source=vk{separator}utm_term=чай зелёный{separator}yclid=77")
    fields = {"Name": "Анна", "COOKIES": f"sid=1; TILDAUTM={utm}; other=2"}
    request = RawRequest(headers=JSON, body=_json(fields))
    campaign = only(parse("tilda", request))["campaign"]
    assert campaign == {
        "utm_source": "vk",
        "utm_term": "чай зелёный",
        "click_ids": {"yclid": "77"},
    }


def test_numbered_labels_and_a_second_name() -> None:
    form = "Name=Анна&Name-2=Олег&Phone=89991112233&Phone_2=8(912)3334455&email_2=A@B.ru"
    draft = only(parse("tilda", RawRequest(headers=FORM, body=form.encode())))
    assert draft["contact"] == {
        "name": "Анна",
        "phones": ["+79991112233", "+79123334455"],
        "emails": ["a@b.ru"],
    }
    assert draft["fields"] == {"Name-2": "Олег"}


def test_handshake_is_answered_without_a_key() -> None:
    request = http("forms/tilda.handshake.http")
    answer = TILDA.handshake(request, source("tilda", secrets={"api_key": "k"}))
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"ok")


def test_a_lead_is_no_handshake() -> None:
    request = RawRequest(headers=FORM, body=b"test=test&tranid=1:2&Phone=1")
    assert TILDA.handshake(request, source("tilda")) is None
    lead = RawRequest(headers=FORM, body=body("forms/tilda.lead.form"))
    assert TILDA.handshake(lead, source("tilda")) is None


@pytest.mark.parametrize(
    "request_",
    [
        RawRequest(headers=(*FORM, ("x-my-key", "s3cret")), body=b"Name=A"),
        RawRequest(headers=FORM, body=b"Name=A&whatever=s3cret"),
        RawRequest(headers=FORM, query="token=s3cret", body=b"Name=A"),
    ],
)
def test_the_key_is_taken_wherever_it_comes(request_: RawRequest) -> None:
    guarded = source("tilda", secrets={"api_key": "s3cret"})
    TILDA.verify(request_, guarded)
    (draft,) = TILDA.parse(request_, guarded).inquiries
    assert "s3cret" not in draft.model_dump_json()


@pytest.mark.parametrize("secrets", [{"api_key": "s3cret"}, {"api_key": ""}, {"apikey": "s3cret"}])
def test_no_key_wrong_key_or_a_misnamed_secret_never_verifies(secrets: dict[str, str]) -> None:
    for content in (b"Name=A", b"Name=A&key=s3creT", b"", b"\xff\xfe"):
        with pytest.raises(Unauthenticated):
            TILDA.verify(RawRequest(headers=FORM, body=content), source("tilda", secrets=secrets))


def test_without_a_configured_key_the_url_is_the_secret() -> None:
    TILDA.verify(RawRequest(headers=FORM, body=b"Name=A"), source("tilda"))


def _json(fields: dict[str, str]) -> bytes:
    return json.dumps(fields).encode()
