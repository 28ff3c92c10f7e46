"""Tables become inquiries: tried first, each row once, and the rows at fault named."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.intake.channels.apart import TARGET
from services.intake.use_cases.importing import (
    MAX_WORKBOOK_BYTES,
    MAX_WORKBOOK_TEXT,
    SLICE,
    Importer,
)
from services.intake.use_cases.interpret import Reader, new_sandbox
from shared.sandbox.process import Sandbox
from shared.workbook_tables import TARGET as WORKBOOKS
from tests.integration.intake.harness import House

TABLES = Path(__file__).parents[2] / "fixtures" / "tables"
LIST = (
    "Имя;Тел. рабочий;Комментарий;Город\n"
    "Анна;8 916 123-45-67;Окна;Москва\n"
    "\n"
    "Борис;нет;=HYPERLINK(1);Тверь\n"
    "Вера;+7 495 123-45-67;Двери;Казань\n"
)
COLUMNS = {"Тел. рабочий": "contact.phones", "Комментарий": "text"}


@pytest.fixture
async def importer(house: House) -> AsyncIterator[Importer]:
    await house.source(key="lists", adapter="csv-import")
    workbooks = Sandbox(WORKBOOKS, memory_bytes=MAX_WORKBOOK_BYTES, answer_bytes=MAX_WORKBOOK_TEXT)
    working = Importer(house.database, house.time, Reader(new_sandbox(TARGET)), workbooks)
    yield working
    await workbooks.close()


async def asked(house: House, method: str, path: str, *, status: int = 200, **parts: Any) -> Any:
    headers = {**house.as_("supervisor"), **parts.pop("headers", {})}
    answer = await house.client.request(method, path, headers=headers, **parts)
    assert answer.status_code == status, answer.text
    return answer.json()


async def opened(house: House, content: bytes, *, again: bool = False, **wish: Any) -> str:
    """An import with its file, queued."""
    body = {"source": "lists", "name": "март.csv", **wish}
    job = await asked(house, "POST", "/v1/imports", status=201, json=body)
    path = f"/v1/imports/{job['import_id']}/file"
    params = {"again": "true"} if again else {}
    await asked(house, "PUT", path, status=202, content=content, params=params)
    return str(job["import_id"])


async def ended(house: House, importer: Importer, import_id: str) -> dict[str, Any]:
    while await importer.step():
        pass
    job: dict[str, Any] = await asked(house, "GET", f"/v1/imports/{import_id}")
    return job


async def faults(house: House, import_id: str) -> list[list[str]]:
    answer = await house.client.get(
        f"/v1/imports/{import_id}/faults.csv", headers=house.as_("supervisor")
    )
    assert answer.headers["content-disposition"] == 'attachment; filename="faults.csv"'
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def inquiries(house: House) -> list[dict[str, Any]]:
    await house.normalise()
    items: list[dict[str, Any]] = (await house.get("/v1/inquiries"))["items"]
    return items


async def test_a_list_is_tried_then_imported(house: House, importer: Importer) -> None:
    import_id = await opened(house, LIST.encode("cp1251"), dry_run=True, columns=COLUMNS)
    dry = await ended(house, importer, import_id)
    assert (dry["state"], dry["rows"], dry["rows_done"], dry["rows_at_fault"]) == ("done", 3, 3, 1)
    assert dry["preview"]["columns"] == ["Имя", "Тел. рабочий", "Комментарий", "Город"]
    assert [row["row"] for row in dry["preview"]["rows"]] == [2, 5]
    assert await inquiries(house) == []

    path = f"/v1/imports/{import_id}/run"
    await asked(house, "POST", path, status=202, json={"dry_run": False})
    assert (await ended(house, importer, import_id))["state"] == "done"
    shown = {item["contact"]["name"]: item for item in await inquiries(house)}
    assert shown.keys() == {"Анна", "Вера"}
    assert shown["Анна"]["contact"]["phones"] == ["+79161234567"]
    assert (shown["Анна"]["channel"], shown["Анна"]["text"]) == ("import", "Окна")
    assert shown["Вера"]["fields"] == {"Город": "Казань"}
    assert await faults(house, import_id) == [
        ["row", "fault", "Имя", "Тел. рабочий", "Комментарий", "Город"],
        ["4", "no_contact", "Борис", "нет", "'=HYPERLINK(1)", "Тверь"],
    ]


async def test_missed_calls_out_of_a_workbook(house: House, importer: Importer) -> None:
    content = (TABLES / "two-sheets.xlsx").read_bytes()
    import_id = await opened(
        house,
        content,
        sheet="Пропущенные",
        columns={"Номер": "contact.phones", "Когда": "call.started_at"},
        constants={"channel": "call", "call.direction": "incoming", "call.outcome": "missed"},
    )
    assert (await ended(house, importer, import_id))["state"] == "done"
    (inquiry,) = await inquiries(house)
    assert (inquiry["channel"], inquiry["priority_class"]) == ("call", "high")
    assert inquiry["contact"]["phones"] == ["+74951234567"]
    assert inquiry["call"]["outcome"] == "missed"


async def test_rows_of_a_workbook_keep_their_numbers(house: House, importer: Importer) -> None:
    content = (TABLES / "two-sheets.xlsx").read_bytes()
    import_id = await opened(house, content)
    assert (await ended(house, importer, import_id))["rows_at_fault"] == 1
    assert (await faults(house, import_id))[1:] == [["5", "no_contact", "Борис", "нет"]]
    (inquiry,) = await inquiries(house)
    assert inquiry["contact"]["phones"] == ["+79161234567"]


@pytest.mark.parametrize(
    ("content", "wish", "failure"),
    [
        (b"PK\x03\x04 broken", {}, "the workbook cannot be read"),
        ((TABLES / "two-sheets.xlsx").read_bytes(), {"sheet": "Нет"}, "there is no such sheet"),
        (LIST.encode("koi8-r"), {"encoding": "utf-8"}, "the file is not in utf-8"),
        (b"\n;;\n", {}, "there is nothing in the file"),
        (b"a,b\n" + b"x" * 200_000, {}, "row 2"),
    ],
)
async def test_a_file_that_cannot_be_read_fails_with_its_reason(
    house: House, importer: Importer, content: bytes, wish: dict[str, Any], failure: str
) -> None:
    job = await ended(house, importer, await opened(house, content, **wish))
    assert job["state"] == "failed"
    assert failure in job["failure"]
    assert not await importer.step()


async def test_a_restart_goes_on_where_it_stood(house: House, importer: Importer) -> None:
    numbers = range(2 * SLICE + 50)
    content = "phone\n" + "".join(f"+7916{number:07}\n" for number in numbers)
    import_id = await opened(house, content.encode())
    await importer.step()
    half = await asked(house, "GET", f"/v1/imports/{import_id}")
    assert (half["state"], half["rows"], half["rows_done"]) == ("running", len(numbers), SLICE)
    another = Importer(house.database, house.time, importer.reader, importer.workbooks)
    job = await ended(house, another, import_id)
    assert (job["state"], job["rows_done"]) == ("done", len(numbers))
    (count,) = await house.rows("SELECT count(*) AS n, count(DISTINCT body) AS b FROM submission")
    assert (count["n"], count["b"]) == (len(numbers), len(numbers))


async def test_a_cancelled_import_stops_and_keeps_what_it_has(
    house: House, importer: Importer
) -> None:
    content = "phone\n" + "".join(f"+7916{number:07}\n" for number in range(SLICE + 1))
    import_id = await opened(house, content.encode())
    await importer.step()
    job = await asked(house, "POST", f"/v1/imports/{import_id}/cancel")
    assert job["state"] == "cancelled"
    assert not await importer.step()
    (count,) = await house.rows("SELECT count(*) AS n FROM submission")
    assert count["n"] == SLICE
    await asked(house, "POST", f"/v1/imports/{import_id}/cancel", status=409)


async def test_the_same_file_is_taken_once_unless_asked(house: House, importer: Importer) -> None:
    first = await opened(house, LIST.encode(), columns=COLUMNS)
    await ended(house, importer, first)
    body = {"source": "lists", "name": "again", "columns": COLUMNS}
    job = await asked(house, "POST", "/v1/imports", status=201, json=body)
    path = f"/v1/imports/{job['import_id']}/file"
    problem = await asked(house, "PUT", path, status=409, content=LIST.encode())
    assert problem["type"].endswith("same-file")
    await asked(house, "PUT", path, status=202, content=LIST.encode(), params={"again": "true"})
    assert (await ended(house, importer, job["import_id"]))["rows_done"] == 3


async def test_live_leads_go_first(house: House, importer: Importer) -> None:
    await house.source(key="site", adapter="generic-json")
    await opened(house, b"phone\n+79161234567\n")
    lead = b'{"phone": "+79167654321"}'
    for _ in range(3):
        await house.hook("site", lead, content_type="application/json")
    assert await importer.step()
    rows = await house.rows("SELECT key FROM submission JOIN source USING (source_id) ORDER BY 1")
    assert [row["key"] for row in rows] == ["lists", "site", "site", "site"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"columns": {"A": "contact.shoe_size"}}, "/columns/A"),
        ({"columns": {"A": "spam.score"}}, "/columns/A"),
        ({"columns": {"A": "fields"}}, "/columns/A"),
        ({"constants": {"nonsense": "x"}}, "/constants/nonsense"),
        ({"delimiter": "ab"}, "/delimiter"),
        ({"source": "site"}, "/source"),
        ({"surprise": True}, "/surprise"),
    ],
)
async def test_what_cannot_work_is_named(
    house: House, importer: Importer, body: dict[str, Any], pointer: str
) -> None:
    await house.source(key="site", adapter="tilda")
    whole = {"source": "lists", "name": "x", **body}
    problem = await asked(house, "POST", "/v1/imports", status=422, json=whole)
    assert problem["errors"][0]["pointer"].startswith(pointer)


async def test_an_empty_and_a_second_file_are_refused(house: House, importer: Importer) -> None:
    body = {"source": "lists", "name": "x"}
    job = await asked(house, "POST", "/v1/imports", status=201, json=body)
    path = f"/v1/imports/{job['import_id']}/file"
    await asked(house, "PUT", path, status=422, content=b" \n")
    await asked(house, "PUT", path, status=413, content=b"x" * (20 * 1_048_576 + 1))
    await asked(house, "PUT", path, status=202, content=b"x" * 2_000_000)
    await asked(house, "PUT", path, status=409, content=b"phone\n1\n")


async def test_a_table_has_no_hook(house: House, importer: Importer) -> None:
    answer = await house.hook("lists", b'{"row": {"phone": "+79161234567"}}')
    assert answer.status_code == 401


async def test_a_table_of_orders_records_purchases(house: House, importer: Importer) -> None:
    table = "Заказ;Сумма;Тел;Дата\n7;1 500,50;8 916 123-45-67;2026-03-01\n8;10;нет;2026-03-01\n"
    columns = {
        "Заказ": "purchase.order_id",
        "Сумма": "purchase.amount",
        "Дата": "purchase.purchased_at",
        "Тел": "contact.phones",
    }
    import_id = await opened(house, table.encode(), columns=columns)
    job = await ended(house, importer, import_id)
    assert (job["rows_done"], job["rows_at_fault"]) == (2, 1)
    assert await inquiries(house) == []
    purchases = (await house.get("/v1/purchases"))["items"]
    assert [(item["order_id"], item["amount"]) for item in purchases] == [("7", 1500.5)]
