"""Tables as people keep them: charsets, delimiters, quotes, odd headers, and what is none."""

import io
import json
import pickle
from contextlib import suppress
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sheets import (
    MAX_CELL,
    MAX_COLUMNS,
    SheetError,
    delimiter_of,
    sheet_of,
    text_of_sheet,
)
from shared.workbooks import cell_text, csv_of

RUSSIAN = "Имя;Телефон;Комментарий\nАнна Иванова;+7 916 123-45-67;Перезвоните после обеда\n"


def table(text: str) -> list[tuple[int, dict[str, str]]]:
    return list(sheet_of(text).rows())


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r", "cp866", "mac_cyrillic"]
)
def test_the_charset_is_found_out(codec: str) -> None:
    text = RUSSIAN + "Пётр;8 800 555-35-35;Хочу заказать окна на дачу, три штуки\n" * 3
    raw = text.encode("utf-16" if codec == "utf-16" else codec)
    assert table(text_of_sheet(raw)) == table(text)


def test_an_encoding_that_is_named_wins_and_must_fit() -> None:
    assert text_of_sheet(RUSSIAN.encode("koi8-r"), encoding="koi8-r") == RUSSIAN
    with pytest.raises(SheetError, match="is not in ascii"):
        text_of_sheet(RUSSIAN.encode(), encoding="ascii")
    with pytest.raises(SheetError, match="no encoding klingon"):
        text_of_sheet(b"a", encoding="klingon")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a\tb\n1, 2\t3\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('a;b\n"x;y,z,w";2\n', ";"),
        ("Имя, фамилия;Телефон\nАнна, Петрова;1\n", ";"),
        ("phone\n+79161234567\n", ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_found_out(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter


def test_rows_keep_the_numbers_of_the_spreadsheet() -> None:
    text = '\n,,\nname,phone\nAnna,1\n\n,,\n"two\nlines",2\n'
    assert table(text) == [
        (4, {"name": "Anna", "phone": "1"}),
        (7, {"name": "two\nlines", "phone": "2"}),
    ]


def test_columns_without_a_name_or_with_the_same_one() -> None:
    text = "phone,,phone\n1,2,3,4\n"
    assert table(text) == [(2, {"phone": "1", "column 2": "2", "phone 2": "3", "column 4": "4"})]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "nothing in the file"),
        ("\n , ,\n\n", "nothing in the file"),
        (",".join(["c"] * (MAX_COLUMNS + 1)), "columns"),
        ("a\n" + "x" * (MAX_CELL + 1), "row 2 has a cell"),
        ("a\n" + "x" * 200_000, "row 2"),
    ],
)
def test_what_is_no_table(text: str, complaint: str) -> None:
    with pytest.raises(SheetError, match=complaint):
        table(text)


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_reason(raw: bytes) -> None:
    rows = []
    with suppress(SheetError):
        rows = table(text_of_sheet(raw))
    assert all(number >= 2 and cells for number, cells in rows)


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6))
def test_what_is_written_as_csv_is_read_back(rows: list[list[str]]) -> None:
    import csv  # noqa: PLC0415  the writer that people's programs use as well

    out = io.StringIO()
    csv.writer(out).writerows([["one", "two", "three"], *rows])
    read = [cells for _, cells in sheet_of(out.getvalue(), delimiter=",").rows()]
    written = [
        {name: cell for name, cell in zip(("one", "two", "three"), row, strict=True) if cell}
        for row in rows
    ]
    assert read == [row for row in written if row]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (79161234567.0, "79161234567"),
        (1.5, "1.5"),
        (7, "7"),
        (True, "true"),
        (None, ""),
        (datetime.fromisoformat("2026-03-02"), "2026-03-02"),
        (datetime.fromisoformat("2026-03-02T09:30"), "2026-03-02 09:30:00"),
        (date(2026, 3, 2), "2026-03-02"),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=1), "1:00:00"),
        ("Анна", "Анна"),
    ],
)
def test_a_cell_is_shown_as_a_person_sees_it(cell: object, text: str) -> None:
    assert cell_text(cell) == text


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"PK\x03\x04" + bytes(200), b"not a workbook"])
def test_a_broken_workbook_is_a_reason(raw: bytes) -> None:
    assert "error" in json.loads(csv_of(pickle.dumps((raw, None))))
