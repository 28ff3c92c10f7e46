"""A plan's file: read as it was written, and each fault by its row and column."""

import csv
import io
import json
import pickle
from array import array
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.kpi.domain.lines.tables import MOST_FAULTS, Fault
from services.kpi.domain.plan import files
from services.kpi.domain.plan.blocks import CELL, Block, empty, lines_of
from services.kpi.domain.plan.files import (
    LABEL,
    PlanTable,
    Values,
    heading,
    read_plan,
    rows_of,
    with_rows,
)
from services.kpi.domain.plan.terms import NAMED, Rule, Terms
from shared.ids import new_id
from shared.spreadsheets import XlsxFile
from shared.workbook_flaws import UNSTORED, Flaw
from shared.workbooks import csv_of

TERMS = Terms(
    plan_id=new_id(),
    name="План",
    currency="RUB",
    first_month=date(2027, 1, 1),
    months=2,
    party="channel",
    rule=Rule(),
    season={},
)
HEAD = ["measure", "nature", *NAMED, "2027-01", "2027-02"]
ROW = ["revenue", "planned", "Тула", "мёд", "", "", "1.50", "2"]
NO_COLUMN = "is no column, and no month of the plan"
NAMES = ("Тула", "мёд", "", "")


def table_of(*rows: list[str], head: list[str] | None = None) -> PlanTable:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head or HEAD, *rows])
    return read_plan(text.getvalue(), TERMS)


def faults_of(*rows: list[str], head: list[str] | None = None) -> list[Fault]:
    table = table_of(*rows, head=head)
    assert table.fault_count == len(table.faults)
    return table.faults


def changed(**cells: str) -> list[str]:
    return [cells.get(name.replace("-", "_"), cell) for name, cell in zip(HEAD, ROW, strict=True)]


# A workbook holds all characters but two, which are none.
WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=20
)
# What spreadsheets might take for something else.
ODD = st.sampled_from(
    [
        "=1+1",
        "+7",
        "-2",
        "@a",
        "'=1",
        "007",
        "1e5",
        "2027-01",
        "true",
        " a ",
        "a\nb",
        "a\rb",
        "a\bb",
        "_x0041_",
        'a"b;c,d',
        "",
    ]
)
AMOUNTS = st.integers(0, 10**14)


