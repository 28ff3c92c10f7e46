"""No text that PostgreSQL cannot keep gets into a statement, and all others stay as they are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import (
    MOST_COMPOSED,
    lines_of,
    one_line,
    require_storable_tree,
    storable,
    storable_tree,
)

ANY = st.text(st.characters(codec=None) | st.sampled_from("\0\ud800\udbff\udc00\udfff\ufffd"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY,
    lambda inner: st.lists(inner) | st.dictionaries(ANY, inner),
)


def is_kept(text: str) -> bool:
    return "\0" not in text and text == text.encode(errors="replace").decode()


@given(ANY)
def test_a_text_that_can_be_kept_stays_as_it_is(text: str) -> None:
    assert is_kept(storable(text))
    assert len(storable(text)) == len(text)
    assert (storable(text) == text) is is_kept(text)


@given(JSON)
def test_whatever_is_made_storable_is_taken(value: object) -> None:
    made = storable_tree(value)
    require_storable_tree(made)
    text = json.dumps(value, ensure_ascii=False)
    if is_kept(text) and "\\u0000" not in json.dumps(value):
        require_storable_tree(value)
        assert made == value
    else:
        with pytest.raises(ValueError, match="cannot be stored"):
            require_storable_tree(value)


SEEN = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]) | st.sampled_from("\n\t \xa0")
)


@given(SEEN)
def test_a_name_is_one_line_of_what_can_be_seen(text: str) -> None:
    name = one_line(text)
    assert name == one_line(f"\u200b {name}\r\n") == " ".join(name.split())
    assert one_line(text.replace(" ", " \u2028\n")) == name
    assert lines_of(f"{text}\r\n{text}") == lines_of(f"{text}\n{text}")


@given(ANY, st.sampled_from("\0\a\x1b\x7f\x9f\u202e\u2066\ud800"), ANY)
def test_what_is_not_seen_is_refused(before: str, sign: str, after: str) -> None:
    for read in (one_line, lines_of):
        with pytest.raises(ValueError, match=r"control|cannot be stored"):
            read(f"{before}{sign}{after}")


def test_what_is_no_text_or_far_too_long_is_left_to_its_type() -> None:
    assert (one_line(7), lines_of(None)) == (7, None)
    marks = "\u0301\u0323" * MOST_COMPOSED  # composing them would take seconds
    assert lines_of(f"a{marks}") == f"a{marks}"
