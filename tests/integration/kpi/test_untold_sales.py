"""What is kept for good is not made of sales of which many are not told yet."""

from datetime import date
from typing import Any

from services.kpi.repository.money.untold import add_untold, take_untold
from services.kpi.use_cases.money.completeness import MOST_UNTOLD, RETRY_AFTER_SECONDS
from shared.database import Database, transaction
from tests.integration.kpi.plans.planning import EMPTY, orders
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import consume, some_id
from tests.support.http_client import Door

KEPT: dict[str, dict[str, Any]] = {
    "/v1/plans": {**EMPTY, "first_month": "2026-04", "start": {"kind": "past"}},
    "/v1/forecasts": {"measure": "revenue", "step": "month", "steps": 3},
    "/v1/loyalty/lists": {
        "name": "Asleep",
        "kind": "win_back",
        "criteria": {},
        "from": "2025-01-01",
        "to": "2026-03-01",
        "seed": "spring",
    },
    "/v1/motivation/statements/close": {"month": "2025-05"},
}


async def test_what_is_kept_waits_until_sales_are_told(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    headers = door.as_("admin")
    waiting = {some_id("waiting", number): date.min for number in range(MOST_UNTOLD + 1)}
    async with transaction(database) as session:
        await add_untold(session, waiting)
    for path, body in KEPT.items():
        answer = await door.client.post(path, json=body, headers=headers)
        assert answer.status_code == 503, (path, answer.text)
        assert answer.headers["retry-after"] == str(RETRY_AFTER_SECONDS)
        assert "still being told" in answer.json()["detail"]
    for path in ("/v1/plans", "/v1/forecasts", "/v1/loyalty/lists"):
        assert (await door.client.get(path, headers=headers)).json()["items"] == []
    empty = await door.client.post("/v1/plans", json=EMPTY, headers=headers)
    assert empty.status_code == 201, "a plan without a past lacks nothing"
    async with transaction(database) as session:
        await take_untold(session, 1)
    for path, body in KEPT.items():
        answer = await door.client.post(path, json=body, headers=headers)
        assert answer.is_success, (path, answer.text)
