"""Step 11: a scheme is tried, approved and pays; what is cancelled later is returned."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared.clock import system_clock
from tests.e2e.year import oracle
from tests.e2e.year.company import WINDOWS, Company, Order, month_before
from tests.e2e.year.office import Office, exact
from tests.e2e.year.planning import name_of
from tests.e2e.year.seeding import body_of
from tests.support.waiting import eventually

PAY = "/kpi/v1/motivation"
BASE, BONUS, RATE = 40_000, 30_000, Fraction(15, 1000)
TERMS = {
    "currency": "RUB",
    "base": BASE,
    "personal": {"bonus": BONUS},
    "company_multiplier": {},
    "groups": [{"key": "windows", "products": [WINDOWS]}],
    "bonuses": [{"group": "windows", "rate": "0.015"}],
}


def sold_by(company: Company, manager: str, month: date) -> list[Order]:
    orders = oracle.of_months(oracle.standing(company), [month])
    return [order for order in orders if order.manager == manager]


def bonus_of(attainment: Fraction) -> Fraction:
    """By the usual bands: from 90 % all of it, from 105 % two more for each per cent, to 120 %."""
    if attainment < Fraction(90, 100):
        return Fraction(0)
    above = min(max(attainment - Fraction(105, 100), Fraction(0)), Fraction(15, 100))
    return BONUS * (1 + 2 * above)


def parts_of(orders: Sequence[Order], target: Decimal | None) -> dict[str, Fraction]:
    """What each line pays, the company having reached 110 % of its plan where there is one."""
    result = Fraction(oracle.worth(orders))
    personal = bonus_of(result / Fraction(target)) if target else Fraction(0)
    windows = Fraction(oracle.worth(one for one in orders if one.product == WINDOWS))
    return {
        "base": Fraction(BASE),
        "personal": personal,
        "company": personal / 10 if target else Fraction(0),
        "group": windows * RATE,
    }


def payout(orders: Sequence[Order], target: Decimal | None) -> Decimal:
    return Decimal(round(sum(parts_of(orders, target).values()) * 100)) / 100


async def pay(office: Office, company: Company) -> None:
    month = month_before(company.month, 1)
    targets = {
        name: round(oracle.worth(sold_by(company, name, month)) / Decimal("1.1"))
        for name in office.managers
    }
    whole = round(oracle.worth(oracle.of_months(company.orders, [month])) / Decimal("1.1"))
    lines = [
        {"month": name_of(month), "subject": subject, "value": str(value), "currency": "RUB"}
        for subject, value in (
            ("company", whole), *((office.managers[name], one) for name, one in targets.items())
        )
    ]  # fmt: skip
    negative = [{**lines[0], "value": -1}]
    place = f"{PAY}/targets"
    assert await office.pointers("PUT", place, json={"targets": negative}) == ["/targets/0/value"]
    await office.ask("PUT", place, json={"targets": lines})
    await _approve(office, company, targets)
    paid = {
        name: payout(sold_by(company, name, month), Decimal(target))
        for name, target in targets.items()
    }
    for name, amount in paid.items():
        await _is_explained(office, company, name, Decimal(targets[name]))
        statement = await _statement(office, name, month)
        assert exact(statement["payout"]) == amount
    closed = await office.post(f"{PAY}/statements/close", {"month": name_of(month)}, status=200)
    by_id = {item["manager_id"]: exact(item["payout"]) for item in closed["items"]}
    assert by_id == {office.managers[name]: amount for name, amount in paid.items()}
    await _take_back(office, company, Decimal(targets["Анна"]), paid["Анна"])


async def _statement(office: Office, name: str, month: date) -> dict[str, Any]:
    path = f"{PAY}/statements/{office.managers[name]}"
    statement: dict[str, Any] = await office.get(path, month=name_of(month))
    lines = sum((exact(line["amount"]) for line in statement["lines"]), Decimal(0))
    assert lines == exact(statement["payout"])
    return statement


async def _approve(office: Office, company: Company, targets: dict[str, int]) -> None:
    """Nothing pays before it is known what it would have paid in the last twelve months."""
    broken = {**TERMS, "base": -1}
    body = {"name": "Отдел продаж", "terms": TERMS}
    place = f"{PAY}/schemes"
    assert await office.pointers("POST", place, json=body | {"terms": broken}) == ["/terms/base"]
    version = f"{place}/{(await office.post(place, body))['scheme_id']}/versions/1"
    approval = {"from_month": name_of(month_before(company.month, 1))}
    await office.post(f"{version}/approve", approval, status=409)
    started = await office.post(f"{version}/what-if", status=202)
    what_if = f"{PAY}/what-ifs/{started['what_if_id']}"
    await office.soon(what_if, lambda one: one["state"] == "done", what="the what-if is computed")
    expected = {}
    for month in oracle.year_before(company.month):
        for name, manager_id in office.managers.items():
            target = targets[name] if month == month_before(company.month, 1) else None
            orders = sold_by(company, name, month)
            amount = payout(orders, None if target is None else Decimal(target))
            expected[name_of(month), manager_id] = amount
    rows = await office.pages(f"{what_if}/items", limit=7)
    assert {(one["month"], one["manager_id"]): exact(one["proposed"]) for one in rows} == expected
    await office.post(f"{version}/approve", approval, status=200)


async def _is_explained(office: Office, company: Company, name: str, target: Decimal) -> None:
    """Each line by its formula, and each line that sales have earned down to their leads."""
    month = month_before(company.month, 1)
    statement, orders = await _statement(office, name, month), sold_by(company, name, month)
    lines = {line["kind"]: line for line in statement["lines"]}
    for kind, amount in parts_of(orders, target).items():
        if kind in lines or amount:
            assert abs(exact(lines[kind]["amount"]) - Decimal(round(amount * 100)) / 100) <= (
                oracle.KOPECK
            )
    path = f"{PAY}/statements/{office.managers[name]}/lines"
    for kind in ("personal", "group"):
        if kind not in lines:
            continue
        sold = [one for one in orders if kind == "personal" or one.product == WINDOWS]
        place = f"{path}/{lines[kind]['line']}"
        items = await office.pages(place, month=name_of(month), limit=2)
        assert {item["lead_id"]: exact(item["sold"]) for item in items} == {
            order.lead.lead_id: order.amount for order in sold if order.lead
        }
        pieces = sum((exact(item["amount"]) for item in items), Decimal(0))
        assert pieces == exact(lines[kind]["amount"]), "every kopeck has its lead"


async def _take_back(office: Office, company: Company, target: Decimal, paid: Decimal) -> None:
    """The dearest order of a month that is closed is cancelled: exactly what it earned returns."""
    month = month_before(company.month, 1)
    order = max(sold_by(company, "Анна", month), key=lambda one: one.amount)
    assert order.lead is not None
    body = body_of(order) | {"cancelled_at": system_clock().isoformat(), "reason": "Передумали"}
    await office.post("/intake/v1/purchases", body, status=202)
    order.is_cancelled = True

    async def claws() -> list[dict[str, Any]]:
        statement = await _statement(office, "Анна", company.month)
        return [line for line in statement["lines"] if line["kind"] == "claw_back"]

    (line,) = await eventually(claws, seconds=30, what="the statement hears of it")
    restated = payout(sold_by(company, "Анна", month), target)
    assert (line["month"], exact(line["amount"])) == (name_of(month), restated - paid)
    assert {name: exact(value) for name, value in line["inputs"].items()} == {
        "restated": restated, "paid": paid, "carried": 0,
    }  # fmt: skip
    place = f"{PAY}/statements/{office.managers['Анна']}/lines/{line['line']}"
    (item,) = await office.pages(place, month=name_of(company.month))
    assert (item["lead_id"], exact(item["amount"])) == (order.lead.lead_id, restated - paid)
    again = await _statement(office, "Анна", month)
    assert exact(again["payout"]) == paid, "what was closed stays as it was paid"
