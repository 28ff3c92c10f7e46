"""Postmark: basic authentication, machines' mails, phones of the own words."""

import base64
import json
from typing import Any

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, RawRequest, Unauthenticated
from tests.unit.intake.samples import body, only, parse, source

POSTMARK = CHANNELS["postmark"]
SOURCE = source("postmark", secrets={"username": "почта", "password": "p:w"})


def basic(pair: str, *, scheme: str = "Basic") -> RawRequest:
    token = base64.b64encode(pair.encode()).decode()
    return RawRequest(headers=(("authorization", f"{scheme} {token}"),), body=b"{}")


def mail(**fields: Any) -> dict[str, Any]:
    letter = {"From": "Анна <ANNA@Example.com>", "MessageID": "m-1", **fields}
    return only(parse("postmark", RawRequest(body=json.dumps(letter).encode())))


def refused(*headers: tuple[str, str], **fields: Any) -> str | None:
    pairs = [{"Name": name, "Value": value} for name, value in headers]
    letter = {"From": "a@example.com", "TextBody": "Hi", "Headers": pairs, **fields}
    return parse("postmark", RawRequest(body=json.dumps(letter).encode())).ignored


@pytest.mark.parametrize("name", ["test", "test-with-raw"])
def test_the_consoles_check_is_never_a_duplicate(name: str) -> None:
    findings = parse("postmark", RawRequest(body=body(f"email/postmark.{name}.json")))
    assert findings.external_id is None


def test_own_phones_are_taken_and_quoted_ones_are_not() -> None:
    text = "Перезвоните: 8 (999) 111-22-33\n\nИван пишет:\n> наш номер 8 (495) 123-45-67\n"
    draft = mail(TextBody=text, Subject="Re: Окна")
    assert draft["text"] == "Перезвоните: 8 (999) 111-22-33"
    assert draft["contact"] == {
        "name": "Анна",
        "emails": ["anna@example.com"],
        "phones": ["+79991112233"],
    }


def test_html_is_read_when_there_is_nothing_else() -> None:
    html = "<style>p{}</style><p>Хочу&nbsp;счёт,\n тел. <b>8&nbsp;999 111-22-33</b><br>Анна</p>"
    draft = mail(TextBody="  ", HtmlBody=html)
    assert draft["text"] == "Хочу счёт, тел. 8 999 111-22-33\nАнна"
    assert draft["contact"]["phones"] == ["+79991112233"]


def test_the_raw_mail_is_decoded_by_its_own_charset() -> None:
    text = base64.b64encode("Здравствуйте".encode("koi8-r")).decode()
    raw = (
        "From: =?windows-1251?B?wO3t4A==?= <a@b.ru>\r\nSubject: =?utf-8?B?0KHRh9GR0YI=?=\r\n"
        "Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    draft = mail(From=None, RawEmail=raw + text)
    assert draft["contact"] == {"name": "Анна", "emails": ["a@b.ru"]}
    assert (draft["subject"], draft["text"]) == ("Счёт", "Здравствуйте")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (("Auto-Submitted", "auto-replied"), "auto_reply"),
        (("auto-submitted", "auto-generated; x=1"), "auto_reply"),
        (("X-Autoreply", "yes"), "auto_reply"),
        (("Precedence", "bulk"), "auto_reply"),
        (("Precedence", "Junk"), "auto_reply"),
        (("Precedence", "auto_reply"), "auto_reply"),
        (("Precedence", "list"), "list"),
        (("List-Id", "<news.example.com>"), "list"),
        (("Return-Path", "<>"), "bounce"),
        (("Content-Type", "multipart/report; report-type=delivery-status"), "bounce"),
        (("X-Failed-Recipients", "a@b.c"), "bounce"),
        (("Auto-Submitted", "no"), None),
        (("X-Spam-Status", "No"), None),
    ],
)
def test_machines_are_ignored_with_the_reason(header: tuple[str, str], reason: str | None) -> None:
    assert refused(header) == reason


def test_a_daemons_mail_is_a_bounce() -> None:
    assert refused(From="MAILER-DAEMON@mx.example.com") == "bounce"


def test_the_servers_spam_verdict_is_kept() -> None:
    draft = mail(TextBody="x", Headers=[{"Name": "X-Spam-Status", "Value": "Yes, score=9"}])
    assert draft["spam"] == {"score": 1.0, "reasons": ["x-spam-status"]}


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_right_pair_verifies(scheme: str) -> None:
    POSTMARK.verify(basic("почта:p:w", scheme=scheme), SOURCE)


@pytest.mark.parametrize(
    "request_",
    [
        basic("почта:p:v"),
        basic("почта:p:ww"),
        basic("почта:"),
        basic(":"),
        basic("почта:p:w", scheme="Bearer"),
        RawRequest(headers=(("authorization", "Basic !!!"),)),
        RawRequest(headers=(("authorization", "Basic \udcff"),)),
        RawRequest(),
    ],
)
def test_wrong_pairs_are_refused(request_: RawRequest) -> None:
    with pytest.raises(Unauthenticated):
        POSTMARK.verify(request_, SOURCE)


@pytest.mark.parametrize("secrets", [{}, {"username": "", "password": ""}, {"username": "u"}])
def test_missing_secrets_never_verify(secrets: dict[str, str]) -> None:
    for request in (basic(":"), basic("u:")):
        with pytest.raises(Unauthenticated):
            POSTMARK.verify(request, source("postmark", secrets=secrets))


def test_another_shape_is_quarantined() -> None:
    with pytest.raises(ChannelError, match="unknown_shape"):
        parse("postmark", RawRequest(body=b'{"hello": 1}'))
