"""What is ambiguous in JSON is told with its place."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.json_bodies import MOST_TOLD, faults_of

TWICE, NO_NUMBER = "is there several times", "is no number"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1,"a":1}', [("/a", TWICE)]),
        ('{"a":1,"b":2,"a":3,"b":4,"a":5}', [("/a", TWICE), ("/b", TWICE)]),
        ('{"a/b":{"~":1,"~":2}}', [("/a~1b/~0", TWICE)]),
        ('{"a":[{},{"b":NaN}]}', [("/a/1/b", NO_NUMBER)]),
        (
            "[-Infinity,1e999,-1e999,1e30]",
            [("/0", NO_NUMBER), ("/1", NO_NUMBER), ("/2", NO_NUMBER)],
        ),
        ("Infinity", [("", NO_NUMBER)]),
        ('{"имя":1,"\\u0438мя":2}', [("/имя", TWICE)]),
        ('{"a":1,"A":2,"b":{"a":1}}', []),
        ('"NaN"', []),
    ],
)
def test_what_is_ambiguous_is_named(text: str, expected: list[tuple[str, str]]) -> None:
    assert faults_of(text.encode()) == expected
    assert faults_of(text.encode("utf-16")) == expected


@given(JSON)
def test_what_says_one_thing_is_taken(value: object) -> None:
    assert faults_of(json.dumps(value).encode()) == []


def test_depth_and_number_are_bounded() -> None:
    assert faults_of(b"[" * 100_000 + b"]" * 100_000) == [("", "is nested too deep")]
    deep = b'{"a":' * 400 + b'{"b":1,"b":2}' + b"}" * 400
    assert faults_of(deep) == [("/a" * 400 + "/b", TWICE)]
    members = ",".join(f'"{number}":1' for number in range(50_000))
    began = time.process_time()
    assert len(faults_of(f"{{{members},{members}}}".encode())) == MOST_TOLD
    assert time.process_time() - began < 5
