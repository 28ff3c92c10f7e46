"""No text that PostgreSQL cannot keep gets into a statement, and all others stay as they are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import require_storable_tree, storable, storable_tree

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
