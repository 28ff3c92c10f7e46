"""A cursor goes on with the list that it is of, and with no other."""

from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidError
from shared.web.pagination import (
    cursor_id,
    cursor_moment,
    cursor_number,
    cursor_text,
    decode_cursor,
    encode_cursor,
    note_list,
)
from shared.web.ranges import LARGEST_NUMBER

List = tuple[str, list[tuple[str, str]]]
LEADS: List = ("/v1/leads", [("state", "open"), ("tag", "a"), ("tag", "b")])
READERS: list[Callable[[str], Any]] = [cursor_text, cursor_number, cursor_moment, cursor_id]
NAMES = st.sampled_from(["state", "owner", "sort", "limit", "cursor", "format", "lang"])
LISTS = st.tuples(
    st.sampled_from(["/v1/leads", "/v1/pools"]), st.lists(st.tuples(NAMES, st.sampled_from("ab")))
)


def made(which: List, *values: Any) -> str:
    def make() -> str:
        note_list(*which)
        return encode_cursor(*values)

    return copy_context().run(make)


def read(which: List, cursor: str, *readers: Callable[[str], Any]) -> tuple[Any, ...]:
    def decode() -> tuple[Any, ...]:
        note_list(*which)
        return decode_cursor(cursor, *readers)

    return copy_context().run(decode)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50),
    st.integers(0, LARGEST_NUMBER),
    st.uuids(),
)
def test_it_gives_what_it_was_made_of(text: str, number: int, some_id: UUID) -> None:
    values = (text, number, datetime(2026, 3, 2, 9, tzinfo=UTC), some_id)
    assert read(LEADS, made(LEADS, *values), *READERS) == values


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/v1/leads", [("limit", "1"), ("tag", "b"), ("state", "open"), ("tag", "a")]),
        ("/v1/leads", [*LEADS[1], ("cursor", "x"), ("format", "csv"), ("lang", "ru")]),
    ],
)
def test_pages_may_differ_in_length_and_form(path: str, parameters: list[tuple[str, str]]) -> None:
    assert read((path, parameters), made(LEADS, 5), cursor_number) == (5,)


@given(LISTS, LISTS)
def test_of_another_list_it_is_refused(one: List, other: List) -> None:
    alike = [
        (path, sorted(item for item in items if item[0] in {"state", "owner", "sort"}))
        for path, items in (one, other)
    ]
    if alike[0] == alike[1]:
        assert read(other, made(one, 5), cursor_number) == (5,)
    else:
        with pytest.raises(InvalidError) as caught:
            read(other, made(one, 5), cursor_number)
        assert caught.value.errors == (
            ("/cursor", "is of another list, of other filters or of another order"),
        )


@pytest.mark.parametrize("cursor", ["", ".", "x", "W10.x", "\u044f", "WyItMSJd", "é.é"])
def test_what_is_no_cursor_is_told_so(cursor: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read(LEADS, cursor, cursor_number)
    assert caught.value.errors == (("/cursor", "unknown cursor"),)
