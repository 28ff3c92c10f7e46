"""The whole cube as a workbook: taken away and brought back as it was, or with faults named."""

import csv
import io
import json
import pickle
from collections.abc import Sequence
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from openpyxl import load_workbook
from xlsxwriter import Workbook

from services.kpi.domain.plan import files
from shared.database import Database
from shared.spreadsheets import XLSX_TYPE
from shared.workbooks import csv_of
from tests.integration.kpi.plans.planning import (
    VALUES,
    a_version,
    amounts,
    get,
    orders,
    post,
    put,
)
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import consume
from tests.support.http_client import Door

ODD = {
    **VALUES,
    "region": ["Москва", '=HYPERLINK("http://evil")', ""],
    "product": ["мёд «Лесной»", "+7"],
}  # fmt: skip
SHORT: dict[str, Any] = {"months": 3, "start": {"kind": "values", **ODD}}
Rows = list[list[str]]


async def taken(door: Door, version: str, **params: str) -> bytes:
    answer = await door.client.get(f"{version}/file", params=params, headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == XLSX_TYPE
    return answer.content


async def bring(
    door: Door, version: str, content: bytes, revision: int, **params: Any
) -> httpx.Response:
    return await door.client.post(
        f"{version}/file",
        content=content,
        params={"reason": "правки отдела", **params},
        headers={**door.as_("supervisor"), "If-Match": f'"{revision}"', "Content-Type": XLSX_TYPE},
    )


def formulas_of(content: bytes) -> list[str]:
    with ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return [name for name in names if b"<f>" in archive.read(name)]


def with_cells(content: bytes, *texts: str) -> bytes:
    """The workbook with these texts in its last cells, as errors and formulas without a value."""
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    for number, text in enumerate(texts):
        sheet.cell(2 + number, sheet.max_column).value = text
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rows_of(content: bytes) -> Rows:
    text = json.loads(csv_of(pickle.dumps((content, None))))["csv"]
    return list(csv.reader(io.StringIO(text, newline="")))


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    file = io.BytesIO()
    book = Workbook(file, {"strings_to_formulas": False})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            else:
                sheet.write_number(number, column, cell)
    book.close()
    return file.getvalue()


async def a_plan(door: Door) -> str:
    """A version with odd values and numbers, at revision 3."""
    version = await a_version(door, **SHORT)
    await put(door, version, 1, 1_000_000.01)
    await put(door, version, 2, 77, measure="quantity", node={"region": "Москва"})
    return version


async def test_a_cube_comes_back_as_it_was(door: Door) -> None:
    version = await a_plan(door)
    content = await taken(door, version)
    assert formulas_of(content) == []
    again = await bring(door, version, content, 3)
    assert again.status_code == 200, again.text
    assert again.json() == {
        "revision": 3, "dry_run": False, "rows": 2 * 2 * 3 * 2 * 2 * 2, "added_lines": 0,
        "changed_cells": 0, "faults": [], "fault_count": 0,
        "sums": [
            {"measure": "revenue", "before": 1_000_000.01, "after": 1_000_000.01},
            {"measure": "quantity", "before": 77, "after": 77},
        ],
    }  # fmt: skip
    other = await a_version(door, **SHORT)
    answer = await bring(door, other, content, 1)
    assert (answer.status_code, answer.json()["revision"]) == (200, 2)
    assert rows_of(await taken(door, other)) == rows_of(content)
    for axis in ("region", "month", "product", "party", "seller", "nature"):
        assert await amounts(door, other, axis) == await amounts(door, version, axis)


async def test_an_error_and_a_formula_without_a_value_are_no_empty_cells(door: Door) -> None:
    version = await a_plan(door)
    content = with_cells(await taken(door, version), "#REF!", "=SUM(A1:A2)")
    answer = await bring(door, version, content, 3)
    assert answer.status_code == 422
    formula = "is a formula without a value: save the file in a spreadsheet program"
    assert answer.json()["errors"] == [
        {"pointer": "/rows/2/2027-03", "detail": "is the error #REF!"},
        {"pointer": "/rows/3/2027-03", "detail": formula},
    ]


async def test_a_cell_that_was_changed_is_set_and_told(door: Door) -> None:
    version = await a_plan(door)
    (head, *rest) = rows_of(await taken(door, version, measure="quantity"))
    place = head.index("2027-02")
    rest[0][place] = str(int(rest[0][place]) + 5)
    content = workbook([head, rest[0]])  # all other lines stay as they are
    tried = await bring(door, version, content, 3, dry_run=True)
    assert (tried.json()["changed_cells"], tried.json()["revision"]) == (1, 3)
    assert (await get(door, f"{version}/nodes", measure="quantity"))["amount"] == 77
    done = await bring(door, version, content, 3)
    assert done.json()["sums"][1] == {"measure": "quantity", "before": 77, "after": 82}
    assert (await get(door, f"{version}/nodes", measure="quantity"))["amount"] == 82
    plan = version.split("/versions")[0]
    last = (await get(door, f"{plan}/changes"))["items"][0]
    assert (last["kind"], last["revision"], last["reason"]) == ("imported", 4, "правки отдела")


async def test_faults_are_named_and_nothing_is_taken(door: Door) -> None:
    version = await a_plan(door)
    (head, *rest) = rows_of(await taken(door, version, measure="revenue"))
    place = head.index("2027-03")
    rest[0][place] = "12"
    rest[1][place] = "дюжина"
    rest[2][head.index("product")] = "чего нет"
    content = workbook([head, *rest[:3]])
    answer = await bring(door, version, content, 3)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "/rows/3/2027-03", "detail": "is no number"}]
    rest[1][place] = "13"
    content = workbook([head, *rest[:3]])
    answer = await bring(door, version, content, 3)
    assert answer.json()["errors"] == [
        {"pointer": "/rows/4/product", "detail": "the plan has no such value"}
    ]
    tried = await bring(door, version, content, 3, dry_run=True)
    assert tried.status_code == 200
    assert tried.json()["faults"] == [
        {"row": 4, "column": "product", "detail": "the plan has no such value"}
    ]
    assert rows_of(await taken(door, version, measure="revenue"))[1][place] != "12"


