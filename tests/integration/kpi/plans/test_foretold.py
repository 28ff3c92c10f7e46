"""A plan that a forecast feeds: by default its pessimistic values, as the plan shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.database import Database
from tests.integration.kpi.plans.planning import EMPTY, amounts, created, get, post
from tests.integration.kpi.spring import person, won
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door


def two_years() -> EventStreams:
    """Wins of each month from March 2024 to February 2026: more in each, and two regions."""
    streams = EventStreams()
    for number in range(24):
        year, month = divmod(number + 2, 12)
        for place, region in enumerate(("Тула", "Омск", "Тула")):
            name = f"{number}-{place}"
            streams.at = datetime(2024 + year, month + 1, 10, 12, tzinfo=UTC)
            buyer = person(3 * number + place)
            inquiry = streams.inquiry(name, contact=buyer, region=region)
            streams.opened(name, inquiry=inquiry, contact=buyer)
            won(streams, name, buyer, 100 + (number * 7) % 10)
    streams.at += timedelta(hours=1)
    return streams


async def forecast(door: Door, **change: Any) -> dict[str, Any]:
    body = {"measure": "revenue", "step": "month", "steps": 3, "tz": "Europe/Moscow", **change}
    answer = await post(door, "/v1/forecasts", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def plan_from(made: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {"kind": "forecast", "forecast_id": made["forecast_id"], **change}


async def test_the_pessimistic_value_feeds_the_plan(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, two_years().events)
    made = await forecast(door)
    first = made["steps"][0]["day"][:7]
    shape = {"first_month": first, "months": 3}
    plan = await created(door, **shape, start=plan_from(made))
    assert plan["start"] == {
        "kind": "forecast", "forecast_id": made["forecast_id"], "value": "p10", "years": 1,
        "growth_percent": None,
    }  # fmt: skip
    version = f"/v1/plans/{plan['plan_id']}/versions/1"
    assert await amounts(door, version, "month") == {
        step["day"][:7]: step["p10"] for step in made["steps"]
    }
    regions = await amounts(door, version, "region")
    assert set(regions) == {"Тула", "Омск"}
    assert regions["Тула"] > regions["Омск"] > 0
    assert (await get(door, f"/v1/plans/{plan['plan_id']}"))["start"] == plan["start"]
    likeliest = await created(door, **shape, start=plan_from(made, value="p50"))
    version = f"/v1/plans/{likeliest['plan_id']}/versions/1"
    assert await amounts(door, version, "month") == {
        step["day"][:7]: step["p50"] for step in made["steps"]
    }


@pytest.mark.parametrize(
    ("wish", "change", "detail"),
    [
        ({"measure": "leads"}, {}, "neither revenue nor quantity"),
        ({"step": "week"}, {}, "by week"),
        ({"axis": "region", "key": "Тула"}, {}, "of one region"),
        ({"tz": "UTC"}, {}, "months of UTC"),
        ({}, {"currency": "USD"}, "in RUB"),
        ({}, {"months": 4}, "says nothing of 2026-06"),
        ({}, {"first_month": "2027-03"}, "says nothing of 2027-03"),
    ],
)
async def test_a_forecast_that_makes_no_plan_is_named(
    database: Database, door: Door, wish: dict[str, Any], change: dict[str, Any], detail: str
) -> None:
    await consume(database, apply_and_tell, two_years().events)
    made = await forecast(door, **wish)
    body = {**EMPTY, "first_month": "2026-03", "months": 3, "start": plan_from(made), **change}
    answer = await post(door, "/v1/plans", body)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], detail in error["detail"]) == ("/start/forecast_id", True), error


async def test_a_forecast_that_is_not_there_is_named(door: Door) -> None:
    start = {"kind": "forecast", "forecast_id": str(person(9))}
    answer = await post(door, "/v1/plans", {**EMPTY, "start": start})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (
        (422, "/start/forecast_id")
    )
