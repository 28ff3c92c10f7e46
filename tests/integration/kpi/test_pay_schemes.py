"""Pay schemes are versions, tried over the last year before they are approved, and never change."""

from typing import Any

import pytest

from services.kpi.use_cases.motivation.what_if import MONTHS
from tests.integration.kpi.paying import ANNA, BORIS, SCHEMES, TERMS, Payroll
from tests.support.event_streams import some_id

BAND = {"begins": 0, "pays": 1}
WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"terms": {**TERMS, "base": -1}}, "/terms/base"),
    ({"terms": {**TERMS, "base": "NaN"}}, "/terms/base"),
    ({"terms": {**TERMS, "currency": "рубль"}}, "/terms/currency"),
    ({"terms": {**TERMS, "bonuses": [{"group": "лампы", "rate": 0}]}}, "/terms/bonuses/0/group"),
    (
        {"terms": {**TERMS, "personal": {"bonus": 1, "bands": [{**BAND, "ends": 1},
                                                              {"begins": 2, "pays": 1}]}}},
        "/terms/personal/bands/1/begins",
    ),
    ({"terms": {**TERMS, "colour": 1}}, "/terms/colour"),
    ({"manager_ids": [str(some_id("manager", "nobody"))]}, "/manager_ids/0"),
    ({"name": " "}, "/name"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "pointer"), WRONG)
async def test_a_wrong_member_is_named(
    payroll: Payroll, change: dict[str, Any], pointer: str
) -> None:
    await payroll.consume()
    refused = await payroll.draft(status=422, **change)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]


async def test_each_change_is_a_version(payroll: Payroll) -> None:
    await payroll.consume()
    first = await payroll.draft()
    assert first["terms"]["personal"]["bands"][2] == {
        "begins": 1.05, "ends": 1.2, "pays": 1, "accelerator": 2,
    }  # fmt: skip
    path = f"{SCHEMES}/{first['scheme_id']}"
    body = {"name": "Отдел продаж", "terms": {**TERMS, "base": "45000.50"}}
    second = await payroll.ask("PUT", path, json=body, headers={"If-Match": '"1"'})
    assert (second["version"], second["state"]) == (2, "draft")
    await payroll.ask("PUT", path, json=body, headers={"If-Match": '"1"'}, status=409)
    versions = await payroll.ask("GET", f"{path}/versions")
    assert versions["items"] == [second, first]
    assert await payroll.ask("GET", f"{path}/versions/1") == first
    assert (await payroll.ask("GET", SCHEMES))["items"] == [second]
    compared = await payroll.ask("GET", f"{path}/compare", params={"from": 1, "to": 2})
    assert compared["differences"] == [
        {"pointer": "/terms/base", "before": "40000", "after": "45000.50"}
    ]


async def test_it_is_approved_once_and_after_a_what_if(payroll: Payroll) -> None:
    await payroll.consume()
    scheme = await payroll.draft()
    path = f"{SCHEMES}/{scheme['scheme_id']}/versions/1"
    body = {"from_month": "2026-03"}
    refused = await payroll.ask("POST", f"{path}/approve", json=body, status=409)
    assert refused["type"].endswith("no-what-if")
    await payroll.ask("POST", f"{path}/what-if", status=202)
    assert await payroll.compute()
    await payroll.ask("POST", f"{path}/approve", json=body, status=409)
    await payroll.try_out(scheme["scheme_id"])
    approved = await payroll.ask("POST", f"{path}/approve", json=body)
    assert [approved[name] for name in ("state", "approved_by", "from_month")] == [
        "approved", "supervisor", "2026-03",
    ]  # fmt: skip
    again = await payroll.ask("POST", f"{path}/approve", json={"from_month": "2026-04"}, status=409)
    assert again["type"].endswith("already-approved")


async def test_a_version_pays_from_its_month_on(payroll: Payroll) -> None:
    await payroll.consume()
    scheme = await payroll.approved("2026-03")
    path = f"{SCHEMES}/{scheme['scheme_id']}"
    body = {"name": "Отдел продаж", "terms": {"currency": "RUB", "base": 50000}}
    await payroll.ask("PUT", path, json=body, headers={"If-Match": '"1"'})
    await payroll.try_out(scheme["scheme_id"], 2)
    await payroll.ask("POST", f"{path}/versions/2/approve", json={"from_month": "2026-04"})
    months = ("2026-02", "2026-03", "2026-04")
    pages = [
        await payroll.ask("GET", "/v1/motivation/statements", params={"month": month})
        for month in months
    ]
    assert [[item["payout"] for item in page["items"]] for page in pages] == [
        [], [40000, 40000], [50000, 50000],
    ]  # fmt: skip
    await payroll.approved("2026-04", manager_ids=[str(ANNA)], terms={"currency": "RUB", "base": 1})
    assert (await payroll.statement(ANNA, "2026-04"))["payout"] == 1, "it names her"
    assert (await payroll.statement(BORIS, "2026-04"))["payout"] == 50000


async def test_a_what_if_shows_the_last_year(payroll: Payroll) -> None:
    payroll.won("кухня", ANNA, 1_000_000, product="Кухня")
    await payroll.consume()
    await payroll.plan("2026-03", ANNA, 1_000_000)
    await payroll.plan("2026-03", "company", 1_000_000)
    await payroll.approved("2026-03", terms={"currency": "RUB", "base": 60000})
    payroll.at(2026, 5, 10, 9)
    scheme = await payroll.draft()
    path = f"{SCHEMES}/{scheme['scheme_id']}/versions/1/what-if"
    item = await payroll.ask("POST", path, status=202)
    assert (item["first_month"], item["end_month"], item["months"]) == ("2025-05", "2026-05", 12)
    one = f"/v1/motivation/what-ifs/{item['what_if_id']}"
    for count in range(1, MONTHS + 1):
        assert await payroll.compute()
        assert (await payroll.ask("GET", one))["months_done"] == count
    assert not await payroll.compute()
    step = await payroll.ask("GET", one)
    assert step["state"] == "done"
    rows = (await payroll.ask("GET", f"{one}/items"))["items"]
    by_place = {(row["month"], row["manager_id"]): row for row in rows}
    assert len(by_place) == len(rows) == 4, "two managers, who are there since March"
    anna = by_place["2026-03", str(ANNA)]
    assert (anna["proposed"], anna["present"], anna["has_target"]) == (85000, 60000, True)
    boris = by_place["2026-04", str(BORIS)]
    assert (boris["proposed"], boris["present"], boris["has_target"]) == (40000, 60000, False)
    (total,) = step["totals"]
    assert (total["proposed"], total["present"]) == (205000, 240000)
    assert (total["rows"], total["without_target"]) == (4, 3)
    assert (await payroll.ask("GET", path))["items"] == [step]
