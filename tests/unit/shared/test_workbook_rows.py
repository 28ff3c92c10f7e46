"""Workbooks with more rows than are taken are told before all of them is read."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import workbook_rows
from shared.workbook_rows import exceeds
from shared.workbooks import csv_and_flaws_of
from tests.unit.shared.test_workbook_flaws import book, of_rows

FILLED = '<row r="1" ht="9"><c r="A1" s="1"/><c r="B1"><v>2</v></c></row>'
INLINE = '<row><c t="inlineStr"><is><t>a</t></is></c></row>'
EMPTY = '<row r="7" customHeight="1"/><row r="8"><c r="A8" s="1"/></row>'


@pytest.mark.parametrize("chunk", [7, 1_000_000])
@pytest.mark.parametrize("ending", ["", EMPTY])
def test_rows_with_a_value_count(monkeypatch: pytest.MonkeyPatch, chunk: int, ending: str) -> None:
    monkeypatch.setattr(workbook_rows, "_CHUNK", chunk)
    raw = of_rows(EMPTY + FILLED + EMPTY + INLINE + FILLED + ending)
    assert [exceeds(raw, sheet, 2) for sheet in ("Sheet", None)] == [True, True]
    assert not exceeds(raw, "Sheet", 3)
    assert not exceeds(raw, "План", 0), "it has none"
    prefixed = "<x:row><x:c><x:v>1</x:v></x:c></x:row>" * 3
    assert exceeds(of_rows(prefixed, "x:"), "Sheet", 2)
    assert not exceeds(of_rows(prefixed, "x:"), "Sheet", 3)


@given(st.binary(max_size=200))
def test_what_is_no_workbook_has_not_too_many(raw: bytes) -> None:
    assert not exceeds(raw, None, 0)


def test_too_many_are_refused_and_as_many_as_are_taken_are_read() -> None:
    raw = book(*((f"A{number}", "x") for number in range(1, 5)))
    answers = [json.loads(csv_and_flaws_of(pickle.dumps((raw, "План", most)))) for most in (2, 3)]
    assert answers[0] == {"error": "has more than 2 rows"}
    assert answers[1]["csv"].count("x") == 4, "the names of the columns are no row"
