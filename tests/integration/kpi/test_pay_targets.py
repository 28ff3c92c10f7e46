"""Targets are set again without harm, corrected by versions, and imported whole or not at all."""

from typing import Any

import httpx
import pytest

from services.kpi.repository.facts import clear
from shared.database import transaction
from tests.integration.kpi.paying import ANNA, TARGETS, Payroll
from tests.support.event_streams import some_id

LINE = {"month": "2026-03", "subject": str(ANNA), "value": 1_000_000, "currency": "rub"}
TABLE = (
    "Месяц;Менеджер;План;Валюта\n03.2026; анна  ёлкина ;1 200 000,50;RUB\n2026-04;Компания;7;RUB\n"
)


async def put(payroll: Payroll, *targets: dict[str, Any], status: int = 200) -> dict[str, Any]:
    body: dict[str, Any] = await payroll.ask(
        "PUT", TARGETS, json={"targets": targets}, status=status
    )
    return body


async def sent(payroll: Payroll, content: bytes, **params: str) -> httpx.Response:
    return await payroll.door.client.post(
        f"{TARGETS}/tables",
        params=params,
        content=content,
        headers=payroll.door.as_("supervisor"),
    )


async def test_set_again_it_is_the_same_and_a_correction_is_a_version(payroll: Payroll) -> None:
    await payroll.consume()
    assert await put(payroll, LINE) == {"recorded": 1, "corrected": 0, "unchanged": 0}
    assert (await put(payroll, LINE))["unchanged"] == 1
    assert (await put(payroll, {**LINE, "value": "900000.10"}))["corrected"] == 1
    (item,) = (await payroll.ask("GET", TARGETS))["items"]
    assert (item["value"], item["version"], item["currency"]) == (900000.1, 2, "RUB")
    path = f"{TARGETS}/{item['target_id']}"
    assert [one["value"] for one in await payroll.ask("GET", path)] == [900000.1, 1_000_000]
    for status in (204, 404):
        await payroll.ask("DELETE", path, status=status)
    assert (await payroll.ask("GET", TARGETS))["items"] == []
    assert (await put(payroll, LINE))["recorded"] == 1


async def test_a_list_is_walked_and_filtered(payroll: Payroll) -> None:
    await payroll.consume()
    await put(payroll, *({**LINE, "month": f"2026-{month:02}"} for month in range(1, 7)))
    await put(payroll, {**LINE, "subject": "Company", "month": "2026-02"})
    months, cursor = [], None
    while True:
        params = {"limit": 2, "subject": str(ANNA)} | ({"cursor": cursor} if cursor else {})
        page = await payroll.ask("GET", TARGETS, params=params)
        months += [item["month"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert months == [f"2026-{month:02}" for month in range(6, 0, -1)]
    params = {"from": "2026-02", "to": "2026-03"}
    some = (await payroll.ask("GET", TARGETS, params=params))["items"]
    assert sorted(item["subject"] for item in some) == sorted([str(ANNA), "company"])


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"value": 0}, "/targets/0/value"),
    ({"value": -1}, "/targets/0/value"),
    ({"value": "0.001"}, "/targets/0/value"),
    ({"month": "2026-13"}, "/targets/0/month"),
    ({"subject": "anna"}, "/targets/0/subject"),
    ({"subject": str(some_id("manager", "nobody"))}, "/targets/0/subject"),
    ({"currency": None}, "/targets/0/currency"),
    ({"measure": "sales"}, "/targets/0/currency"),
    ({"measure": "sales", "currency": None, "value": "1.5"}, "/targets/0/value"),
    ({"measure": "tears"}, "/targets/0/measure"),
)


@pytest.mark.parametrize(("change", "pointer"), WRONG)
async def test_what_cannot_be_set_is_named(
    payroll: Payroll, change: dict[str, Any], pointer: str
) -> None:
    await payroll.consume()
    refused = await put(payroll, {**LINE, **change}, status=422)
    assert refused["errors"][0]["pointer"] == pointer
    assert (await payroll.ask("GET", TARGETS))["items"] == []


async def test_a_request_names_a_target_once(payroll: Payroll) -> None:
    await payroll.consume()
    refused = await put(payroll, LINE, {**LINE, "value": 1}, status=422)
    assert refused["errors"][0]["pointer"] == "/targets/1"


async def test_a_table_is_tried_and_then_set(payroll: Payroll) -> None:
    await payroll.consume()
    content = TABLE.encode("windows-1251")
    dry = await sent(payroll, content, dry_run="true")
    assert (dry.status_code, dry.json()["recorded"]) == (200, 2), dry.text
    assert (await payroll.ask("GET", TARGETS))["items"] == []
    assert (await sent(payroll, content)).json()["recorded"] == 2
    assert (await sent(payroll, TABLE.encode())).json()["unchanged"] == 2
    items = (await payroll.ask("GET", TARGETS))["items"]
    assert [(item["month"], item["subject"], item["value"]) for item in items] == [
        ("2026-04", "company", 7), ("2026-03", str(ANNA), 1200000.5),
    ]  # fmt: skip


FAULTS: tuple[tuple[str, str, str], ...] = (
    ("2026-05;Вера;5;RUB", "/rows/4/Менеджер", "no such manager"),
    ("2026-00;Борис;5;RUB", "/rows/4/Месяц", "no month"),
    ("2026-05;Борис;-5;RUB", "/rows/4/План", "not above 0"),
    ("2026-05;Борис;пять;RUB", "/rows/4/План", "no number"),
    ("2026-05;Борис;5;", "/rows/4/Валюта", "is not told"),
    ("2026-04;company;5;RUB", "/rows/4", "above it already"),
)


@pytest.mark.parametrize(("row", "pointer", "words"), FAULTS)
async def test_a_table_with_a_fault_is_refused_whole(
    payroll: Payroll, row: str, pointer: str, words: str
) -> None:
    await payroll.consume()
    refused = await sent(payroll, f"{TABLE}{row}\n".encode())
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]
    dry = (await sent(payroll, f"{TABLE}{row}\n".encode(), dry_run="true")).json()
    assert (dry["fault_count"], dry["recorded"]) == (1, 0)
    assert (await payroll.ask("GET", TARGETS))["items"] == []


async def test_a_table_that_is_too_large_or_none(payroll: Payroll) -> None:
    assert (await sent(payroll, b"a" * (2 * 1_048_576 + 1))).status_code == 413
    for content in (b"", b"\x00\xff\xfe", b"month;value\n", "Месяц\n".encode()):
        assert (await sent(payroll, content)).status_code == 422


async def test_no_rebuild_takes_it_away(payroll: Payroll) -> None:
    await payroll.consume()
    await put(payroll, LINE)
    async with transaction(payroll.database) as session:
        await clear(session)
    assert len((await payroll.ask("GET", TARGETS))["items"]) == 1
