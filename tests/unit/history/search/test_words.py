"""Folding keeps places, points have one form, and no query becomes more than it may."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.search.documents import Part
from services.history.domain.search.excerpts import START, STOP, pieces_of, windows_of
from services.history.domain.search.queries import (
    MAX_QUERY,
    MAX_TERMS,
    QueryError,
    email_spelling,
    phone_spellings,
    read_query,
)
from services.history.domain.search.words import fold, phone_point, quoted

TEXT = st.text(st.characters(codec="utf-8"), max_size=300)


@given(TEXT)
def test_a_place_in_the_folded_text_is_one_in_the_text(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    assert re.fullmatch(r"[\w ]*", folded)


def test_folding() -> None:
    assert fold("Ёлка, ТЁПЛЫЙ — Zoë O'Neil\n№5й") == "елка  теплый   zoe o neil  5й"


@pytest.mark.parametrize(
    "text",
    ["+7 916 123-45-67", "8(916)1234567", "89161234567", "+79161234567", "0079161234567"],
)
def test_all_notations_of_a_phone_end_alike(text: str) -> None:
    point = phone_point(text)
    assert point is not None
    assert point.startswith("tel:7654321619")


@pytest.mark.parametrize("text", ["123456", "0" * 30, "1" * 16, "", "нет"])
def test_what_is_no_phone(text: str) -> None:
    assert phone_point(text) is None


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("8 (999) 123-45-67", "+79991234567"),
        ("999 123 45 67", "+79991234567"),
        (" 79991234567", "+79991234567"),  # a plus that an address has turned into a blank
        ("0079991234567", "+79991234567"),
        ("+84 912 345 678", "+84912345678"),
        ("+49 30 901820", "+4930901820"),
        ("+677 12345", "+67712345"),
        ("00298 123456", "+298123456"),
        ("8123456789", "+78123456789"),
    ],
)
def test_a_phone_of_any_notation_is_one_of_a_card(text: str, stands: str) -> None:
    assert stands in phone_spellings(text)


@pytest.mark.parametrize("text", ["123-45-67", "812 345 67 8", "8 123 45 67"])
def test_the_last_digits_are_no_whole_phone(text: str) -> None:
    assert phone_spellings(text) == ()
    assert phone_point(text) is not None, "search finds by them"


@pytest.mark.parametrize("text", ["anna", "123456", "1" * 16, "8 999 123-45-67 Anna", "", "@"])
def test_what_else_is_neither_phone_nor_address(text: str) -> None:
    assert phone_spellings(text) == ()
    assert email_spelling(text) is None


def test_an_address_in_any_case() -> None:
    assert email_spelling(" Ivan@Mail.Example ") == "ivan@mail.example"


@given(TEXT)
def test_a_phone_of_a_list_is_one_of_search(text: str) -> None:
    for spelling in phone_spellings(text):
        assert str(phone_point(spelling)).startswith(str(phone_point(text)))


@given(TEXT)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query = read_query(text)
    except QueryError:
        assert len(text) > MAX_QUERY or not fold(text).strip() or len(text) > MAX_TERMS
        return
    assert len(query.terms) <= MAX_TERMS
    assert (query.expression is None) == bool(query.terms)
    for term in query.terms:
        assert re.fullmatch(r"[\w ]*", term.words)
    if query.expression is not None:
        assert re.fullmatch(r'[\w "-]*', query.expression)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("насос тру", [("насос", False), ("тру", True)]),
        ("насос тру ", [("насос", False), ("тру", False)]),
        ("н", [("н", False)]),
        ("санкт-петер", [("санкт", False), ("петер", True)]),
    ],
)
def test_the_last_word_may_be_unfinished(text: str, words: list[tuple[str, bool]]) -> None:
    assert [(term.words, term.is_prefix) for term in read_query(text).terms] == words


def test_points_stand_for_their_words() -> None:
    query = read_query("Иванов 8 916 123-45-67 ivan@ex")
    assert [(term.words, term.point) for term in query.terms] == [
        ("ivan ex", "'mail:ivan@ex':*"),
        ("8 916 123 45 67", "'tel:7654321619':*"),
        ("иванов", None),
    ]


def test_quoting() -> None:
    assert quoted("a'b\\c") == "'a''b\\\\c'"


@given(TEXT, st.sets(st.integers(0, 299)))
def test_pieces_together_are_the_text(text: str, places: set[int]) -> None:
    (window,) = windows_of([Part("text", text)], ["x"])
    marked = "".join(
        f"{START}{letter}{STOP}" if number in places else letter
        for number, letter in enumerate(window.folded)
    )
    pieces = pieces_of(window, marked)
    assert "".join(piece.text for piece in pieces) == window.text
    assert window.text in text
    assert all(piece.text for piece in pieces)
