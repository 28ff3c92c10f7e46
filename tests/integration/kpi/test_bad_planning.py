"""What makes no sense in planning is refused by every door, and the field is named."""

from typing import Any
from uuid import UUID

import pytest

from tests.integration.kpi.paying import ANNA, TARGETS, Payroll

NOBODY = str(UUID(int=9))
GOAL: dict[str, Any] = {
    "name": "Март", "measure": "revenue", "unit": "RUB", "value": 1, "owner": "Борис",
    "from": "2026-04-01", "to": "2026-05-01", "challenge": "больше, чем в феврале",
}  # fmt: skip
FORECAST: dict[str, Any] = {"measure": "revenue", "step": "month", "steps": 3}
POLL: dict[str, Any] = {
    "kind": "survey", "name": "Март", "measure": "revenue", "currency": "RUB",
    "from": "2026-04-01", "to": "2026-05-01",
}  # fmt: skip
FACT: dict[str, Any] = {
    "territory_id": NOBODY, "kind": "income", "day": "2026-01-01", "value": 1, "currency": "RUB",
    "source": "Росстат",
}  # fmt: skip
SCHEME: dict[str, Any] = {"name": "Продажи", "terms": {"currency": "RUB", "base": 1}}
PLAN: dict[str, Any] = {
    "name": "2027", "currency": "RUB", "first_month": "2027-01", "reason": "новый год",
    "start": {"kind": "past"},
}  # fmt: skip
LIST: dict[str, Any] = {
    "name": "Вернуть", "kind": "win_back", "from": "2026-01-01", "to": "2026-03-01",
    "criteria": {}, "seed": "весна",
}  # fmt: skip
SPEND: dict[str, Any] = {
    "day": "2026-03-01",
    "ad_channel": "yandex",
    "amount": 1,
    "currency": "RUB",
}
BUDGET: dict[str, Any] = {
    "month": "2026-03",
    "ad_channel": "yandex",
    "amount": 1,
    "currency": "RUB",
}
REPORT = "from=2026-01-01&to=2026-03-01"
INVERTED = "from=2026-03-01&to=2026-01-01"

# Each with the method, the address, the body, and the pointer of the one fault.
CASES: tuple[tuple[str, str, dict[str, Any] | None, str], ...] = (
    ("POST", "/v1/goals", GOAL | {"value": -1}, "/value"),
    ("POST", "/v1/goals", GOAL | {"axis": "moon"}, "/axis"),
    ("POST", "/v1/goals", GOAL | {"to": "2026-03-31"}, "/to"),
    ("POST", "/v1/goals", GOAL | {"potential_ids": [NOBODY]}, "/potential_ids/0"),
    ("POST", "/v1/forecasts", FORECAST | {"axis": "moon"}, "/axis"),
    ("POST", "/v1/forecasts", FORECAST | {"from": "2026-02-01", "to": "2026-01-01"}, "/to"),
    ("POST", "/v1/forecasts", FORECAST | {"steps": -1}, "/steps"),
    ("POST", "/v1/opinions", POLL | {"to": "2026-04-01"}, "/to"),
    ("POST", "/v1/opinions", POLL | {"axis": "moon"}, "/axis"),
    ("POST", "/v1/opinions", POLL | {"kind": "market_test", "sample": [1, -1]}, "/sample/1"),
    ("PUT", "/v1/territory-facts", {"facts": [FACT | {"value": -1}]}, "/facts/0/value"),
    ("PUT", "/v1/territory-facts", {"facts": [FACT | {"kind": "moon"}]}, "/facts/0/kind"),
    ("POST", "/v1/territories", {"name": "Тверь", "parent_id": NOBODY}, "/parent_id"),
    ("POST", "/v1/motivation/schemes", SCHEME | {"terms": {"currency": "RUB", "base": -1}},
     "/terms/base"),
    ("POST", "/v1/plans", PLAN | {"months": 0}, "/months"),
    ("POST", "/v1/plans", PLAN | {"party": "moon"}, "/party"),
    ("POST", "/v1/plans", PLAN | {"start": {"kind": "moon"}}, "/start"),
    ("POST", "/v1/plans", PLAN | {"start": {"kind": "forecast", "forecast_id": NOBODY}},
     "/start/forecast_id"),
    ("POST", "/v1/loyalty/lists", LIST | {"to": "2025-01-01"}, "/to"),
    ("PUT", "/v1/spend", {"lines": [SPEND | {"amount": -1}]}, "/lines/0/amount"),
    ("PUT", "/v1/marketing/budget", {"lines": [BUDGET | {"amount": -1}]}, "/lines/0/amount"),
    ("GET", f"/v1/seasonality?{INVERTED}&measure=revenue&step=month", None, "/to"),
    ("GET", f"/v1/seasonality?{REPORT}&measure=revenue&step=month&axis=moon", None, "/axis"),
    ("GET", f"/v1/loyalty?{INVERTED}", None, "/to"),
    ("GET", f"/v1/loyalty/retention?{INVERTED}", None, "/to"),
    ("GET", f"/v1/loyalty/next-products?{INVERTED}", None, "/to"),
    ("GET", f"/v1/marketing/advice?{INVERTED}", None, "/to"),
    ("GET", f"/v1/sales?{INVERTED}", None, "/to"),
    ("GET", f"/v1/sales?{REPORT}&group_by=moon", None, "/group_by"),
    ("GET", "/v1/marketing/budget?from_month=2026-03&to_month=2026-01", None, "/to_month"),
)  # fmt: skip


async def pointers(payroll: Payroll, method: str, path: str, body: Any) -> list[str]:
    more = {} if body is None else {"json": body}
    answer = await payroll.ask(method, path, status=422, **more)
    return [error["pointer"] for error in answer["errors"]]


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    CASES,
    ids=[f"{method} {path.partition('?')[0]} {pointer}" for method, path, _, pointer in CASES],
)
async def test_every_door_names_the_field(
    payroll: Payroll, method: str, path: str, body: dict[str, Any] | None, pointer: str
) -> None:
    assert await pointers(payroll, method, path, body) == [pointer]


async def test_a_target_below_nothing_names_its_place(payroll: Payroll) -> None:
    await payroll.consume()
    target = {"month": "2026-03", "subject": str(ANNA), "value": -1, "currency": "RUB"}
    body = {"targets": [target]}
    assert await pointers(payroll, "PUT", TARGETS, body) == ["/targets/0/value"]
