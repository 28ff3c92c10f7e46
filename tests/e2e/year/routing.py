"""Step 12: how far each is with the plan is heard where leads are given out."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.e2e.year.company import MOSCOW, WINDOWS, Company, Lead, Order, at_noon, month_before
from tests.e2e.year.office import Office, exact
from tests.e2e.year.paying import PAY
from tests.e2e.year.planning import name_of
from tests.e2e.year.seeding import SITE
from tests.support.waiting import eventually

LEADS = "/routing/v1/leads"
TARGET, AMOUNT = 1_000_000, 2_000_000
WEIGHT, LIMIT = 0.2, 0.2
SCORE = {"load": 1.0, "fairness": 0.0, "fit": 0.0, "plan": WEIGHT}
ONLINE = {"status": "online", "ttl_seconds": 3600}


async def ask_for(office: Office, phone: str, *, source: str = SITE, **more: Any) -> dict[str, Any]:
    """Somebody asks, and it is a lead that has an owner."""
    body = {"source_key": source, "channel": "form", "contact": {"phones": [phone]}, **more}
    receipt = (await office.post("/intake/v1/inquiries", body, status=202))["receipt_id"]
    return await _owned(office, receipt)


async def _owned(office: Office, receipt: str) -> dict[str, Any]:
    told = await office.soon(
        f"/intake/v1/receipts/{receipt}", lambda one: one["state"] != "pending", what="it is read"
    )
    (inquiry_id,) = told["inquiry_ids"]

    async def lead() -> dict[str, Any] | None:
        items = (await office.get(LEADS, state="open", limit=200))["items"]
        found = [one for one in items if inquiry_id in one["inquiry_ids"] and one["owner_id"]]
        return found[0] if found else None

    lead_found = await eventually(lead, seconds=30, what="the lead has an owner")
    assert lead_found is not None
    return lead_found


def elapsed(company: Company, today: date) -> Fraction:
    """Of the month, when the day began; nobody has a calendar any more."""
    days = (month_before(company.month, -1) - company.month).days
    return Fraction(today.day - 1, days)


async def hear_of_attainment(office: Office, company: Company) -> None:
    """Anna sells twice her plan in a day, Boris nothing: he is the next to be helped."""
    pool = await office.get("/routing/v1/pools/default")
    wish = {name: pool[name] for name in ("name", "manager_ids")}
    policy = {**pool["policy"], "score": SCORE}
    await office.revise(
        "PUT", "/routing/v1/pools/default", pool["version"], wish | {"policy": policy}
    )
    for manager_id in office.managers.values():
        place = f"/routing/v1/managers/{manager_id}/calendar"
        await office.ask("DELETE", place, status=204)
    anna, boris = office.managers["Анна"], office.managers["Борис"]
    await office.ask("PUT", f"/routing/v1/managers/{anna}/status", json=ONLINE)
    lead = await ask_for(office, "+79161112233", region=MOSCOW, product_interest=WINDOWS)
    assert lead["owner_id"] == anna
    await _perform(office, lead["lead_id"], "accept")
    await _perform(office, lead["lead_id"], "won", amount=AMOUNT, currency="RUB")
    sold = Lead(lead["lead_id"], at_noon(company.month, 1), "Анна", MOSCOW, WINDOWS, "form", "")
    company.orders.append(
        Order(lead["lead_id"], "", sold.at, Decimal(AMOUNT), WINDOWS, MOSCOW, sold, sold)
    )
    month = office.days(company.month, month_before(company.month, -1))

    def is_told(sales: dict[str, Any]) -> bool:
        return bool(sales["totals"]["figures"]["sales"] == 1)

    await office.soon("/kpi/v1/sales", is_told, what="the sale is told", **month)
    targets = [
        {"month": name_of(company.month), "subject": one, "value": TARGET, "currency": "RUB"}
        for one in (anna, boris)
    ]
    await office.ask("PUT", f"{PAY}/targets", json={"targets": targets})
    part = elapsed(company, office.today)
    expected = {
        anna: Fraction(AMOUNT, TARGET) / part if part else Fraction(1),
        boris: Fraction(0 if part else 1),
    }
    await office.ask("PUT", f"/routing/v1/managers/{boris}/status", json=ONLINE)
    await _measured(office, expected)
    lead = await ask_for(office, "+79161112244", region=MOSCOW, product_interest=WINDOWS)
    page = await office.get(f"{LEADS}/{lead['lead_id']}/decisions", lang="ru", detail="true")
    decision = page["items"][0]
    for one in decision["candidates"]:
        behind = max(-1.0, min(1.0, 1 - float(expected[one["manager_id"]])))
        helped = max(-LIMIT, min(LIMIT, WEIGHT * behind))
        assert abs(one["parts"]["plan"] - behind) <= 0.001
        assert abs(one["score"] - (one["parts"]["load"] - helped)) <= 0.001
    assert len(decision["candidates"]) == 2
    if part:
        assert lead["owner_id"] == boris, "he is behind his plan"
        assert "отставание от плана" in decision["explanation"]


async def _measured(office: Office, expected: dict[str, Fraction]) -> None:
    """What kpi has told of each: the last event of the person's stream."""

    async def told() -> dict[str, Decimal]:
        found = {}
        for manager_id in expected:
            params = {"topic": "indicators", "key": manager_id, "limit": 200}
            items = (await office.get("/kpi/v1/journal", **params))["items"]
            if items:
                found[manager_id] = exact(items[-1]["payload"]["attainment"])
        return found

    def is_true(found: dict[str, Decimal]) -> bool:
        return found.keys() == expected.keys() and all(
            abs(found[one] - Decimal(float(value))) <= Decimal("0.001")
            for one, value in expected.items()
        )

    await eventually(told, seconds=90, until=is_true, what="kpi measures", pause_seconds=0.5)


async def _perform(office: Office, lead_id: str, what: str, **body: Any) -> None:
    lead = await office.get(f"{LEADS}/{lead_id}")
    await office.revise("POST", f"{LEADS}/{lead_id}/{what}", lead["version"], body)
