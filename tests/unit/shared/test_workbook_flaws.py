"""Cells of workbooks that look empty to a reader of values and are not."""

import io
import json
import pickle
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from shared import workbook_flaws
from shared.workbook_flaws import UNSTORED, Flaw, NotXlsxError, flaws_of
from shared.workbooks import csv_and_flaws_of

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def book(*cells: tuple[str, str]) -> bytes:
    """The first sheet says nothing wrong; the second has these cells, an error where one is."""
    workbook = Workbook()
    workbook.active["A1"] = "=1+1"  # type: ignore[index]
    sheet = workbook.create_sheet("План")
    for place, text in cells:
        sheet[place] = text
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def rewritten(raw: bytes, xml: bytes) -> bytes:
    """The workbook with other words for its first sheet."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(raw)) as old, ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, xml if name == SHEET else old.read(name))
    return file.getvalue()


def of_rows(rows: str, prefix: str = "") -> bytes:
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    sheet = f'<{prefix}worksheet {name}="{SPACE}"><{prefix}sheetData>{rows}</{prefix}sheetData>'
    return rewritten(book(), f"{sheet}</{prefix}worksheet>".encode())


def test_errors_and_formulas_without_a_value_have_places() -> None:
    raw = book(
        ("A1", "month"), ("AB3", "#REF!"), ("C4", "=SUM(A1:A2)"), ("D5", "x"), ("B6", "#N/A")
    )
    assert flaws_of(raw, "План") == [
        Flaw(3, 28, "#REF!"), Flaw(4, 3, UNSTORED), Flaw(6, 2, "#N/A"),
    ]  # fmt: skip


def test_a_formula_with_a_value_is_none_and_an_empty_text_is_a_value() -> None:
    rows = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>""</f><v></v></c></row>'
        '<row r="3"><c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    assert flaws_of(of_rows(rows), "Sheet") == [Flaw(3, 1, "#DIV/0!")]


def test_cells_may_leave_out_where_they_are_and_names_have_a_prefix() -> None:
    rows = "<x:row><x:c><x:v>1</x:v></x:c></x:row><x:row><x:c/><x:c><x:f>A1</x:f></x:c></x:row>"
    assert flaws_of(of_rows(rows, "x:"), "Sheet") == [Flaw(2, 2, UNSTORED)]


def test_a_sheet_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_flaws, "_CHUNK", 7)
    assert flaws_of(book(("B2", "#REF!")), "План") == [Flaw(2, 2, "#REF!")]


def test_so_many_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_flaws, "MOST_FLAWS", 2)
    raw = book(*((f"A{number}", "#REF!") for number in range(1, 5)))
    assert len(flaws_of(raw, "План")) == 2


@pytest.mark.parametrize(
    ("cell", "flaw"),
    [
        ('<c r="A1" t = "e"><v>#N/A</v></c>', "#N/A"),
        ("<c r='A1' t='e'><v>#N/A</v></c>", "#N/A"),
        ('<c r="A1"><f/></c>', UNSTORED),
        ('<c r="A1"><f\n>B1</f></c>', UNSTORED),
        (f'<x:c xmlns:x="{SPACE}" r="A1"><x:f>B1</x:f></x:c>', UNSTORED),
    ],
)
def test_a_sign_of_a_flaw_is_seen_however_it_is_written(cell: str, flaw: str) -> None:
    assert flaws_of(of_rows(f"<row>{cell}</row>"), "Sheet") == [Flaw(1, 1, flaw)]


@given(st.binary(max_size=200))
def test_what_is_no_workbook_is_refused(raw: bytes) -> None:
    with pytest.raises(NotXlsxError):
        flaws_of(raw, "План")


def test_columns_are_those_of_the_table() -> None:
    raw = book(("C3", "month"), ("D4", "#REF!"))
    answer = json.loads(csv_and_flaws_of(pickle.dumps((raw, "План", 9))))
    assert answer == {"csv": ",\r\n,\r\nmonth,\r\n,\r\n", "flaws": [[4, 2, "#REF!"]]}
    broken = rewritten(raw, b"<worksheet><f></worksheet>")
    assert "error" in json.loads(csv_and_flaws_of(pickle.dumps((broken, "Sheet", 9))))
