"""The single cuts of a plan: what was planned worst first, beside what was foretold."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.kpi.repository.forecast.forecasts import (
    ForecastHead,
    StepRow,
    WholeForecast,
    add_forecast,
)
from shared.database import Database, transaction
from shared.ids import new_id
from tests.integration.kpi.plans.planning import a_version, get, orders, put
from tests.integration.kpi.plans.test_control import YEAR
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.test_exports import lines, taken
from tests.support.event_streams import consume
from tests.support.http_client import Door


async def foretell(database: Database, made_at: datetime, likeliest: int, **change: Any) -> None:
    """A forecast of January and February 2026 in Moscow, unless something else is said."""
    of = {"measure": "revenue", "axis": "region", "key": "Москва", "currency": "RUB", **change}
    head = ForecastHead(
        forecast_id=new_id(), step="month", time_zone="Europe/Moscow",
        past_from=date(2025, 1, 1), past_to=date(2026, 1, 1), past_steps=12, gaps=0, season=1,
        origins=1, mape=None, mase=None, bias=None, coverage=None, total_p10=None, total_p50=None,
        total_p90=None, made_at=made_at, made_by="x", **of,
    )  # fmt: skip
    value = Decimal(likeliest)
    steps = [StepRow(day=date(2026, month, 1), p10=value, p50=value, p90=value, methods_p50=value)
             for month in (1, 2)]  # fmt: skip
    async with transaction(database) as session:
        await add_forecast(session, WholeForecast(head, [], steps))


async def a_plan(database: Database, door: Door) -> str:
    """Moscow sold tea for 110.01 in January and for 111.01 in February; Omsk nothing."""
    await consume(database, apply_and_tell, orders().events)
    version = await a_version(door, **YEAR)
    await put(door, version, 1, 100, node={"region": "Москва", "month": "2026-01"})
    await put(door, version, 2, 200, node={"region": "Москва", "month": "2026-02"})
    await put(door, version, 3, 30, node={"region": "Омск", "month": "2026-02"})
    await put(door, version, 4, 500, node={"region": "Омск", "month": "2026-03"})
    return version


async def test_what_was_planned_worst_comes_first(database: Database, door: Door) -> None:
    version = await a_plan(database, door)
    await foretell(database, datetime(2026, 1, 20, tzinfo=UTC), 90)
    await foretell(database, datetime(2026, 2, 20, tzinfo=UTC), 111)
    await foretell(database, datetime(2026, 3, 1, 12, tzinfo=UTC), 999)  # both are over
    await foretell(database, datetime(2026, 1, 20, tzinfo=UTC), 7, axis="company", key=None)
    found = await get(door, f"{version}/quality/cuts", axis="region")
    assert (found["unit"], found["axis"], found["next_cursor"]) == ("RUB", "region", None)
    february, omsk, january = found["items"]
    assert february == {
        "month": "2026-02", "value": "Москва", "label": None, "is_planned": True, "plan": 200,
        "fact": 111.01, "difference": -88.99, "absolute_error": 88.99, "relative_error": 0.445,
        "bias": -0.445, "forecast": 111, "forecast_relative_error": 0.0001,
    }  # fmt: skip
    assert (omsk["value"], omsk["fact"], omsk["bias"], omsk["forecast"]) == ("Омск", 0, -1, None)
    assert (january["absolute_error"], january["bias"]) == (10.01, 0.1001)
    assert (january["forecast"], january["forecast_relative_error"]) == (90, 0.2223)


async def test_cuts_are_those_of_the_node(database: Database, door: Door) -> None:
    version = await a_plan(database, door)
    await foretell(database, datetime(2026, 1, 20, tzinfo=UTC), 90)
    await foretell(database, datetime(2026, 1, 20, tzinfo=UTC), 7, axis="company", key=None)
    path = f"{version}/quality/cuts"
    whole = (await get(door, path))["items"]
    assert [(one["month"], one["value"], one["forecast"]) for one in whole] == [
        ("2026-02", "", 7), ("2026-01", "", 7),
    ]  # fmt: skip
    moscow = (await get(door, path, region="Москва"))["items"]
    assert [(one["plan"], one["forecast"]) for one in moscow] == [(200, 90), (100, 90)]
    january = (await get(door, path, axis="region", month="2026-01"))["items"]
    assert [(one["value"], one["forecast"]) for one in january] == [("Москва", 90)]
    within = (await get(door, path, axis="region", product="чай"))["items"]
    assert [one["forecast"] for one in within] == [None] * 3
    sellers = await get(door, path, axis="seller", measure="quantity")
    assert [(one["plan"], one["fact"], one["absolute_error"]) for one in sellers["items"]] == [
        (0, 1, 1), (0, 1, 1),
    ]  # fmt: skip
    assert sellers["unit"] is None
    for params, pointer in (
        ({"axis": "region", "region": "Москва"}, "/axis"), ({"axis": "month"}, "/axis"),
        ({"region": "Пенза"}, "/region"), ({"cursor": "x"}, "/cursor"),
    ):  # fmt: skip
        answer = await door.client.get(path, params=params, headers=door.as_("supervisor"))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("limit", [1, 2])
async def test_cuts_are_listed_page_by_page(database: Database, door: Door, limit: int) -> None:
    version = await a_plan(database, door)
    path = f"{version}/quality/cuts"
    whole = (await get(door, path, axis="region"))["items"]
    walk: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        found = await get(door, path, axis="region", limit=limit, **cursor)
        assert len(found["items"]) <= limit
        walk += found["items"]
        if found["next_cursor"] is None:
            break
        cursor = {"cursor": found["next_cursor"]}
    assert walk == whole
    content = await taken(
        door, path, {"axis": "region", "format": "csv", "lang": "en", "limit": "1"}
    )
    heading, *table = lines(content)
    assert heading[:3] == ["Month from", "Value", "Name"]
    assert [row[:2] for row in table] == [[one["month"], one["value"]] for one in whole]
    await taken(door, path, {"axis": "region", "format": "xlsx"})
