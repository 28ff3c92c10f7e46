"""A currency is asked for in any case; what is none is named, and no report of nothing."""

from typing import Any

import pytest

from shared.database import Database
from tests.integration.kpi.plans.planning import get, orders
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import consume
from tests.support.http_client import Door

SPAN = {"from": "2025-03-01", "to": "2026-03-01"}
READS: dict[str, dict[str, str]] = {
    "/v1/sales/items": {"measure": "priced"},
    "/v1/loyalty": {},
    "/v1/loyalty/customers": {},
    "/v1/seasonality": {"measure": "revenue", "step": "month"},
}


def without_cursor(answer: dict[str, Any]) -> dict[str, Any]:
    """Cursors are of their own parameters."""
    return {name: value for name, value in answer.items() if name != "next_cursor"}


@pytest.mark.parametrize("path", READS)
async def test_a_currency_is_asked_for_in_any_case(
    database: Database, door: Door, path: str
) -> None:
    await consume(database, apply_and_tell, orders().events)
    wish = SPAN | READS[path]
    usual = without_cursor(await get(door, path, currency="RUB", **wish))
    assert without_cursor(await get(door, path, currency="rub", **wish)) == usual
    # The order of honey, alone or with that of tea in the same month.
    assert any(amount in str(usual) for amount in ("1000", "1102.01")), usual
    headers = door.as_("supervisor")
    for wrong in ("roubles", "RU", "₽₽₽", ""):
        answer = await door.client.get(path, params=wish | {"currency": wrong}, headers=headers)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/currency"
