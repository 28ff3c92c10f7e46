"""Workbooks with more rows than are taken are told before all of them is read."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import workbook_rows
from shared.workbook_rows import MAX_LIST_CELLS, Extent, extent_of
from shared.workbooks import csv_and_flaws_of, csv_of
from tests.unit.shared.test_workbook_flaws import SPACE, book, of_rows

FILLED = '<row r="1" ht="9"><c r="A1" s="1"/><c r="B1"><v>2</v></c></row>'
INLINE = '<row><c t="inlineStr"><is><t>a</t></is></c></row>'
EMPTY = '<row r="7" customHeight="1"/><row r="8"><c r="A8" s="1"/></row>'


@pytest.mark.parametrize("chunk", [7, 1_000_000])
@pytest.mark.parametrize("ending", ["", EMPTY])
def test_rows_with_a_value_count(monkeypatch: pytest.MonkeyPatch, chunk: int, ending: str) -> None:
    monkeypatch.setattr(workbook_rows, "_CHUNK", chunk)
    raw = of_rows(EMPTY + FILLED + EMPTY + INLINE + FILLED + ending)
    assert [extent_of(raw, sheet, 9).rows for sheet in ("Sheet", None)] == [3, 3]
    assert extent_of(raw, "Sheet", 9) == Extent(3, 9, b"B")
    assert extent_of(raw, "План", 0) == Extent(), "it has none"
    prefixed = '<x:row><x:c r="AB1"><x:v>1</x:v></x:c></x:row>' * 3
    assert extent_of(of_rows(prefixed, "x:"), "Sheet", 9) == Extent(3, 3, b"AB")


@pytest.mark.parametrize("chunk", [1, 7, 64, 1_000_000])
def test_rows_of_both_ways_to_name_tags_count(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(workbook_rows, "_CHUNK", chunk)
    other = f'<x:row xmlns:x="{SPACE}" r="5"><x:c r="AB5"><x:v>1:30</x:v></x:c></x:row>'
    assert extent_of(of_rows(FILLED + other + INLINE), "Sheet", 9) == Extent(3, 6, b"AB")


@given(st.binary(max_size=200))
def test_what_is_no_workbook_reaches_nowhere(raw: bytes) -> None:
    assert extent_of(raw, None, 0) == Extent()


def test_too_many_are_refused_and_as_many_as_are_taken_are_read() -> None:
    raw = book(*((f"A{number}", "x") for number in range(1, 5)))
    answers = [json.loads(csv_and_flaws_of(pickle.dumps((raw, "План", most)))) for most in (2, 3)]
    assert answers[0] == {"error": "has more than 2 rows"}
    assert answers[1]["csv"].count("x") == 4, "the names of the columns are no row"


@pytest.mark.parametrize("chunk", [1, 7, 64, 1_000_000])
def test_it_reaches_to_the_last_cell_with_a_value(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(workbook_rows, "_CHUNK", chunk)
    far = (
        '<row r="1048576" spans="1:3"><c r="XFD1048576" s="1"/>'
        '<c t="b" r="GS1048576"><v>1</v></c></row>'
    )
    formula = '<row r="3"><c r="AA3"><f>1+1</f><v>2</v></c></row>'
    assert extent_of(of_rows(FILLED + formula), None, 9) == Extent(2, 3, b"AA")
    assert extent_of(of_rows(FILLED + far), None, 9) == Extent(2, 1_048_576, b"GS")
    assert extent_of(of_rows(far + FILLED), None, 9) == Extent(2, 1_048_576, b"GS")


@pytest.mark.parametrize(
    ("places", "error"),
    [
        (("A1", "A5"), "has a value in row 5: rows up to 4 are taken"),
        (("A1", "GS1"), "has a value in column GS: the first 200 columns are taken"),
        (("XFD1048576",), "has a value in row 1048576: rows up to 4 are taken"),
    ],
)
def test_what_is_too_much_is_named(places: tuple[str, ...], error: str) -> None:
    raw = book(*((place, "x") for place in places))
    assert json.loads(csv_and_flaws_of(pickle.dumps((raw, "План", 3)))) == {"error": error}


def test_a_list_that_reaches_too_far_is_refused_and_a_long_one_read() -> None:
    wide, long = book(("A1", "x"), ("GS1", "y")), book(("A1", "x"), ("B200002", "y"))
    answers = [json.loads(csv_of(pickle.dumps((raw, "План")))) for raw in (wide, long)]
    assert answers[0] == {
        "error": "the workbook has a value in column GS: the first 200 columns are taken"
    }
    assert answers[1]["csv"].endswith("\r\n,y\r\n")
    far = extent_of(book(("A1", "x"), ("GR160001", "x")), "План", 200_000)
    assert far.excess(200_000, MAX_LIST_CELLS) == (
        "reaches to row 160001 and column GR, which makes 32000200 cells; 32000000 are the most"
    )


def test_many_cells_between_two_are_too_many() -> None:
    raw = book(("A1", "x"), ("GR200001", "x"))
    excess = extent_of(raw, "План", 200_000).excess(200_000)
    assert excess == (
        "reaches to row 200001 and column GR, which makes 40000200 cells; 8000000 are the most"
    )
    assert extent_of(book(("A1", "x"), ("Z4", "x")), "План", 3).excess(3) is None


def test_rows_of_nothing_end_somewhere() -> None:
    extent = extent_of(of_rows("<row/>" * 2_500_000), None, 9)
    assert extent.excess(9) == "has more than 9 rows"
    assert extent.written < 2_500_000, "it was not read to its end"
