"""The score of spam: bounded, never less for more signs, whatever their order; and its signs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.renormalising import may_revive
from services.intake.domain.requests import SPAM_THRESHOLD, Draft, RawRequest
from services.intake.domain.spam import (
    WEIGHTS,
    BlockedPoint,
    evidence_of,
    folded,
    host_of,
    is_bot,
    is_everybodys,
    judged,
    verdict,
)
from shared.contracts.inquiry import Spam
from tests.unit.intake.samples import JSON, only, parse

STRONG = {"blocked", "honeypot"}
SIGNS = st.frozensets(st.sampled_from(sorted(WEIGHTS)))
GIVEN = st.builds(
    Spam,
    score=st.floats(0, 1),
    reasons=st.lists(st.sampled_from(["x-spam-status", *WEIGHTS]), unique=True).map(tuple),
)
AD = "Продвижение сайтов в топ выдачи за неделю, гарантия, договор, первые результаты завтра"
CLEAN = "Здравствуйте! Сколько стоит окно на кухню, 140 на 150, с установкой? Вот такое: "


def said(text: str | None, **more: Any) -> frozenset[str]:
    return evidence_of(Draft(channel="form", text=text, **more)).signs


@given(GIVEN, SIGNS, SIGNS)
def test_more_signs_never_score_less_and_all_stay_bounded(
    given_spam: Spam, signs: frozenset[str], more: frozenset[str]
) -> None:
    few, many = judged(given_spam, signs), judged(given_spam, signs | more)
    assert 0 <= few.score <= many.score + 0.0005  # both are rounded
    assert many.score <= 1
    assert set(few.reasons) <= set(many.reasons)
    assert set(many.reasons) == {*given_spam.reasons, *signs, *more}


@given(GIVEN, st.permutations(sorted(WEIGHTS)), st.integers(0, len(WEIGHTS)))
def test_the_order_of_signs_does_not_matter(
    given_spam: Spam, signs: list[str], number: int
) -> None:
    first = signs[:number]
    assert judged(given_spam, first) == judged(given_spam, reversed(first))
    assert judged(given_spam, [*first, *first]) == judged(given_spam, first)


@given(GIVEN, SIGNS)
def test_judging_again_by_the_same_signs_changes_nothing(
    given_spam: Spam, signs: frozenset[str]
) -> None:
    once = judged(given_spam, signs)
    assert judged(once, signs) == once


def test_one_weak_sign_sets_nothing_aside() -> None:
    alone = {sign: verdict({sign}).score for sign in WEIGHTS}
    assert {sign for sign, score in alone.items() if score >= SPAM_THRESHOLD} == STRONG
    assert verdict(()) == Spam()


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        (None, set()),
        (AD, set()),
        (CLEAN + "https://shop.example/okno?id=5", set()),
        (CLEAN + "https://shop.example/okno и www.shop.example/dver", {"links"}),
        (" ".join(f"http://s{number}.example" for number in range(5)), {"links", "many_links"}),
        ("Купить [url=http://s.example]тут[/url]", {"markup"}),
        ('<a href="http://s.example">', {"markup"}),
        ("<b>жирно</b> [важно] почта a@b.example", set()),
    ],
)
def test_signs_of_a_text(text: str | None, signs: set[str]) -> None:
    assert said(text) == signs


def test_links_in_a_name_count_too() -> None:
    contact = {"name": "Выигрыш http://a.example http://b.example"}
    assert said(None, contact=contact) == {"links"}


@pytest.mark.parametrize(
    ("agent", "bot"),
    [
        (None, False),
        ("", False),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1", False),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", True),
        ("python-requests/2.32.3", True),
        ("Mozilla/5.0 HeadlessChrome/126.0", True),
        ("curl/8.5.0", True),
    ],
)
def test_programs_by_their_names(agent: str | None, *, bot: bool) -> None:
    assert is_bot(agent) is bot


def test_the_visitors_program_as_a_form_plugin_tells_it() -> None:
    entry = b'{"id": "1", "1": "+79161234567", "user_agent": "python-requests/2.32"}'
    draft = only(parse("gravity-forms", RawRequest(headers=JSON, body=entry)))
    assert draft["spam"] == {"score": 0.5, "reasons": ["bot"]}


def test_what_is_looked_up_and_what_a_rejection_learns() -> None:
    contact = {"phones": ["+79161234567"], "emails": ["a@mail.spam.example"]}
    text = AD + " https://user@www.Shop.Spam.example:8080/x?y и http://t.me/spam"
    evidence = evidence_of(Draft(channel="form", text=text, contact=contact))
    assert evidence.text_digest is not None
    digest = BlockedPoint("text", evidence.text_digest.hex())
    domains = {point.value for point in evidence.points if point.kind == "domain"}
    assert domains == {
        *("shop.spam.example", "spam.example", "mail.spam.example", "t.me"),
    }
    assert set(evidence.learnable) == {
        BlockedPoint("phone", "+79161234567"),
        BlockedPoint("email", "a@mail.spam.example"),
        BlockedPoint("domain", "shop.spam.example"),
        BlockedPoint("domain", "t.me"),
        digest,
    }
    assert {point for point in evidence.learnable if is_everybodys(point)} == {
        BlockedPoint("domain", "t.me")
    }


def test_the_same_text_is_known_whatever_its_case_digits_and_signs() -> None:
    one, other = (
        evidence_of(Draft(channel="form", text=text)).text_digest
        for text in (AD, AD.upper().replace(",", " 7 !"))
    )
    assert one == other is not None
    assert evidence_of(Draft(channel="form", text="Перезвоните мне")).text_digest is None


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("Spam.Example", "spam.example"),
        ("@spam.example", "spam.example"),
        ("https://www.spam.example/a?b", "spam.example"),
        ("пример.рф", "пример.рф"),
        ("spam", None),
        ("a b.example", None),
        ("", None),
    ],
)
def test_domains_as_they_are_written(written: str, host: str | None) -> None:
    assert host_of(written) == host


@pytest.mark.parametrize(
    ("state", "reason", "again"),
    [
        ("quarantined", "spam", False),
        ("ignored", "rejected", False),
        ("ignored", "duplicate", False),
        ("quarantined", "bad_json", True),
    ],
)
def test_a_new_reading_judges_nobody_anew(state: str, reason: str, *, again: bool) -> None:
    assert may_revive(state, reason) is again


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    evidence = evidence_of(Draft(channel="form", text=text, subject=text))
    assert evidence.signs <= WEIGHTS.keys()
    assert folded(text).split() == folded(folded(text)).split()
