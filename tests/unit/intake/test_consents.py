"""Consents: which labels ask for one, what an answer means, and what is known around it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.parsing.consents import ConsentAnswers, consent_of, note
from services.intake.channels.reading import read
from services.intake.domain.consents import RefusedChannel, strictest, withdrawn
from services.intake.domain.requests import RawRequest, Submission
from shared.ids import new_id
from tests.unit.intake.samples import FORM, JSON, source

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
TEXT = "Я даю согласие на обработку персональных данных"
CHANNEL = st.sampled_from(list(RefusedChannel))


def consent(label: str, words: str) -> dict[str, Any] | None:
    answers = ConsentAnswers()
    note(answers, label, words)
    record = consent_of(answers)
    return None if record is None else record.model_dump(exclude_none=True)


@pytest.mark.parametrize(
    ("label", "purpose"),
    [
        ("Согласие", None),
        ("Я согласен(на)", None),
        ("Согласие на обработку персональных данных", "personal_data"),
        ("Обработка персональных данных", "personal_data"),
        ("С политикой конфиденциальности ознакомлен", "personal_data"),
        ("privacy_policy", "personal_data"),
        ("gdpr-agreement", "personal_data"),
        ("I agree", None),
        ("consent", None),
        ("acceptance-1", None),
        ("newsletter", "marketing"),
        ("opt-in", "marketing"),
        ("email_opt_in", "marketing"),
        ("Подписаться на рассылку", "marketing"),
        ("Рекламные сообщения", "marketing"),
    ],
)
def test_these_labels_ask_for_a_consent(label: str, purpose: str | None) -> None:
    expected = {"given": True} if purpose is None else {"given": True, "purpose": purpose}
    assert consent(label, "on") == expected
    assert consent(label, "нет") == {**expected, "given": False}


@pytest.mark.parametrize(
    "words", ["", " ", "перезвоните завтра", "маленький", "5", "anna@example.com"]
)
def test_what_says_neither_is_no_answer(words: str) -> None:
    assert consent("Согласие", words) is None


@pytest.mark.parametrize(
    "label", ["Комментарий", "Имя", "Город", "Соглашение №", "Дата подписания"]
)
def test_other_labels_ask_for_none(label: str) -> None:
    assert consent(label, "да") is None


def test_a_box_with_the_sentence_as_its_value_tells_the_text() -> None:
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert consent("Согласие", f" {TEXT}\n") == {"given": True, "text_digest": digest}


def test_the_use_of_personal_data_is_told_before_advertising() -> None:
    answers = ConsentAnswers()
    for label, words in (("newsletter", "no"), ("privacy", "1"), ("consent text", TEXT)):
        note(answers, label, words)
    note(answers, "Remote IP", "203.0.113.7")
    record = consent_of(answers)
    assert record is not None
    assert (record.given, record.purpose, record.ip) == (True, "personal_data", "203.0.113.7")
    assert record.text_digest == hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize("words", ["", "unknown", "1.2.3", "1.2.3.4, 5.6.7.8", "x" * 99])
def test_what_is_no_address_is_left_out(words: str) -> None:
    answers = ConsentAnswers(by_purpose={"consent": True})
    note(answers, "ip", words)
    record = consent_of(answers)
    assert record is not None
    assert record.ip is None


def posted(**fields: str) -> Submission:
    body = urlencode({"phone": "89161234567", **fields}).encode()
    headers = (*FORM, ("x-leadflow-peer", "203.0.113.7"))
    request = RawRequest(headers=headers, body=body, received_at=NOON)
    return Submission(new_id(), new_id(), native=False, request=request, received_at=NOON)


def consent_by_door(submission: Submission, adapter: str = "html-form") -> dict[str, Any] | None:
    view = source(adapter, consent_text_version="2026-01")
    (draft,) = read(submission, view).drafts
    return draft.model_dump(mode="json", exclude_none=True).get("consent")


def test_what_is_known_around_a_consent_is_told_with_it() -> None:
    page = "https://shop.example/order"
    submission = posted(lf_consent="yes", lf_page=page, lf_consent_shown=TEXT)
    assert consent_by_door(submission) == {
        "given": True,
        "text_version": "2026-01",
        "at": "2026-10-01T12:00:00Z",
        "text_digest": hashlib.sha256(TEXT.encode()).hexdigest(),
        "page_url": page,
        "ip": "203.0.113.7",
    }


@pytest.mark.parametrize("fields", [{}, {"lf_consent": "no"}, {"consent": ""}])
def test_a_box_that_is_not_ticked_is_no_refusal(fields: dict[str, str]) -> None:
    assert consent_by_door(posted(**fields)) is None


def test_an_answer_of_no_is_a_refusal() -> None:
    record = consent_by_door(posted(consent="нет"))
    assert record is not None
    assert record["given"] is False


def test_a_sender_in_json_tells_the_text_and_the_address() -> None:
    body = b'{"phone": "+79161234567", "agree": true, "remote_ip": "2001:db8::1"}'
    request = RawRequest(headers=JSON, body=body, received_at=NOON)
    submission = replace(posted(), request=request)
    record = consent_by_door(submission, "generic-json")
    assert record is not None
    assert (record["given"], record["ip"]) == (True, "2001:db8::1")


@given(st.lists(CHANNEL), st.lists(CHANNEL))
def test_two_people_together_are_refused_by_every_refusal_of_either(
    first: list[RefusedChannel], second: list[RefusedChannel]
) -> None:
    both = set(strictest([*first, *second]))
    assert all(channel in both or RefusedChannel.ALL in both for channel in [*first, *second])
    assert both <= {*first, *second}
    assert strictest(list(both)) == strictest([*second, *first])


def test_a_withdrawal_closes_what_it_names_or_all() -> None:
    assert withdrawn(None, ()) == withdrawn("marketing", ()) == ["all"]
    assert withdrawn("marketing", ("email", "chat")) == ["chat", "email"]
    assert withdrawn("personal_data", ()) == []
