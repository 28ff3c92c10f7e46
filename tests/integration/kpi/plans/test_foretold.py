"""A plan that begins as a forecast says: each month to the kopeck, all else as it was."""

from datetime import date
from typing import Any

import pytest

from shared.contracts.leads import LeadWon
from shared.database import Database
from tests.integration.kpi.plans.planning import EMPTY, a_version, amounts, get, post
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door

ZONE = "Europe/Moscow"
WISH = {"measure": "revenue", "step": "month", "steps": 3, "tz": ZONE}


async def two_years(database: Database) -> None:
    """From March 2024 to February 2026 each month two sales of Moscow and one of Tula are won."""
    streams = EventStreams()
    for number in range(24):
        year, month = divmod(number + 2, 12)
        for place, region in enumerate(("Москва", "Москва", "Тула")):
            streams.at = streams.at.replace(year=2024 + year, month=month + 1, day=5 + place)
            name = f"{number}-{place}"
            contact = some_id("contact", name)
            came: dict[str, Any] = {"contact": contact, "received_at": streams.at}
            inquiry = streams.inquiry(name, **came, region=region, product_interest="чай")
            lead = streams.opened(name, inquiry=inquiry, **came)
            streams.assigned(lead, contact, ANNA)
            money = {"amount": 1000 + month * 7.01 + number, "currency": "RUB"}
            streams.on_lead(LeadWon, lead, contact, manager_id=ANNA, **money)
    await consume(database, apply_and_tell, streams.events)


async def foretold(door: Door, **changes: Any) -> dict[str, Any]:
    answer = await post(door, "/v1/forecasts", WISH | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def begun(forecast: dict[str, Any], **more: Any) -> dict[str, Any]:
    start = {"kind": "forecast", "forecast_id": forecast["forecast_id"], **more}
    return {"first_month": "2026-03", "months": 3, "start": start}


@pytest.mark.parametrize("band", ["p10", "p90"])
async def test_months_are_those_of_the_forecast(database: Database, door: Door, band: str) -> None:
    await two_years(database)
    forecast = await foretold(door)
    version = await a_version(door, **begun(forecast, band=band))
    months = await amounts(door, version, "month")
    assert months == {step["day"][:7]: step[band] for step in forecast["steps"]}
    for month, amount in months.items():
        # Of each three sales of a month, all of one amount, two are Moscow's.
        regions = await amounts(door, version, "region", month=month)
        assert regions["Москва"] == pytest.approx(amount * 2 / 3, abs=0.01)
        quantity = (await get(door, f"{version}/nodes", measure="quantity", month=month))["amount"]
        past = 3 * (1000 + (int(month[5:]) - 1) * 7.01 + 12 + int(month[5:]) - 3)
        assert quantity == round(3 * amount / past), "a sale comes to what it came to"


async def test_pessimistic_is_what_a_plan_counts_on(database: Database, door: Door) -> None:
    await two_years(database)
    forecast = await foretold(door)
    version = await a_version(door, **begun(forecast))
    whole = (await get(door, f"{version}/nodes"))["amount"]
    assert whole == pytest.approx(sum(step["p10"] for step in forecast["steps"]), abs=1e-6)


@pytest.mark.parametrize(
    ("wish", "change"),
    [
        ({"measure": "leads"}, {}),
        ({"axis": "region", "key": "Тула"}, {}),
        ({"tz": "Asia/Tokyo"}, {}),
        ({"steps": 2}, {}),
        ({}, {"currency": "USD"}),
        ({}, {"first_month": "2026-02"}),
    ],
)
async def test_a_forecast_of_something_else_makes_no_plan(
    database: Database, door: Door, wish: dict[str, Any], change: dict[str, Any]
) -> None:
    await two_years(database)
    body = {**EMPTY, **begun(await foretold(door, **wish)), **change}
    answer = await post(door, "/v1/plans", body)
    assert answer.status_code == 422, answer.text
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/start/forecast/forecast_id"]


async def test_no_forecast_makes_no_plan(door: Door) -> None:
    body = {**EMPTY, **begun({"forecast_id": str(some_id("forecast", date.min))})}
    answer = await post(door, "/v1/plans", body)
    assert answer.json()["errors"][0]["pointer"] == "/start/forecast/forecast_id"
    band = {**EMPTY, **begun({"forecast_id": str(some_id("x"))}, band="p50000")}
    answer = await post(door, "/v1/plans", band)
    assert answer.json()["errors"][0]["pointer"] == "/start/forecast/band"
