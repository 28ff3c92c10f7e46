"""What is set in a company that plans, over HTTP: each time with other words or numbers, as nobody
sets the same twice.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

import httpx

from benchmarks.planning_asked import Ask, Places
from benchmarks.planning_rows import MANAGER_IDS, PLAN_FROM
from benchmarks.plans import MONTHS, SELLERS
from shared.ids import new_id

FREE: Final = str(MANAGER_IDS[SELLERS - 1])  # the only seller of the plan without a lock
_WHY: Final = {"reason": "x"}


def sets(places: Places) -> dict[str, Ask]:
    """By name, in the order of the cycle of planning."""
    number = count(1)
    return {**_of_goals(places, number), **_of_forecasts(), **_of_plans(places, number)}


async def _corrected(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    present = (await client.get(path)).json()
    latest = present[0] if isinstance(present, list) else present
    return await client.put(path, json=body, headers={"If-Match": f'"{latest["version"]}"'})


def _of_goals(places: Places, number: "count[int]") -> dict[str, Ask]:
    def potential(sales: int) -> dict[str, Any]:
        return {
            "territory_id": places.territory_id, "product": "product 3", "measure": "revenue",
            "currency": "RUB", "from": "2025-01-01", "to": "2027-01-01", "assumption": "told",
            "estimate": {"market": 2 * 10**11, "sales": sales},
        }  # fmt: skip

    def goal(**of: str) -> Ask:
        body = {
            "name": "goal", "measure": "revenue", "unit": "RUB", "value": 5, "from": "2026-01-01",
            "to": "2026-02-01", "owner": "x", "challenge": "more",
        }  # fmt: skip
        return lambda client: client.post("/v1/goals", json=body | of)

    return {
        "set a goal of the company": goal(),
        "set a goal of a region": goal(axis="region", key="region 7"),
        "set a territory": lambda client: client.post(
            "/v1/territories", json={"name": f"{new_id()}", "parent_id": places.territory_id}
        ),
        "set a potential": lambda client: client.post("/v1/potentials", json=potential(10**11)),
        "correct a potential": lambda client: _corrected(
            client, places.potential, **potential(10**11 - next(number))
        ),
    }


def _of_forecasts() -> dict[str, Ask]:
    def forecast(**of: Any) -> Ask:
        body = {"measure": "revenue", "to": "2025-12-01"} | of
        return lambda client: client.post("/v1/forecasts", json=body)

    return {
        "forecast the company by month": forecast(step="month", steps=12),
        "forecast a region by month": forecast(
            step="month", steps=12, axis="region", key="region 7"
        ),
        "forecast a region by day": forecast(step="day", steps=30, axis="region", key="region 7"),
    }


def _of_plans(places: Places, number: "count[int]") -> dict[str, Ask]:
    """All in the draft, which is approved at last; the next one begins as it is."""
    nodes = {
        "all": {},
        "a month": {"month": f"{PLAN_FROM:%Y}-03"},
        "a seller": {"seller": FREE},
        "a region": {"region": "region 3"},
    }
    setting = {name: _setting(places, number, node) for name, node in nodes.items()}
    trying = {name: _trying(places, number, node) for name, node in nodes.items()}
    return {
        **{f"set {name} of a plan": ask for name, ask in setting.items()},
        **{f"try {name} of a plan": ask for name, ask in trying.items()},
        "take a workbook into a plan": _taking(places),
        "lock most that can be of a plan": _locking(places),
        **{f"set {name} beside locks": ask for name, ask in setting.items()},
        "a node beside locks": _looking(places),
        "unlock all of a plan": _unlocking(places),
        "approve a plan, draft its next": _approving(places),
    }


async def _draft(client: httpx.AsyncClient, places: Places) -> tuple[str, dict[str, str]]:
    """Its address and revision as it is now."""
    plan = (await client.get(places.plan)).json()
    latest = max(plan["versions"], key=lambda one: int(one["number"]))
    address = f"{places.plan}/versions/{latest['number']}"
    return address, {"If-Match": f'"{latest["revision"]}"'}


def _wish(number: "count[int]", node: Mapping[str, str]) -> dict[str, Any]:
    value = (5 if node else 100) * 10**9 + next(number)  # more than is locked
    return {"measure": "revenue", "node": node, "value": value, "mismatch": "spread", **_WHY}


def _setting(places: Places, number: "count[int]", node: Mapping[str, str]) -> Ask:
    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        address, headers = await _draft(client, places)
        return await client.post(f"{address}/set", json=_wish(number, node), headers=headers)

    return ask


def _trying(places: Places, number: "count[int]", node: Mapping[str, str]) -> Ask:
    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        address, headers = await _draft(client, places)
        path = f"{address}/preview?axis=seller"
        return await client.post(path, json=_wish(number, node), headers=headers)

    return ask


def _taking(places: Places) -> Ask:
    """The workbook of the version before, so that all that was set differs."""
    files: list[bytes] = []

    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        if not files:
            file = await client.get(f"{places.version}/file", params={"measure": "revenue"})
            files.append(file.content)
        address, headers = await _draft(client, places)
        path = f"{address}/file?reason=x&dry_run=true"
        return await client.post(path, content=files[0], headers=headers)

    return ask


def _locking(places: Places) -> Ask:
    """Sellers by month: each lock lies in every block."""
    nodes = iter([
        {"seller": str(seller), "month": f"{PLAN_FROM:%Y}-{month + 1:02}"}
        for seller in MANAGER_IDS[: SELLERS - 1]
        for month in range(MONTHS)
    ])  # fmt: skip

    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        response = await client.get(places.plan)
        for node in nodes:
            address, headers = await _draft(client, places)
            body = {"measure": "revenue", "node": node, **_WHY}
            response = await client.post(f"{address}/locks", json=body, headers=headers)
            if not response.is_success:
                break
        return response

    return ask


def _looking(places: Places) -> Ask:
    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        address, _ = await _draft(client, places)
        return await client.get(f"{address}/nodes", params={"axis": "seller", "limit": 200})

    return ask


def _unlocking(places: Places) -> Ask:
    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        response = await client.get(places.plan)
        while True:
            address, headers = await _draft(client, places)
            locks = (await client.get(f"{address}/locks", params={"limit": 1})).json()["items"]
            if not locks:
                return response
            path = f"{address}/locks/{locks[0]['lock_id']}"
            response = await client.delete(path, params=_WHY, headers=headers)

    return ask


def _approving(places: Places) -> Ask:
    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        address, headers = await _draft(client, places)
        await client.post(f"{address}/approve", json=_WHY, headers=headers)
        body = {"from": int(address.rpartition("/")[2]), **_WHY}
        return await client.post(f"{places.plan}/versions", json=body)

    return ask
