"""Workbooks as schemathesis posts them: plans that make sense, nonsense, and no workbook."""

from collections.abc import Sequence
from io import BytesIO

import schemathesis
import xlsxwriter
from hypothesis import strategies as st

from shared.spreadsheets import XLSX_TYPE

_HEAD = ("measure", "nature", "region", "product", "party", "seller", "2027-01")
_WORDS = st.sampled_from(("revenue", "planned", "Москва", "", "=1+1", "x" * 300))
_NUMBERS = st.one_of(st.integers(-5, 5), st.floats(-1e9, 1e9))
_ROWS = st.lists(st.lists(st.one_of(_WORDS, _NUMBERS), max_size=8), max_size=4)


def _workbook(rows: Sequence[Sequence[str | float]]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def register() -> None:
    """Tell schemathesis how such a body is made."""
    books = st.one_of(_ROWS.map(lambda rows: _workbook([_HEAD, *rows])), _ROWS.map(_workbook))
    junk = st.sampled_from((b"", b"PK\x03\x04", b"{}", b"\xff"))
    schemathesis.openapi.media_type(XLSX_TYPE, st.one_of(books, books, junk))
