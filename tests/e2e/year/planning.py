"""Step 7: the plan's cube, from the past, set, locked, taken away as a workbook and back."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx
from openpyxl import load_workbook

from shared.spreadsheets import XLSX_TYPE
from tests.e2e.year import oracle
from tests.e2e.year.company import MOSCOW, NETS, TULA, Company, Order, month_before
from tests.e2e.year.office import Office, exact

PLANS = "/kpi/v1/plans"
AXES = ("region", "month", "product", "party", "seller", "nature")
GROWTH = 10
AHEAD = 1_500_000
THRESHOLD = {"measure": "revenue", "axes": ["whole", "region"], "percent": 5}


def name_of(month: date) -> str:
    return f"{month:%Y-%m}"


@dataclass(eq=False)
class Plan:
    """One version of a plan, as far as it was changed."""

    office: Office
    path: str
    revision: int = 1

    async def node(self, axis: str | None = None, **node: Any) -> dict[str, Any]:
        """A node with its children, which add up to it to the kopeck."""
        params = node | ({"axis": axis, "limit": 200} if axis else {})
        view: dict[str, Any] = await self.office.get(f"{self.path}/nodes", **params)
        assert not axis or view["next_cursor"] is None
        if axis:
            parts = (exact(item["amount"]) for item in view["items"])
            assert sum(parts, Decimal(0)) == exact(view["amount"]), (axis, node)
        return view

    async def amount(self, **node: Any) -> Decimal:
        return exact((await self.node(**node))["amount"])

    async def children(self, axis: str, **node: Any) -> dict[str, Decimal]:
        items = (await self.node(axis, **node))["items"]
        return {item["value"]: exact(item["amount"]) for item in items}

    async def change(self, what: str, body: dict[str, Any], status: int = 200) -> Any:
        made = await self.office.revise(
            "POST", f"{self.path}/{what}", self.revision, body, status=status
        )
        if "revision" in made:
            self.revision = made["revision"]
        return made

    async def refused(self, what: str, body: dict[str, Any]) -> list[str]:
        headers = {"If-Match": f'"{self.revision}"'}
        return await self.office.pointers("POST", f"{self.path}/{what}", json=body, headers=headers)


def key_of(office: Office, axis: str, order: Order, is_guaranteed: bool) -> str:
    """Where a sale of the year before stands on an axis of the plan."""
    if axis == "month":
        return order.month.strftime("%m")
    if axis == "nature":
        return "guaranteed" if is_guaranteed else "planned"
    if axis == "seller":
        return office.managers.get(order.manager, "")
    if axis == "party":
        return order.channel
    return str(getattr(order, axis))


async def plan_the_year(office: Office, company: Company) -> Plan:
    """As the year before came out and a tenth more; each node is its share of that."""
    body = {
        "name": "Год",
        "currency": "RUB",
        "first_month": name_of(month_before(company.month, 2)),
        "months": 12,
        "start": {"kind": "past", "growth_percent": GROWTH},
        "reason": "Как год назад, и больше",
    }
    for change, pointer in (
        ({"currency": "рубль"}, "/currency"), ({"first_month": "2026-13"}, "/first_month"),
    ):  # fmt: skip
        assert await office.pointers("POST", PLANS, json=body | change) == [pointer]
    made = await office.post(PLANS, body)
    plan = Plan(office, f"{PLANS}/{made['plan_id']}/versions/1")
    earlier = oracle.year_before(month_before(company.month, 2))
    orders = oracle.of_months(company.orders, earlier)
    growth = Fraction(100 + GROWTH, 100)
    total = oracle.worth(orders)
    assert await plan.amount() == round(Decimal(total) * (100 + GROWTH) / 100, 2)
    assert await plan.amount(measure="quantity") == round(len(orders) * growth)
    await _is_in_proportion(plan, company, orders)
    for axis in ("party", "colour"):
        params = {"axis": axis, "party": "form"}
        assert await office.pointers("GET", f"{plan.path}/nodes", params=params) == ["/axis"]
    return plan


async def begin_by_forecast(office: Office, company: Company, forecast: dict[str, Any]) -> None:
    """What is foretold, pessimistic, feeds a plan: each month to the kopeck."""
    start = {"kind": "forecast", "forecast_id": forecast["forecast_id"]}
    body = {
        "name": "Осторожный", "currency": "RUB", "first_month": name_of(company.month),
        "months": 12, "start": start, "reason": "По прогнозу",
    }  # fmt: skip
    earlier = body | {"first_month": name_of(month_before(company.month, 1))}
    pointer = "/start/forecast_id"
    assert await office.pointers("POST", PLANS, json=earlier) == [pointer]
    plan = Plan(office, f"{PLANS}/{(await office.post(PLANS, body))['plan_id']}/versions/1")
    assert await plan.children("month") == {
        step["day"][:7]: exact(step["p10"]) for step in forecast["steps"]
    }
    for axis in AXES:
        await plan.node(axis)


async def _is_in_proportion(plan: Plan, company: Company, orders: Sequence[Order]) -> None:
    sure = {order.order_id: oracle.is_guaranteed(order, company.orders) for order in orders}
    assert any(sure.values())
    for axis in AXES:
        groups: dict[str, list[Order]] = {}
        for order in orders:
            key = key_of(plan.office, axis, order, sure[order.order_id])
            groups.setdefault(key, []).append(order)
        shown = await plan.children(axis)
        if axis == "month":
            shown = {value[5:]: amount for value, amount in shown.items()}
        assert {value for value, amount in shown.items() if amount} == groups.keys(), axis
        for value, part in groups.items():
            share = oracle.worth(part) * (100 + GROWTH) / 100
            # Each of some cells is less than a kopeck from its share.
            assert abs(shown[value] - share) < Decimal("0.2"), (axis, value)


async def set_and_lock(plan: Plan, company: Company) -> None:
    """One node is set, another locked: sums hold everywhere, and what is locked stays."""
    month = name_of(month_before(company.month, -1))
    before = await plan.children("month")
    tula = {"measure": "revenue", "node": {"region": TULA, "month": month}, "reason": "Новый дом"}
    assert await plan.refused("set", tula | {"value": -1}) == ["/value"]
    await plan.change("set", tula | {"value": AHEAD})
    assert await plan.amount(region=TULA, month=month) == AHEAD
    moscow = await plan.amount(region=MOSCOW, month=month)
    after = await plan.children("month")
    assert after == before | {month: moscow + AHEAD}, "other months stay as they were"
    lock = {"measure": "revenue", "node": {"region": MOSCOW, "month": month}, "reason": "Договор"}
    await plan.change("locks", lock, status=201)
    whole = {"measure": "revenue", "node": {"month": month}, "reason": "Осторожнее"}
    value = str(moscow + Decimal("1000000.01"))
    assert await plan.refused("set", whole | {"value": value}) == ["/mismatch"]
    assert await plan.refused(
        "set", whole | {"value": str(moscow - 1), "mismatch": "spread"}
    ) == ["/value"]  # fmt: skip
    await plan.change("set", whole | {"value": value, "mismatch": "spread"})
    assert await plan.amount(region=MOSCOW, month=month) == moscow
    assert await plan.amount(region=TULA, month=month) == Decimal("1000000.01")
    for axis in AXES:
        for other in AXES:
            for each in await plan.children(axis):
                if other != axis:
                    await plan.node(other, **{axis: each})


async def by_workbook(plan: Plan) -> None:
    """Taken away, one cell changed, and brought back: its row, and every sum above it."""
    answer = await plan.office.client.get(f"{plan.path}/file")
    assert answer.headers["content-type"] == XLSX_TYPE
    book = load_workbook(io.BytesIO(answer.content))
    (sheet,) = (book[name] for name in book.sheetnames)
    head, *rows = sheet.iter_rows()
    names = [str(cell.value) for cell in head]
    places = {name: place for place, name in enumerate(names)}
    months = [name for name in names if name[:2] == "20"]
    sums: dict[str, Decimal] = dict.fromkeys(months, Decimal(0))
    for row in rows:
        if row[places["measure"]].value == "revenue":
            for month in months:
                sums[month] += exact(row[places[month]].value or 0)  # type: ignore[arg-type]
    assert sums == await plan.children("month")
    row = next(
        row for row in rows
        if (row[places["measure"]].value, row[places["product"]].value) == ("revenue", NETS)
    )  # fmt: skip
    cell = row[places[months[-1]]]
    before, node = exact(cell.value or 0), {"product": NETS, "month": months[-1]}  # type: ignore[arg-type]
    product = await plan.amount(**node)
    cell.value = float(before + 777)
    file = io.BytesIO()
    book.save(file)
    tried = await _bring(plan, file.getvalue(), dry_run="true")
    assert (tried.status_code, tried.json()["changed_cells"]) == (200, 1)
    assert await plan.amount(**node) == product
    plan.revision = (await _bring(plan, file.getvalue())).json()["revision"]
    assert await plan.amount(**node) == product + 777
    cell.value = "дюжина"
    book.save(file := io.BytesIO())
    refusal = (await _bring(plan, file.getvalue())).json()
    assert [one["pointer"] for one in refusal["errors"]] == [f"/rows/{cell.row}/{months[-1]}"]


async def _bring(plan: Plan, content: bytes, **params: str) -> httpx.Response:
    headers = {"If-Match": f'"{plan.revision}"', "Content-Type": XLSX_TYPE}
    return await plan.office.client.post(
        f"{plan.path}/file", content=content, headers=headers, params={"reason": "Отдел", **params}
    )


async def approve(plan: Plan) -> None:
    """From then on it is watched, and never changes; the next version is compared with it."""
    office, whole = plan.office, plan.path.removesuffix("/versions/1")
    await office.revise("PUT", f"{whole}/threshold", 0, THRESHOLD)
    await plan.change("approve", {"reason": "Совет"})
    setting = {"measure": "revenue", "value": 1, "reason": "Поздно"}
    await office.revise("POST", f"{plan.path}/set", plan.revision, setting, status=409)
    await office.post(f"{whole}/versions", {"from": 1, "reason": "Пересмотр"})
    draft = Plan(office, f"{whole}/versions/2")
    total, moscow = await plan.amount(), await plan.amount(region=MOSCOW)
    body = {"measure": "revenue", "node": {"region": TULA}, "reason": "Мост закрыт"}
    await draft.change("set", body | {"value": 5_000_000, "mismatch": "spread"})
    view = await draft.node("region", against=1)
    assert (exact(view["amount"]), exact(view["against"])) == (moscow + 5_000_000, total)
    assert {item["value"]: exact(item["against"]) for item in view["items"]} == {
        MOSCOW: moscow, TULA: total - moscow,
    }  # fmt: skip
    changes = await office.pages(f"{whole}/changes", limit=3)
    assert {"created", "set", "locked", "imported", "approved"} <= {one["kind"] for one in changes}
    assert all(one["reason"] and one["made_by"] for one in changes)
