"""The plain HTML form: what is read of it, what marks a robot, and what the browser is answered."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.channels import CHANNELS
from services.intake.channels.forms.thank_you import language_of
from services.intake.domain.requests import Answer, ChannelError, RawRequest, Unauthenticated
from shared.ids import new_id
from tests.unit.intake.providers.sample import NOON
from tests.unit.intake.samples import FORM, JSON, only, parse, source

HTML = CHANNELS["html-form"]
VISIT = "0198f6a0-0000-4000-8000-000000000001"
PERSON = {"name": "Анна", "phone": "8 916 123-45-67"}


def form(*headers: tuple[str, str], **fields: str) -> RawRequest:
    body = urlencode({**PERSON, **fields}).encode()
    return RawRequest(headers=(*FORM, *headers), body=body, received_at=NOON)


def answered(request: RawRequest, **settings: Any) -> Answer:
    ours = source("html-form", **settings)
    return HTML.answer(request, ours, receipt_id=new_id(), duplicate=False)


def header(answer: Answer, name: str) -> str | None:
    return next((value for key, value in answer.headers if key == name), None)


def test_everything_that_the_snippet_sends() -> None:
    fields = {
        "utm_source": "vk", "yclid": "77", "lf_page": "https://a.example/p?utm_source=x&utm_term=t",
        "lf_referrer": "https://ya.ru/", "lf_form": "Замер", "lf_id": VISIT, "lf_ms": "15000",
        "lf_consent": "yes", "lf_consent_text": "2026-01", "consent": "yes", "lf_website": "",
    }  # fmt: skip
    content = parse("html-form", form(**fields))
    draft = only(content)
    assert draft.pop("external_id") == content.external_id
    assert str(content.external_id).startswith(VISIT + ":")
    assert draft == {
        "channel": "form",
        "contact": {"name": "Анна", "phones": ["+79161234567"]},
        "campaign": {
            "utm_source": "vk", "utm_term": "t", "click_ids": {"yclid": "77"},
            "page_url": "https://a.example/p?utm_source=x&utm_term=t",
            "referrer": "https://ya.ru/", "form_name": "Замер",
        },
        "fields": {"consent": "yes"},
        "consent": {"given": True, "text_version": "2026-01"},
    }  # fmt: skip


def test_without_the_snippet_the_browser_tells_the_page() -> None:
    request = form(("referer", "https://a.example/?gclid=g"), согласие="on")
    draft = only(parse("html-form", request))
    assert draft["campaign"] == {
        "page_url": "https://a.example/?gclid=g",
        "click_ids": {"gclid": "g"},
    }
    assert draft["consent"] == {"given": True}
    assert "external_id" not in draft


@pytest.mark.parametrize(
    "page", ["javascript:alert(1)", "a.example", "https://[", "https://a/?" + "a=1&" * 999]
)
def test_a_page_that_is_none_costs_nothing(page: str) -> None:
    assert only(parse("html-form", form(lf_page=page)))["contact"]["name"] == "Анна"


def test_the_same_form_of_one_visit_is_one_and_a_corrected_one_another() -> None:
    first = parse("html-form", form(lf_id=VISIT, lf_ms="9000")).external_id
    assert parse("html-form", form(lf_id=VISIT, lf_ms="9999")).external_id == first
    assert parse("html-form", form(lf_id=VISIT, phone="89161234568")).external_id != first
    for visit in ("1", "", VISIT + "0", VISIT.upper() + "x"):
        assert parse("html-form", form(lf_id=visit)).external_id is None


@pytest.mark.parametrize(
    ("fields", "options", "score", "reasons"),
    [
        ({}, {}, 0, []),
        ({"lf_website": " "}, {}, 0.9, ["honeypot"]),
        ({"lf_website": "https://spam.example"}, {}, 0.9, ["honeypot"]),
        ({"phone2": "89161112233"}, {"honeypot": "phone2"}, 0.9, ["honeypot"]),
        ({"lf_ms": "1999"}, {}, 0.5, ["filled_too_fast"]),
        ({"lf_ms": "0", "lf_website": "x"}, {}, 0.95, ["filled_too_fast", "honeypot"]),
        ({"lf_ms": "2000"}, {}, 0, []),
        ({"lf_ms": "soon"}, {"honeypot": 5}, 0, []),
    ],
)
def test_what_marks_a_robot(
    fields: dict[str, str], options: dict[str, Any], score: float, reasons: list[str]
) -> None:
    draft = only(parse("html-form", form(**fields), options=options))
    spam = draft.get("spam", {"score": 0, "reasons": []})
    assert spam == {"score": score, "reasons": reasons}
    assert draft["contact"]["phones"] == ["+79161234567"], "what is in the trap is nobody's number"


def _multipart(*parts: str) -> RawRequest:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    kind = (("content-type", "multipart/form-data; boundary=b"),)
    return RawRequest(headers=kind, body=body.encode(), received_at=NOON)


def test_files_are_told_and_not_kept() -> None:
    draft = only(
        parse(
            "html-form",
            _multipart(
                'Content-Disposition: form-data; name="имя"\r\n\r\nАнна',
                'Content-Disposition: form-data; name="цвета[]"\r\n\r\nбелый',
                'Content-Disposition: form-data; name="цвета[]"\r\n\r\nсиний',
                'Content-Disposition: form-data; name="f"; filename="план.jpg"\r\n'
                "Content-Type: image/jpeg\r\n\r\n\x00\x01\x02",
                'Content-Disposition: form-data; name="g"; filename=""\r\n'
                "Content-Type: application/octet-stream\r\n\r\n",
            ),
        )
    )
    assert draft["contact"] == {"name": "Анна"}
    assert draft["fields"] == {"цвета": ["белый", "синий"]}
    assert draft["attachments"] == [
        {
            "name": "план.jpg",
            "media_type": "image/jpeg",
            "size_bytes": 3,
            "refused": "files_are_not_kept",
        }
    ]


def test_an_empty_form_is_kept_for_a_repair() -> None:
    empty = _multipart('Content-Disposition: form-data; name="имя"\r\n\r\n')
    for request in (empty, RawRequest(headers=FORM, body=b"name=&phone=")):
        with pytest.raises(ChannelError, match="empty"):
            parse("html-form", request)


def test_json_of_a_script() -> None:
    request = RawRequest(headers=JSON, body=json.dumps({**PERSON, "lf_ms": 100}).encode())
    draft = only(parse("html-form", request))
    assert draft["spam"]["reasons"] == ["filled_too_fast"]


@pytest.mark.parametrize(
    ("accepted", "country", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "US", "ru"),
        ("en-US,en;q=0.9,ru;q=0.8", "RU", "en"),
        ("ru;q=0.3,en;q=0.7", "RU", "en"),
        ("de-DE,de;q=0.9,ru;q=0.5", "DE", "ru"),
        ("de", "RU", "en"),
        ("", "RU", "ru"),
        ("", "DE", "en"),
        ("*;q=x,,;;;" * 500, "RU", "en"),
    ],
)
def test_the_language_of_the_page(accepted: str, country: str, language: str) -> None:
    assert language_of(accepted, country=country) == language


def test_it_never_redirects_where_the_form_says() -> None:
    request = form(
        ("referer", "https://evil.example/"), redirect="https://evil.example/", next="//e"
    )
    answer = answered(request)
    assert (answer.status, answer.content_type) == (200, "text/html; charset=utf-8")
    assert b"evil" not in answer.body + repr(answer.headers).encode()
    for address in ("javascript:alert(1)", "/thanks", "https://a.example/\r\nX: y", 5, None):
        assert answered(request, options={"thank_you_url": address}).status == 200


@pytest.mark.parametrize(
    ("options", "faults"),
    [
        ({"origins": ["https://a.example", "http://b.example:8080/", "*"]}, []),
        ({"thank_you_url": "https://a.example/спасибо"}, ["thank_you_url"]),
        ({"thank_you_url": "//a.example"}, ["thank_you_url"]),
        ({"origins": "https://a.example"}, ["origins"]),
        ({"origins": ["a.example", 5]}, ["origins"]),
        ({"origins": ["https://a.example/page"], "honeypot": ""}, ["origins", "honeypot"]),
    ],
)
def test_options_that_cannot_work(options: dict[str, Any], faults: list[str]) -> None:
    assert [name for name, _ in HTML.check_options(options)] == faults


@pytest.mark.parametrize(
    "adapter", ["jotform", "gravity-forms", "contact-form-7", "wpforms", "elementor", "unbounce",
                "marquiz", "html-form"],
)  # fmt: skip
def test_a_source_that_signs_nothing_takes_no_secrets(adapter: str) -> None:
    CHANNELS[adapter].verify(form(), source(adapter))
    with pytest.raises(Unauthenticated):
        CHANNELS[adapter].verify(form(), source(adapter, secrets={"secret": "s"}))