@given(
    st.lists(st.one_of(WORDS, ODD), min_size=4, max_size=4),
    st.lists(AMOUNTS, min_size=4, max_size=4),
    st.sampled_from(["revenue", "quantity"]),
)
def test_a_workbook_is_read_as_it_was_written(
    names: list[str], amounts: list[int], measure: str
) -> None:
    assert measure in {"revenue", "quantity"}
    top = 1 if measure == "revenue" else 100
    cells = array(CELL, [amount // top for amount in amounts])
    block = Block(0, 0, lines_of([(0, 0)]), cells, empty(1, 2))
    values: Values = {axis: {0: name} for axis, name in zip(NAMED, names, strict=True)}
    file = io.BytesIO()
    with XlsxFile(file) as book:
        book.begin_sheet("plan", heading(TERMS))
        book.add_rows(rows_of([block], TERMS, measure, values, {names[3]: "Анна"}))  # type: ignore[arg-type]
    text = json.loads(csv_of(pickle.dumps((file.getvalue(), None))))["csv"]
    table = read_plan(text, TERMS)
    assert table.faults == []
    assert {row.names for row in table.rows} == {tuple(names)}
    nothing = Block(0, 0, block.lines, empty(1, 2), block.past)
    read = with_rows(nothing, table.rows, {tuple(names[2:]): 0}, bytes(4), table)
    assert read.cells == cells


def test_rows_have_numbers_and_empty_cells_stay() -> None:
    table = table_of(ROW, ["", *[""] * 7], changed(nature="guaranteed", **{"2027_02": ""}))
    assert [(row.number, row.nature, row.names, row.amounts) for row in table.rows] == [
        (2, 1, NAMES, (150, 200)),
        (4, 0, NAMES, (150, None)),
    ]


def test_what_a_spreadsheet_has_computed_counts_by_the_digits_that_it_is_sure_of() -> None:
    (row,) = table_of(changed(**{"2027_01": "0.30000000000000004", "2027_02": "1e+2"})).rows
    assert row.amounts == (30, 10_000)


@given(st.text("0123456789. e-٣²", max_size=16), st.sampled_from(["revenue", "quantity"]))
@example("1.", "revenue")
@example(".5", "revenue")
@example("999999999999.99", "revenue")
@example("1000000000000", "quantity")
@example("1.50", "quantity")
def test_a_plain_amount_is_what_any_reading_makes_of_it(cell: str, measure: str) -> None:
    row = ["" if name == "2027-02" else text for name, text in zip(HEAD, ROW, strict=True)]
    row[0], row[6] = measure, cell
    usual = table_of(row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "plain_amount", lambda _cell, _digits: None)
        assert table_of(row) == usual


@pytest.mark.parametrize(
    ("cells", "column", "detail"),
    [
        ({"measure": "leads"}, "measure", "is none of: revenue, quantity"),
        ({"nature": ""}, "nature", "is none of: guaranteed, planned"),
        ({"region": "я" * 201}, "region", "has more than 200 characters"),
        ({"2027_01": "-1"}, "2027-01", "is not between 0 and 1000000000000"),
        ({"2027_01": "1e13"}, "2027-01", "is not between 0 and 1000000000000"),
        ({"2027_02": "0.001"}, "2027-02", "is finer than 0.01"),
        ({"2027_02": "много"}, "2027-02", "is no number"),
        ({"2027_02": "NaN"}, "2027-02", "is no number"),
        ({"measure": "quantity"}, "2027-01", "is finer than 1"),
    ],
)
def test_a_fault_names_its_row_and_column(cells: dict[str, str], column: str, detail: str) -> None:
    other = changed(nature="guaranteed")
    assert faults_of(other, changed(**cells)) == [Fault(3, column, detail)]


def test_a_line_that_is_there_twice_is_a_fault() -> None:
    assert faults_of(ROW, ROW) == [Fault(3, "", "says the same as row 2")]


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        (["nature", *HEAD[1:]], Fault(1, "nature", "is there twice")),
        ([*HEAD[:6], "2027-01", "2027-03"], Fault(1, "2027-03", NO_COLUMN)),
        ([*HEAD[:6], "2027-01", "2027-01-01"], Fault(1, "2027-01-01", NO_COLUMN)),
        ([*HEAD[:6], "2027-01", "итого"], Fault(1, "итого", NO_COLUMN)),
        ([*HEAD[:2], "where", *HEAD[3:]], Fault(1, "", "has no column region")),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_names(head: list[str], fault: Fault) -> None:
    assert fault in faults_of(ROW, head=head)


def test_columns_may_stand_in_any_order_and_some_may_be_missing() -> None:
    (row,) = table_of([*ROW[:6], "Анна", "7"], head=[*HEAD[:6], LABEL, "2027-02-01"]).rows
    assert row.amounts == (700,)
    table = table_of([*ROW[:6], "7"], head=[*HEAD[:6], "2027-02"])
    assert table.months == [1]


def test_what_is_locked_stays() -> None:
    block = Block(0, 0, lines_of([(0, 0)]), array(CELL, [1, 2, 150, 4]), empty(1, 2))
    table = table_of(ROW)
    read = with_rows(block, table.rows, {("", ""): 0}, bytes([0, 0, 1, 1]), table)
    assert read.cells == block.cells  # what a locked cell has already is no change
    assert table.faults == [Fault(2, "2027-02", "is locked, and comes to something else")]


def test_a_file_has_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_ROWS", 1)
    assert faults_of(ROW) == []
    (fault,) = faults_of(ROW, changed(nature="guaranteed"))
    assert fault.row == 0


def test_many_faults_are_counted() -> None:
    rows = [changed(region=str(number), nature="x") for number in range(MOST_FAULTS + 5)]
    table = table_of(*rows)
    assert (len(table.faults), table.fault_count) == (MOST_FAULTS, len(rows))


def test_a_cell_that_was_no_value_is_a_fault_in_a_column_that_is_read() -> None:
    text = io.StringIO()
    head = [*HEAD[:6], LABEL, "2027-01", "", "2027-02"]
    csv.writer(text).writerows([head, [*ROW[:6], "", "", "", "2"]])
    places = [(2, 8, "#REF!"), (2, 10, UNSTORED), (2, 7, "#N/A"), (2, 9, "#N/A"), (1, 9, "#N/A")]
    table = read_plan(text.getvalue(), TERMS, [Flaw(*place) for place in places])
    assert table.faults == [
        Fault(2, "2027-01", "is the error #REF!"),
        Fault(2, "2027-02", "is a formula without a value: save the file in a spreadsheet program"),
        Fault(1, "", "is the error #N/A"),
    ]


@given(st.text(max_size=200))
def test_any_text_gives_rows_or_faults(text: str) -> None:
    table = read_plan(text, TERMS)
    assert table.faults or not table.rows


def test_rows_are_those_of_the_lines() -> None:
    block = Block(0, 0, lines_of([(0, 0), (1, 0)]), array(CELL, range(8)), empty(2, 2))
    values: Values = {
        "region": {0: "Тула"}, "product": {0: "мёд"}, "party": {0: "form", 1: "call"},
        "seller": {0: "7"},
    }  # fmt: skip
    assert list(rows_of([block], TERMS, "revenue", values, {"7": "Анна"})) == [
        ["revenue", nature, "Тула", "мёд", party, "7", "Анна", *map(Decimal, amounts)]
        for nature, party, amounts in (
            ("guaranteed", "form", ("0.00", "0.02")),
            ("guaranteed", "call", ("0.01", "0.03")),
            ("planned", "form", ("0.04", "0.06")),
            ("planned", "call", ("0.05", "0.07")),
        )
    ]
