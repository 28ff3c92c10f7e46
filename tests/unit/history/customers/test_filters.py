"""The language of segments: what is read, and every place that is not understood."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.segments.reading import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_FAULTS,
    FilterError,
    read_filter,
)
from services.history.domain.segments.tree import (
    Comparison,
    custom_fields,
    is_relative,
    leaves,
    tags,
)

TYPES = {"size": "number", "grade": "one_of", "since": "date", "is_partner": "boolean"}
NAME = {"field": "name", "op": "contains", "value": "a"}
RELATIVE = {"field": "last_seen", "op": "during", "value": {"this": "month"}}


def faults(tree: Any) -> list[tuple[str, str]]:
    with pytest.raises(FilterError) as caught:
        read_filter(tree, custom_types=TYPES)
    return list(caught.value.faults)


def deep(levels: int) -> Any:
    tree: Any = NAME
    for _ in range(levels):
        tree = {"not": tree}
    return tree


def test_what_a_filter_asks_for() -> None:
    node = read_filter(
        {
            "all": [
                {"any": [NAME, {"field": "tags", "op": "has_all", "value": ["vip", "old"]}]},
                {"not": {"field": "custom.size", "op": "at_least", "value": 3}},
                {"measure": "spent", "op": "at_least", "value": 10, "where": {"currency": "RUB"},
                 "during": {"last": 1, "unit": "years"}},
            ]
        },
        custom_types=TYPES,
    )  # fmt: skip
    assert len(list(leaves(node))) == 4
    assert tags(node) == {"vip", "old"}
    assert custom_fields(node) == {"size"}
    assert is_relative(node)
    assert not is_relative(read_filter(NAME, custom_types={}))
    assert is_relative(
        read_filter(
            {"field": "last_seen", "op": "before", "value": {"ago": 1, "unit": "days"}},
            custom_types={},
        )
    )


@pytest.mark.parametrize(
    ("tree", "pointers"),
    [
        (None, [""]),
        ([], [""]),
        ({}, ["/field"]),
        ({"all": []}, ["/all"]),
        ({"all": [NAME], "any": [NAME]}, [""]),
        ({"all": [NAME, 5, {"not": {"field": "x"}}]}, ["/all/1", "/all/2/not/op"]),
        (NAME | {"more": 1}, [""]),
        (NAME | {"op": "at_least"}, ["/op"]),
        (NAME | {"op": []}, ["/op"]),
        (NAME | {"value": ""}, ["/value"]),
        (NAME | {"value": "\x00"}, ["/value"]),
        (NAME | {"value": "a" * 201}, ["/value"]),
        (NAME | {"field": ["name"]}, ["/field"]),
        (NAME | {"field": "custom.none"}, ["/field"]),
        ({"field": "tags", "op": "has_any", "value": ["a"] * 101}, ["/value"]),
        ({"field": "owners", "op": "has_any", "value": "me"}, ["/value"]),
        ({"field": "last_seen", "op": "before", "value": "2026-03-02T09:00:00"}, ["/value"]),
        ({"field": "last_seen", "op": "before", "value": "9999-12-31T23:00:00-14:00"}, ["/value"]),
        ({"field": "last_seen", "op": "before", "value": {"ago": -1, "unit": "days"}}, ["/value"]),
        ({"field": "last_seen", "op": "during", "value": {"from": 5}}, ["/value/from"]),
        ({"field": "last_seen", "op": "during", "value": {"last": 1}}, ["/value"]),
        (
            {
                "field": "last_seen", "op": "during",
                "value": {"from": "2026-03-02T09:00:00Z", "to": "2026-03-02T09:00:00Z"},
            },
            ["/value/to"],
        ),
        ({"field": "custom.size", "op": "at_least", "value": "5"}, ["/value"]),
        ({"field": "custom.size", "op": "at_least", "value": float("nan")}, ["/value"]),
        ({"field": "custom.size", "op": "at_least", "value": 10**16}, ["/value"]),
        ({"field": "custom.size", "op": "at_least", "value": 0.1234567}, ["/value"]),
        ({"field": "custom.is_partner", "op": "is", "value": 1}, ["/value"]),
        ({"measure": "lies", "op": "at_least", "value": 1}, ["/measure"]),
        ({"measure": "stages", "op": "more", "value": 1}, ["/op"]),
        ({"measure": "spent", "op": "at_least", "value": 1}, ["/where/currency"]),
        (
            {"measure": "stages", "op": "at_least", "value": 1, "where": {"channel": "form"}},
            ["/where"],
        ),
        (
            {"measure": "inquiries", "op": "at_least", "value": 1, "where": {"source": "site"}},
            ["/where/source"],
        ),
        ({"measure": "stages", "op": "at_least", "value": 1, "during": 5}, ["/during"]),
    ],
)  # fmt: skip
def test_every_place_that_is_not_understood_is_named(tree: Any, pointers: list[str]) -> None:
    assert [pointer for pointer, _ in faults(tree)] == pointers


LAST = {"last": 0, "unit": "days"}


@pytest.mark.parametrize(
    ("tree", "pointer"),
    [
        ({"field": "inquiry_count", "op": "equals", "value": 1.5}, "/value"),
        ({"field": "purchase_count", "op": "at_least", "value": -1}, "/value"),
        ({"measure": "purchases", "op": "at_most", "value": 0.5}, "/value"),
        ({"measure": "stages", "op": "at_least", "value": -1}, "/value"),
        ({"measure": "stages", "op": "at_least", "value": 1, "during": LAST}, "/during/last"),
        ({"field": "last_seen", "op": "during", "value": LAST}, "/value/last"),
        ({"field": "phones", "op": "has_any", "value": "123-45-67"}, "/value"),
        ({"field": "phones", "op": "has_all", "value": ["+79161234567", "Ivan"]}, "/value/1"),
        ({"field": "emails", "op": "has_any", "value": ["a@b.example", "a"]}, "/value/1"),
    ],
)
def test_a_new_filter_has_to_make_sense_and_a_stored_one_stays(tree: Any, pointer: str) -> None:
    whole = {"all": [NAME, {"not": tree}]}
    with pytest.raises(FilterError) as caught:
        read_filter(whole, custom_types=TYPES, is_new=True)
    assert [place for place, _ in caught.value.faults] == [f"/all/1/not{pointer}"]
    assert len(list(leaves(read_filter(whole, custom_types=TYPES)))) >= 2


@pytest.mark.parametrize("text", ["8 (916) 123-45-67", "+79161234567", "916 123 45 67"])
@pytest.mark.parametrize("operation", ["has_any", "has_all"])
def test_a_phone_is_read_in_any_notation(text: str, operation: str) -> None:
    tree = {"field": "phones", "op": operation, "value": text}
    [leaf] = leaves(read_filter(tree, custom_types=TYPES, is_new=True))
    assert isinstance(leaf, Comparison)
    assert leaf.operation == "has_any"
    assert isinstance(leaf.value, tuple)
    assert "+79161234567" in leaf.value


def test_all_of_several_points_are_asked_for_one_by_one() -> None:
    tree = {"field": "emails", "op": "has_all", "value": ["A@b.example", "c@d.example"]}
    node = read_filter(tree, custom_types=TYPES, is_new=True)
    found = [leaf.value for leaf in leaves(node) if isinstance(leaf, Comparison)]
    assert found == [("a@b.example",), ("c@d.example",)]


@pytest.mark.parametrize(
    "tree",
    [
        {"field": "inquiry_count", "op": "at_least", "value": 2.0},
        {"field": "inquiry_count", "op": "known", "value": True},
        {"field": "custom.size", "op": "at_least", "value": -1.5},
        {"field": "last_seen", "op": "before", "value": {"ago": 0, "unit": "days"}},
        {"measure": "activities", "op": "equals", "value": 0},
        {"measure": "spent", "op": "at_most", "value": -0.5, "where": {"currency": "RUB"},
         "during": {"last": 1, "unit": "hours"}},
    ],
)  # fmt: skip
def test_what_makes_sense_is_taken(tree: Any) -> None:
    assert len(list(leaves(read_filter(tree, custom_types=TYPES, is_new=True)))) == 1


def test_depth_and_size_are_bounded() -> None:
    assert len(list(leaves(read_filter(deep(MAX_DEPTH), custom_types={})))) == 1
    assert len(faults(deep(MAX_DEPTH + 1))) == 1
    widest = read_filter({"all": [NAME] * MAX_CONDITIONS}, custom_types={})
    assert len(list(leaves(widest))) == MAX_CONDITIONS
    many = {"all": [{"any": [NAME] * MAX_CONDITIONS}, {"any": [NAME] * MAX_CONDITIONS}]}
    assert len(faults(many)) == MAX_FAULTS
    assert len(faults({"all": [NAME] * (MAX_CONDITIONS + 1)})) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["name", "tags", "is", "has_any", "during", "vip", "days"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(
            ["all", "any", "not", "field", "op", "value", "measure", "where", "during", "last",
             "unit", "this", "from", "to", "ago", "x"]
        ),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_whatever_comes_is_read_or_refused(tree: Any) -> None:
    with suppress(FilterError):
        read_filter(tree, custom_types=TYPES)
