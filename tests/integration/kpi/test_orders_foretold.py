"""Orders that no lead led to are of the past as well: of forecasts, seasons and goals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kpi.repository.forecast import orders
from shared.contracts.inquiry import Campaign
from shared.database import Database
from tests.integration.kpi.spring import SHOP, bought, cancelled, person, won
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.test_loyalty_rows import keep_days
from tests.integration.kpi.week import report
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door

SINCE = {"from": "2026-01-01", "to": "2026-03-01", "tz": "UTC", "step": "month"}
FIRST = datetime(2026, 1, 10, 12, tzinfo=UTC)


def two_months() -> EventStreams:
    """In each month a lead is won for 100, with an order of the same sale; somebody who came by a
    campaign orders for 30 on the web, and an order of 7 is cancelled.
    """
    streams = EventStreams()
    for number in range(2):
        streams.at = FIRST + timedelta(days=31 * number)
        name, buyer = f"lead {number}", person(10 + number)
        inquiry = streams.inquiry(name, contact=buyer)
        streams.opened(name, inquiry=inquiry, contact=buyer)
        won(streams, name, buyer, 100)
        bought(streams, f"same {number}", buyer, 100)
        came = person(20 + number)
        streams.inquiry(f"web {number}", contact=came, campaign=Campaign(utm_campaign="Зима"))
        bought(streams, f"web {number}", came, 30, region="Тула", product="мёд")
        bought(streams, f"off {number}", person(30 + number), 7)
        cancelled(streams, f"off {number}", person(30 + number))
    streams.at += timedelta(hours=1)
    return streams


async def values(door: Door, **wish: str) -> list[float]:
    shown = await report(door, "/v1/seasonality", **SINCE, **wish)
    return [point["value"] for point in shown["points"]]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"measure": "revenue"}, [130, 130]),
        ({"measure": "quantity"}, [2, 2]),
        ({"measure": "average_check"}, [65, 65]),
        ({"measure": "conversion"}, [1, 1]),  # one lead, and one of it was won
        ({"measure": "revenue", "axis": "region", "key": "Тула"}, [30, 30]),
        ({"measure": "revenue", "axis": "product", "key": "мёд"}, [30, 30]),
        ({"measure": "quantity", "axis": "campaign", "key": "Зима"}, [1, 1]),
        ({"measure": "revenue", "axis": "source", "key": str(SHOP)}, []),
        ({"measure": "revenue", "axis": "pipeline", "key": "sales"}, [100, 100]),
    ],
)
async def test_orders_without_a_lead_are_of_the_past(
    database: Database,
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    wish: dict[str, str],
    expected: list[float],
) -> None:
    await consume(database, apply_and_tell, two_months().events)
    assert await values(door, **wish) == expected
    await keep_days(database)
    assert await values(door, **wish) == expected, "of days that are kept"
    monkeypatch.setattr(orders, "are_even", lambda _: False)
    assert await values(door, **wish) == expected, "order by order"


async def test_an_order_moves_a_goal(database: Database, door: Door) -> None:
    streams = EventStreams()
    streams.at += timedelta(hours=1)
    bought(streams, "web", some_id("contact", 1), 40)
    await consume(database, apply_and_tell, streams.events)
    day = streams.at.date()
    body: dict[str, Any] = {
        "name": "Неделя", "measure": "revenue", "unit": "RUB", "value": 100, "owner": "Борис",
        "from": day.isoformat(), "to": (day + timedelta(days=7)).isoformat(), "tz": "UTC",
        "challenge": "новый магазин",
    }  # fmt: skip
    made = await door.client.post("/v1/goals", json=body, headers=door.as_("supervisor"))
    assert made.status_code == 201, made.text
    shown = await report(door, f"/v1/goals/{made.json()['goal_id']}")
    assert (shown["progress"]["done"], shown["progress"]["missing"]) == (40, 60)
