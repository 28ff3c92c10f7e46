"""Forecasts of what is known, kept as they were made."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kpi.handlers import apply
from shared.contracts.leads import LeadOpened, LeadParked, LeadWon
from shared.database import Database
from tests.integration.kpi.eight_weeks import CHECK, DAYS, FIRST, LEADS, SALES, at_noon, eight_weeks
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import MORNING, consume
from tests.support.http_client import Door

PATH = "/v1/forecasts"
NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
WEEKDAYS = {"measure": "revenue", "step": "day", "steps": 7, "tz": "UTC"}


async def make(door: Door, **body: Any) -> dict[str, Any]:
    answer = await door.client.post(PATH, json=body, headers=door.as_("supervisor"))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def ask(door: Door, path: str, **params: Any) -> Any:
    answer = await door.client.get(path, params=params, headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_money_of_a_week_is_foretold_by_its_weekdays(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    made = await make(door, **WEEKDAYS)
    assert (made["past_from"], made["past_to"], made["past_steps"]) == (
        ("2026-01-05", "2026-03-02", 56)
    )
    assert (made["currency"], made["season"], made["gaps"]) == ("RUB", 7, 0)
    assert [step["day"] for step in made["steps"]] == [f"2026-03-0{day}" for day in range(2, 9)]
    # The same week eight times: whoever sees the season is right.
    for step, sales in zip(made["steps"], SALES, strict=True):
        assert step["p50"] == CHECK * sales
        assert 0 <= step["p10"] <= step["p50"] <= step["p90"] < CHECK * (sales + 0.2)
    assert made["total_p50"] == CHECK * sum(SALES)
    # At the first origin nobody knew yet that the moving average is wrong.
    assert made["mape"] < 0.02
    assert made["coverage"] > 0.8
    assert made["mase"] is None  # the naive forecast is never wrong here
    weights = {item["name"]: item["weight"] for item in made["methods"]}
    assert weights["seasonal_naive"] > 0
    assert weights["moving_average"] == 0
    assert "lead_flow" in weights
    assert "ets_multiplicative" not in weights  # nothing is sold on Sundays
    assert sum(weights.values()) == pytest.approx(1, abs=0.001)


async def test_what_was_made_stays(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    first = await make(door, **WEEKDAYS)
    second = await make(
        door, **{**WEEKDAYS, "measure": "leads", "axis": "manager", "key": str(ANNA).upper()}
    )
    assert second["key"] == str(ANNA)
    assert [step["p50"] for step in second["steps"]] == list(LEADS)
    assert first["made_at"] == MORNING.replace(hour=18).isoformat().replace("+00:00", "Z")
    assert await ask(door, f"{PATH}/{first['forecast_id']}") == first
    listed = (await ask(door, PATH))["items"]
    assert [item["forecast_id"] for item in listed] == [
        second["forecast_id"],
        first["forecast_id"],
    ]
    window = await ask(door, PATH, limit=1)
    assert [item["measure"] for item in window["items"]] == ["leads"]
    rest = await ask(door, PATH, limit=1, cursor=window["next_cursor"])
    assert [item["measure"] for item in rest["items"]] == ["revenue"]
    assert len((await ask(door, PATH, measure="leads"))["items"]) == 1


async def test_shares_and_averages_have_no_total(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    checks = await make(door, **{**WEEKDAYS, "measure": "average_check"})
    assert checks["gaps"] == 8  # nothing is sold on Sundays
    assert {step["p50"] for step in checks["steps"]} == {CHECK}
    assert checks["total_p50"] is None
    shares = await make(door, **{**WEEKDAYS, "measure": "conversion"})
    expected = [round(sales / leads, 6) for sales, leads in zip(SALES, LEADS, strict=True)]
    assert [step["p50"] for step in shares["steps"]] == expected


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"steps": 0}, "/steps"),
        ({"steps": 93}, "/steps"),
        ({"step": "week", "from": "2026-02-01"}, "/from"),
        ({"measure": "luck"}, "/measure"),
        ({"tz": "Europe/Atlantis"}, "/tz"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "/to"),
        ({"from": "0001-01-01"}, "/from"),
        ({"axis": "manager"}, "/key"),
        ({"axis": "manager", "key": "Анна"}, "/key"),
        ({"currency": "рубль"}, "/currency"),
        ({"currency": "USD"}, "/from"),
        ({"axis": "campaign", "key": "нет"}, "/from"),
        ({"horizon": 3}, "/horizon"),
    ],
)
async def test_what_cannot_be_made_names_the_field(
    database: Database, door: Door, change: dict[str, Any], pointer: str
) -> None:
    await consume(database, apply, eight_weeks().events)
    answer = await door.client.post(
        PATH, json={**WEEKDAYS, **change}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await ask(door, PATH))["items"] == []


async def test_only_a_supervisor_forecasts(database: Database, door: Door) -> None:
    answer = await door.client.post(
        PATH, json=WEEKDAYS, headers=door.as_("manager", manager_id=ANNA)
    )
    assert answer.status_code == 403
    missing = await door.client.get(f"{PATH}/{ANNA}", headers=door.as_("supervisor"))
    assert missing.status_code == 404


def open_path(made: dict[str, Any]) -> list[float] | None:
    methods = {item["name"]: item for item in made["methods"]}
    if "open_leads" not in methods:
        return None
    item = methods["open_leads"]
    assert (item["weight"], item["mape"], item["mase"], item["bias"]) == (0, None, None, None)
    path: list[float] = item["path"]
    return path


async def test_open_leads_bring_what_their_stage_has_brought(
    database: Database, door: Door
) -> None:
    await consume(database, apply, eight_weeks().events)
    # All stand in one stage. Now is the 2nd of March, 18:00; whoever buys does so at once.
    ages = [
        (NOW - at_noon(FIRST + timedelta(days=number))) / timedelta(days=1)
        for number in range(DAYS)
        for _ in range(LEADS[number % 7] - SALES[number % 7])
    ]
    chance = sum(SALES) * DAYS / 7 / sum(ages)
    expected = [len(ages) * chance * (1 - chance) ** step for step in range(7)]
    sold = open_path(await make(door, **{**WEEKDAYS, "measure": "quantity"}))
    assert sold == pytest.approx(expected, rel=0.01, abs=0.01)
    for of_anna in ({}, {"axis": "manager", "key": str(ANNA)}):
        money = open_path(await make(door, **WEEKDAYS, **of_anna))
        assert money == pytest.approx([CHECK * count for count in expected], rel=0.01)
    weeks = open_path(await make(door, **{**WEEKDAYS, "measure": "quantity", "step": "week"}))
    assert weeks is not None
    assert weeks[0] == pytest.approx(len(ages) * 7 * chance, rel=0.01)
    assert open_path(await make(door, **{**WEEKDAYS, "measure": "leads"})) is None
    earlier = await make(door, **{**WEEKDAYS, "to": "2026-03-01"})
    assert open_path(earlier) is None, "what was open then is not what is open now"


async def test_leads_of_the_forgotten_bring_nothing(database: Database, door: Door) -> None:
    streams = eight_weeks()
    before = list(streams.events)
    ended = {item.event.lead_id for item in before if isinstance(item.event, LeadWon)}
    opened = [item.event for item in before if isinstance(item.event, LeadOpened)]
    for event in opened:
        if event.lead_id not in ended:
            streams.on_lead(LeadParked, event.lead_id, event.contact_id, reason="erased", at=NOW)
    await consume(database, apply, streams.events)
    path = open_path(await make(door, **{**WEEKDAYS, "measure": "quantity"}))
    assert path is not None
    assert set(path) == {0}