async def test_lines_are_added_if_asked(door: Door) -> None:
    version = await a_plan(door)
    (head, *rest) = rows_of(await taken(door, version, measure="revenue"))
    rest[0][head.index("product")] = "кедровый орех"
    content = workbook([head, rest[0]])
    tried = await bring(door, version, content, 3, add_lines=True, dry_run=True)
    assert (tried.json()["added_lines"], tried.json()["faults"]) == (1, [])
    assert "кедровый орех" not in await amounts(door, version, "product")
    done = await bring(door, version, content, 3, add_lines=True)
    assert (done.status_code, done.json()["added_lines"]) == (200, 1)
    assert "кедровый орех" in await amounts(door, version, "product")


async def test_a_locked_cell_is_a_fault(door: Door) -> None:
    version = await a_plan(door)
    lock = {"measure": "quantity", "node": {"region": "Москва"}, "reason": "договор"}
    assert (await post(door, f"{version}/locks", lock, revision=3)).status_code == 201
    (head, *rest) = rows_of(await taken(door, version, measure="quantity"))
    row = next(row for row in rest if row[head.index("region")] == "Москва")
    row[head.index("2027-01")] = "1000"
    answer = await bring(door, version, workbook([head, row]), 4)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/rows/2/2027-01"]


async def test_only_a_draft_that_was_seen_is_written(door: Door) -> None:
    version = await a_plan(door)
    content = await taken(door, version)
    assert (await bring(door, version, content, 2)).status_code == 409
    approve = await post(door, f"{version}/approve", {"reason": "да"}, revision=3, role="admin")
    assert approve.status_code == 200
    assert (await bring(door, version, content, 4)).status_code == 409


async def test_what_is_no_workbook_is_said(door: Door) -> None:
    version = await a_plan(door)
    for content, params in ((b"PK\x03\x04", {}), (b"", {}), (workbook([["a"]]), {"sheet": "нет"})):
        answer = await bring(door, version, content, 3, **params)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/rows/0"


async def test_a_file_has_a_limit(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    version = await a_plan(door)
    monkeypatch.setattr("services.kpi.use_cases.plan.files.MAX_FILE_CELLS", 72 * 2)
    await taken(door, version, measure="revenue")
    answer = await door.client.get(f"{version}/file", headers=door.as_("supervisor"))
    assert answer.status_code == 413
    assert files.MAX_FILE_CELLS > 72 * 2


async def test_a_plan_of_the_past_comes_back(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    version = await a_version(door, start={"kind": "past"})
    content = await taken(door, version)
    answer = await bring(door, version, content, 1)
    assert (answer.status_code, answer.json()["changed_cells"]) == (200, 0)
