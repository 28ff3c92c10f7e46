"""A word is spelt in the other alphabet and on the other keyboard, and never as itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.search.spellings import latin_of, spellings_of
from services.history.domain.search.words import fold


@pytest.mark.parametrize(
    ("word", "spelling"),
    [
        ("petrov", "петров"), ("петров", "petrov"), ("gtnhjd", "петров"), ("щукин", "shchukin"),
        ("shchukin", "щукин"), ("zhukova", "жукова"), ("ghbdtn", "привет"), ("руддщ", "hello"),
    ],
)  # fmt: skip
def test_a_word_has_its_other_spellings(word: str, spelling: str) -> None:
    assert spelling in spellings_of(word)


@given(st.text(max_size=30))
def test_spellings_are_words_and_never_the_word_itself(text: str) -> None:
    for word in fold(text).split():
        others = spellings_of(word)
        assert word not in others
        assert len(others) <= 2
        assert latin_of(latin_of(word)) == latin_of(word)
