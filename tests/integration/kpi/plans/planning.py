"""A year of orders whose figures are known, and how tests ask for plans."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.integration.kpi.spring import bought, person
from tests.support.event_streams import EventStreams
from tests.support.http_client import Door

VALUES = {
    "region": ["Москва", "Тула"],
    "product": ["мёд", "чай"],
    "party": ["form", "call"],
    "seller": ["", "7a0f7a3c-6f0c-4d7e-9c55-0c6e1b3f7a11"],
}
EMPTY = {
    "name": "План на 2027 год",
    "currency": "RUB",
    "first_month": "2027-01",
    "months": 12,
    "start": {"kind": "values", **VALUES},
    "reason": "новый год",
}


def orders() -> EventStreams:
    """Person 0 buys tea in Moscow on the 10th of each month from March 2025 to February 2026, for
    100.01 and one more rouble each month; person 1 bought honey in Tula once, in May, for 1000.
    """
    streams = EventStreams()
    for number in range(12):
        year, month = divmod(number + 2, 12)
        at = datetime(2025 + year, month + 1, 10, 12, tzinfo=UTC)
        amount = 100.01 + number
        bought(streams, f"tea {number}", person(0), amount, purchased_at=at, region="Москва",
               product="чай")  # fmt: skip
    at = datetime(2025, 5, 20, tzinfo=UTC)
    bought(streams, "honey", person(1), 1000, purchased_at=at, region="Тула", product="мёд")
    streams.at += timedelta(hours=1)
    return streams


async def post(
    door: Door, path: str, body: dict[str, Any], *, revision: int | None = None,
    role: str = "supervisor", **params: str,
) -> httpx.Response:  # fmt: skip
    headers = door.as_(role) | ({} if revision is None else {"If-Match": f'"{revision}"'})
    return await door.client.post(path, json=body, headers=headers, params=params)


async def get(door: Door, path: str, **params: Any) -> dict[str, Any]:
    answer = await door.client.get(path, params=params, headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def created(door: Door, **change: Any) -> dict[str, Any]:
    answer = await post(door, "/v1/plans", {**EMPTY, **change})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def a_version(door: Door, **change: Any) -> str:
    """The path of the first version of a new plan."""
    plan = await created(door, **change)
    return f"/v1/plans/{plan['plan_id']}/versions/1"


async def put(door: Door, version: str, revision: int, value: Any, **body: Any) -> httpx.Response:
    """Set a node of the revenue."""
    wish = {"measure": "revenue", "value": value, "reason": "уточнение", **body}
    return await post(door, f"{version}/set", wish, revision=revision)


async def amounts(door: Door, version: str, axis: str, **node: Any) -> dict[str, float]:
    found = await get(door, f"{version}/nodes", axis=axis, limit=200, **node)
    by_value = {item["value"]: item["amount"] for item in found["items"]}
    assert round(sum(by_value.values()), 2) == found["amount"]
    return by_value
