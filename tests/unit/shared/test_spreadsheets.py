"""Files for spreadsheets: nothing in them computes, and what was written is read again."""

import csv
import io
import string
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from shared.spreadsheets import BOM, MAX_CELL_CHARS, Cell, XlsxFile, csv_lines, harmless

FORMULAS = [
    "=1+1", "+7 (999) 000-00-01", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1+1", '"=1',
    "Иванов;=HYPERLINK(1)", "a,=1", "a\n=1", 'a";=cmd|"/c calc"!A0', "a|@b",
]  # fmt: skip
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SIGNS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"


def cells_as_read(text: str, delimiter: str) -> list[str]:
    return [
        cell
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for cell in row
    ]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_no_cell_of_a_csv_begins_a_formula_whatever_separates_cells(
    formula: str, delimiter: str
) -> None:
    for cell in cells_as_read(csv_lines([["a", formula, "b"]]), delimiter):
        assert not cell.lstrip(' "\n').startswith(tuple(SIGNS)), cell


@given(st.text(alphabet=SIGNS + ' ,;|"\n' + string.ascii_letters + "яё", max_size=30))
def test_whatever_is_written_into_a_cell(text: str) -> None:
    for delimiter in ",;|\t":
        for cell in cells_as_read(csv_lines([[text]]), delimiter):
            assert not cell.lstrip(' "\n').startswith(tuple(SIGNS)), cell


def test_what_is_no_formula_stays_as_it_is() -> None:
    for text in ("Анна", "a=b", "1 - 2", "a@b.example", "it's", "", "Петров-Водкин"):
        assert harmless(text) == text
    assert csv_lines([["ы", None, True, 5, Decimal("-1E+3"), MOMENT]]) == (
        '"ы","","true","5","-1000","2026-03-02T09:30:00Z"\r\n'
    )
    assert BOM.encode() == b"\xef\xbb\xbf"


def workbook(rows: list[list[Cell]]) -> list[list[Any]]:
    file = io.BytesIO()
    with XlsxFile(file) as book:
        book.begin_sheet("People", ["name", "more"])
        book.add_rows(rows)
    file.seek(0)
    return CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()


def test_an_xlsx_holds_texts_as_texts_and_numbers_as_numbers() -> None:
    rows = workbook(
        [["=1+1", Decimal("10.5")], ["ы" * 40_000, MOMENT], [True, 7], [None, Decimal(10**20 + 1)]]
    )
    assert rows == [
        ["name", "more"],
        ["=1+1", 10.5],
        ["ы" * MAX_CELL_CHARS, MOMENT.replace(tzinfo=None)],
        [True, 7.0],
        ["", "100000000000000000001"],
    ]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_an_xlsx_is_a_formula(formula: str) -> None:
    file = io.BytesIO()
    with XlsxFile(file) as book:
        book.begin_sheet("People", [formula])
        book.add_rows([[formula]])
    file.seek(0)
    sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
    assert len(sheet.to_python()) == 2
    with ZipFile(file) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    file = io.BytesIO()
    with XlsxFile(file) as book:
        book.begin_sheet("Wide", ["a", "at", "amount", "words", "Deadlines kept"])
        book.add_rows([[1, MOMENT, Decimal("1000000202000.19"), "long " * 99, None]])
        book.begin_sheet("Narrow", ["a"])
        book.add_rows([["b", "beyond the heading"]])
    wide, narrow = load_workbook(file)
    widths = [wide.column_dimensions[name].width for name in "ABCDE"]
    assert widths[0] < 12
    assert widths[1] > len("2026-03-02 09:30:00"), "else a spreadsheet shows ####"
    assert widths[2] > len("1000000202000.19")
    assert widths[3] < 60
    assert widths[4] > len("Deadlines kept")
    assert narrow.column_dimensions["A"].width < 12
