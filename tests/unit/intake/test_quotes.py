"""Quoted replies in Russian and English: cut where a program quoted, kept where a person spoke."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.quotes import unquoted

CUT = {
    "english with a run": "Yes, please.\n\nOn Mon, 5 Feb 2024 at 10:00, Ann <a@b.c> wrote:\n"
    "> Do you?\n> Ann",
    "english wrapped": "Yes, please.\n\nOn Mon, 5 Feb 2024 at 10:00, Ann Lee\n"
    "<a@b.c> wrote:\n> Do you?",
    "russian with a run": "Yes, please.\n\nИван Петров пишет:\n> Хотите?\n>> Да",
    "russian past, both genders": "Yes, please.\n\nИван Петров написал(а):\n\n> Хотите?",
    "russian feminine": "Yes, please.\n5 февраля 2024 г. Анна написала:\n> Хотите?",
    "gmail in russian": "Yes, please.\n\nпн, 5 февр. 2024 г. в 10:00, Иван <i@p.ru>:\n\n> Хотите?",
    "html without marks": "Yes, please.\nOn Mon, 5 Feb 2024 at 10:00, Ann <a@b.c> wrote:\n"
    "Do you?\nAnn",
    "outlook in english": "Yes, please.\n\n________________________________\nFrom: Ann <a@b.c>\n"
    "Sent: Monday, February 5, 2024 10:00\nTo: Bob\nSubject: RE: tea\n\nDo you?",
    "outlook in russian": "Yes, please.\n\nОт: Анна <a@b.ru>\nОтправлено: 5 февраля 2024 г. 10:00\n"
    "Кому: Иван\nТема: чай\n\nХотите?",
    "outlook in bold": "Yes, please.\n\n*From:* Ann\n*Date:* today\n*To:* Bob\n\nDo you?",
    "original message": "Yes, please.\n\n-----Original Message-----\nDo you?",
    "original message in russian": "Yes, please.\n-------- Исходное сообщение --------\nХотите?",
    "bare run": "> Do you?\nYes, please.\n> Bye",
    "windows line ends": "Yes, please.\r\n\r\nИван пишет:\r\n> Хотите?\r\n",
}  # fmt: skip

KEPT = [
    "Как мне вчера написал:\nпозвоните мне",
    "Мой вопрос такой.\nОт: двери до двери далеко.",
    "From: here to there, please.\nAnd back.",
    "2 > 1, call me",
    "Сколько стоит доставка?\n\nАнна\n+7 999 111-22-33",
]


@pytest.mark.parametrize("text", CUT.values(), ids=CUT.keys())
def test_quotes_are_cut(text: str) -> None:
    assert unquoted(text) == "Yes, please."


@pytest.mark.parametrize("text", KEPT)
def test_peoples_own_words_stay(text: str) -> None:
    assert unquoted(text) == text


def test_words_below_a_run_stay() -> None:
    text = "On 5 Feb 2024, Ann wrote:\n> Do you?\n\nYes.\n\n> Really?\n\nReally."
    assert unquoted(text) == "Yes.\n\nReally."


def test_a_mail_that_is_only_a_quote_is_kept() -> None:
    assert unquoted("> Do you?\n> Ann") == "> Do you?\n> Ann"
    forwarded = "---------- Forwarded message ---------\nFrom: Ann\nDo you?"
    assert unquoted(forwarded) == forwarded


@given(text=st.text(alphabet="abc >:\nFromОтДата<@1", max_size=300))
def test_nothing_is_invented(text: str) -> None:
    own = unquoted(text)
    assert set(own.split("\n")) <= {line.rstrip() for line in text.split("\n")} | {
        line.strip() for line in text.split("\n")
    } | {""}
    assert bool(own) == bool(text.strip())
