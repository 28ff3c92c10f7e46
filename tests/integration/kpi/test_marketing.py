"""Budgets beside the fact, and advice on them."""

from datetime import date
from decimal import Decimal
from typing import Any

from services.kpi.domain.months import later
from shared.contracts.inquiry import Campaign
from shared.database import Database
from tests.integration.kpi.eight_weeks import at_noon
from tests.integration.kpi.spring import person
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import report
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door

PATH = "/v1/marketing/budget"
MARCH = {"from_month": "2026-03", "to_month": "2026-03"}


async def put(door: Door, path: str, *lines: dict[str, Any]) -> dict[str, Any]:
    answer = await door.client.put(path, json={"lines": lines}, headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def line(month: str, channel: str, amount: float | None, currency: str = "RUB") -> dict[str, Any]:
    return {"month": month, "ad_channel": channel, "amount": amount, "currency": currency}


def spent(day: str, channel: str, amount: float, currency: str = "RUB") -> dict[str, Any]:
    return {"day": day, "ad_channel": channel, "amount": amount, "currency": currency}


async def test_the_fact_stands_beside_the_plan(door: Door) -> None:
    """It is the second of March: one day of 31 is over."""
    summary = await put(door, PATH, line("2026-03", "Яндекс", 3100), line("2026-02", "vk", 500.5))
    assert summary == {
        "recorded": 2, "corrected": 0, "unchanged": 0, "totals": {"RUB": 3600.5},
    }  # fmt: skip
    await put(
        door,
        "/v1/spend",
        spent("2026-02-01", "vk", 400),
        spent("2026-02-28", "vk", 200),
        spent("2026-03-01", "яндекс", 150),
        spent("2026-03-01", "vk", 10, "USD"),
    )
    months = {"from_month": "2026-02", "to_month": "2026-03"}
    found = await report(door, PATH, **months)
    rows = found["rows"]
    assert found["totals"]["RUB"] == {"planned": 3600.5, "spent": 750, "due_by_now": 600.5}
    assert found["more"] == 0
    shown = [
        (row["month"], row["ad_channel"], row["currency"], row["planned"], row["spent"],
         row["due_by_now"], row["difference"], row["used"]["value"], row["used"]["missing"])
        for row in rows
    ]  # fmt: skip
    assert shown == [
        ("2026-02", "vk", "RUB", 500.5, 600, 500.5, 99.5, 1.1988, None),
        ("2026-03", "vk", "USD", None, 10, None, None, None, "no_budget"),
        ("2026-03", "яндекс", "RUB", 3100, 150, 100, -2950, 0.0484, None),
    ]
    answer = await door.client.get(
        PATH, params={**MARCH, "format": "csv"}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 200, answer.text
    assert "План к этому дню" in answer.text


async def test_a_correction_of_a_budget_is_a_version(door: Door) -> None:
    assert (await put(door, PATH, line("2026-03", "vk", 100)))["recorded"] == 1
    assert (await put(door, PATH, line("2026-03", " VK ", 100)))["unchanged"] == 1
    assert (await put(door, PATH, line("2026-03", "vk", 90)))["corrected"] == 1
    assert (await put(door, PATH, line("2026-03", "vk", None)))["corrected"] == 1
    assert (await report(door, PATH, **MARCH))["rows"] == []
    assert (await put(door, PATH, line("2026-03", "vk", 80)))["recorded"] == 1
    place = {"month": "2026-03", "ad_channel": "vk", "currency": "RUB"}
    answer = await door.client.get(f"{PATH}/versions", params=place, headers=door.as_("supervisor"))
    versions = [(one["version"], one["amount"]) for one in answer.json()]
    assert versions == [(4, 80), (3, None), (2, 90), (1, 100)]
    place["currency"] = "USD"
    answer = await door.client.get(f"{PATH}/versions", params=place, headers=door.as_("supervisor"))
    assert answer.status_code == 404


async def send(door: Door, content: bytes, **params: str) -> Any:
    return await door.client.post(
        f"{PATH}/tables", params=params, content=content, headers=door.as_("supervisor")
    )


async def test_a_table_is_taken_whole_or_not_at_all(door: Door) -> None:
    table = "Месяц;Канал;Бюджет;Валюта\n03.2026;Яндекс;1 234,50;RUB\n2026-04;VK;500,00;RUB\n"
    tried = await send(door, table.encode("cp1251"), dry_run="true")
    assert (tried.json()["recorded"], tried.json()["faults"]) == (2, [])
    assert (await report(door, PATH, **MARCH))["rows"] == []
    assert (await send(door, table.encode())).json()["recorded"] == 2
    (row,) = (await report(door, PATH, **MARCH))["rows"]
    assert (row["ad_channel"], row["planned"]) == ("яндекс", 1234.5)
    wrong = "month,channel,amount\n2026-13,vk,1\n2026-03,vk,x\n2026-03,ok,1\n2026-03,OK,2\n"
    answer = await send(door, wrong.encode(), currency="RUB")
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/rows/2/month", "/rows/3/amount", "/rows/5/month",
    }  # fmt: skip


async def test_what_is_no_budget_names_the_field(door: Door) -> None:
    for body, pointer in (
        (line("2026-13", "vk", 1), "/lines/0/month"),
        (line("2026-03", "vk", -1), "/lines/0/amount"),
        (line("2026-03", "vk", 100.001), "/lines/0/amount"),
        (line("2026-03", "vk", 100.5, "JPY"), "/lines/0/amount"),
        (line("2026-03", "vk", 1, "рубль"), "/lines/0/currency"),
    ):
        answer = await door.client.put(PATH, json={"lines": [body]}, headers=door.as_("supervisor"))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
    answer = await door.client.get(
        PATH,
        params={"from_month": "2026-03", "to_month": "2026-02"},
        headers=door.as_("supervisor"),
    )
    assert answer.json()["errors"][0]["pointer"] == "/to_month"


YEAR = {"from": "2025-03-01", "to": "2026-04-01", "tz": "UTC"}


async def a_year(database: Database, door: Door) -> None:
    """Twelve months of two channels: inquiries are as the root of spend, of Yandex twice as many;
    of a third there are three months.
    """
    streams, lines, number = EventStreams(), [], 0
    for age in range(12, 0, -1):
        month = later(date(2026, 3, 1), -age)
        spend = 100 * (1 + (age * 5 + 5) % 7) ** 2
        for channel, scale in (("яндекс", 2), ("vk", 1), ("радио", 1)):
            if channel == "радио" and age > 3:
                continue
            lines.append(spent(f"{month}", channel, spend))
            for _ in range(scale * (1 + (age * 5 + 5) % 7)):
                streams.at = at_noon(month.replace(day=10))
                number += 1
                streams.inquiry(
                    f"i{number}",
                    contact=person(number),
                    received_at=streams.at,
                    campaign=Campaign(utm_source=channel),
                )
    await consume(database, apply_and_tell, streams.events)
    await put(door, "/v1/spend", *lines)


async def test_advice_moves_spend_to_where_more_comes(database: Database, door: Door) -> None:
    await a_year(database, door)
    found = await report(door, "/v1/marketing/advice", **YEAR, result="target")
    rows = {row["ad_channel"]: row for row in found["rows"]}
    assert (found["month"], found["currency"], found["missing"]) == ("2026-02", "RUB", None)
    assert rows["радио"]["lack"] == "too_few_months"
    assert (rows["радио"]["months"], rows["радио"]["months_needed"]) == (3, 8)
    assert rows["радио"]["suggested"] is None
    for channel in ("яндекс", "vk"):
        assert abs(rows[channel]["curve"]["elasticity"] - 0.5) < 0.01
        assert rows[channel]["suggested_low"] <= rows[channel]["suggested"] + 1
        assert rows[channel]["suggested"] <= rows[channel]["suggested_high"] + 1
    # With roots, spend is as the square of the scales: four to one, under the same total.
    both = [Decimal(str(rows[channel]["suggested"])) for channel in ("яндекс", "vk")]
    assert sum(both) == Decimal(str(found["total"])) == 3200
    assert abs(both[0] / both[1] - 4) < Decimal("0.1")
    assert found["suggested_result"] > found["present_result"]


async def test_advice_says_that_there_is_not_enough(database: Database, door: Door) -> None:
    await a_year(database, door)
    few = {**YEAR, "from": "2025-10-02"}
    found = await report(door, "/v1/marketing/advice", **few)
    assert found["missing"] == "not_enough_data"
    assert found["suggested_result"] is None
    assert {row["lack"] for row in found["rows"]} == {"too_few_months"}
    # October is cut, March is not over.
    assert {row["months"] for row in found["rows"]} == {4, 3}
    await put(door, "/v1/spend", spent("2026-01-02", "vk", 7, "USD"))
    answer = await door.client.get(
        "/v1/marketing/advice", params=YEAR, headers=door.as_("supervisor")
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "pointer": "/currency", "detail": "is one of: RUB, USD",
    }  # fmt: skip
    found = await report(door, "/v1/marketing/advice", **YEAR, currency="RUB")
    assert found["missing"] is None
