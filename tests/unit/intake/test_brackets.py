"""Names with brackets: what PHP would make of them, and what it would lose."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.parsing.brackets import MAX_BRACKETS, nested
from services.intake.channels.parsing.forms import MAX_FIELDS
from services.intake.domain.requests import ChannelError

TABLE: dict[str, tuple[list[tuple[str, str]], dict[str, Any]]] = {
    "plain": ([("a", "1"), ("b", "2")], {"a": "1", "b": "2"}),
    "objects": ([("a[b]", "1"), ("a[c][d]", "2")], {"a": {"b": "1", "c": {"d": "2"}}}),
    "a list by numbers": ([("a[0]", "1"), ("a[1]", "2")], {"a": ["1", "2"]}),
    "a list by nothing": ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
    "objects in a list": ([("a[0][x]", "1"), ("a[1][x]", "2")], {"a": [{"x": "1"}, {"x": "2"}]}),
    "numbers with gaps": ([("a[1]", "1"), ("a[3]", "2")], {"a": {"1": "1", "3": "2"}}),
    "twice": ([("a", "1"), ("a", "2"), ("a", "3")], {"a": ["1", "2", "3"]}),
    "twice within": ([("a[b]", "1"), ("a[b]", "2")], {"a": {"b": ["1", "2"]}}),
    "a value and an object": ([("a", "1"), ("a[b]", "2")], {"a": {"": "1", "b": "2"}}),
    "an object and a value": ([("a[b]", "2"), ("a", "1")], {"a": {"b": "2", "": "1"}}),
    "values and an object": (
        [("a", "1"), ("a", "2"), ("a[b]", "3")],
        {"a": {"": ["1", "2"], "b": "3"}},
    ),
    "broken": (
        [("[a]", "1"), ("a[b", "2"), ("a]b[", "3"), ("a[b]c", "4"), ("", "5")],
        {"[a]": "1", "a[b": "2", "a]b[": "3", "a[b]c": "4", "": "5"},
    ),
    "Cyrillic": ([("поля[имя]", "Анна")], {"поля": {"имя": "Анна"}}),
}


@pytest.mark.parametrize("name", TABLE)
def test_names(name: str) -> None:
    pairs, expected = TABLE[name]
    assert nested(pairs) == expected


def test_depth_and_number_are_bounded() -> None:
    deepest = "a" + "[b]" * MAX_BRACKETS
    assert nested([(deepest, "1")])
    with pytest.raises(ChannelError, match="too_deep"):
        nested([(deepest + "[b]", "1")])
    with pytest.raises(ChannelError, match="too_many_fields"):
        nested([("a", "1")] * (MAX_FIELDS + 1))


def _values(tree: Any) -> list[str]:
    members = tree.values() if isinstance(tree, dict) else tree
    return [tree] if isinstance(tree, str) else [word for one in members for word in _values(one)]


NAMES = st.lists(st.sampled_from("ab01[]"), max_size=12).map("".join)


@given(st.lists(NAMES, max_size=12))
def test_no_value_is_lost(names: list[str]) -> None:
    values = [str(number) for number, _ in enumerate(names)]
    assert sorted(_values(nested(zip(names, values, strict=True)))) == sorted(values)
