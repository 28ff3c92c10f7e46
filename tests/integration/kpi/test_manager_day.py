"""A manager's day: by target or approved plan, own rates or the company's, calendar and weekday."""

from typing import Any
from uuid import UUID

import pytest

from shared.contracts.activities import ActivityRecorded
from shared.contracts.leads import LeadLost, LeadStageChanged, LeadWon
from tests.integration.kpi.paying import ANNA, BORIS, Payroll
from tests.integration.kpi.plans.planning import a_version, post, put
from tests.support.event_streams import some_id

WEEK = {"shifts": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}]}


def closed(payroll: Payroll, name: str, *, won: bool, has_offer: bool) -> None:
    """A lead of Anna's with two calls, and a meeting if it was won."""
    streams, contact = payroll.streams, some_id("contact", name)
    inquiry = streams.inquiry(name, contact=contact)
    lead = streams.opened(name, inquiry=inquiry, contact=contact)
    streams.assigned(lead, contact, ANNA)
    for number, kind in enumerate(("call", "call", "meeting") if won else ("call", "call")):
        streams.emit(
            ActivityRecorded(
                activity_id=some_id("activity", f"{name} {number}"),
                contact_id=contact,
                lead_id=lead,
                manager_id=ANNA,
                kind=kind,
                direction="outgoing",
                at=streams.at,
                learned_at=streams.at,
            )
        )
    if has_offer:
        stages = {"from_stage": "new", "to_stage": "offer", "manager_id": ANNA}
        streams.on_lead(LeadStageChanged, lead, contact, **stages)
    if won:
        money = {"amount": 10_000, "currency": "RUB"}
        streams.on_lead(LeadWon, lead, contact, manager_id=ANNA, **money)
    else:
        streams.on_lead(LeadLost, lead, contact, manager_id=ANNA, loss_reason="price")


async def a_february(payroll: Payroll) -> None:
    """Eight sales of 10 000 and two losses, three days before March; four leads had offers."""
    payroll.at(2026, 2, 27, 9)
    payroll.hired(ANNA, "Анна Ёлкина", calendar=WEEK)
    payroll.hired(BORIS, "Борис", calendar=WEEK)
    for number in range(10):
        closed(payroll, f"lead {number}", won=number < 8, has_offer=number < 4)
    await payroll.consume()
    payroll.at(2026, 3, 2, 9)


async def day_of(payroll: Payroll, manager_id: UUID = ANNA, **more: Any) -> dict[str, Any]:
    day: dict[str, Any] = await payroll.ask("GET", f"/v1/managers/{manager_id}/day", **more)
    return day


async def test_a_month_is_cut_to_the_day(payroll: Payroll) -> None:
    await a_february(payroll)
    await payroll.plan("2026-03", ANNA, 220_000)
    day = await day_of(payroll)
    assert (day["day"], day["working_hours"], day["working_days_left"]) == ("2026-03-02", 9, 22)
    assert day["plan"] == {
        "kind": "target",
        "money": 220_000,
        "sales": None,
        "currency": "RUB",
        "plan_id": None,
        "version": None,
    }
    assert day["rates"] == {
        "whose": "manager",
        "leads": 10,
        "sales": 8,
        "average_check": 10_000,
        "leads_per_sale": 1.25,
        "offers_per_sale": 0.5,
        "calls_per_sale": 2.5,
        "mails_per_sale": 0,
        "messages_per_sale": 0,
        "meetings_per_sale": 1,
    }
    # 22 sales of 10 000, each with 1.25 leads, half an offer, 2.5 calls and a meeting.
    assert day["month"] == {
        "money": 220_000,
        "sales": 22,
        "leads": 28,
        "offers": 11,
        "calls": 55,
        "mails": 0,
        "messages": 0,
        "meetings": 22,
    }
    # Of 22 days: what is left over by whole numbers goes to the first of them.
    assert day["needs"] == {
        "money": 10_000,
        "sales": 1,
        "leads": 2,
        "offers": 1,
        "calls": 3,
        "mails": 0,
        "messages": 0,
        "meetings": 1,
    }


async def test_what_is_sold_is_missing_no_more(payroll: Payroll) -> None:
    await a_february(payroll)
    await payroll.plan("2026-03", ANNA, 220_000)
    payroll.won("in March", ANNA, 52_000)
    await payroll.consume()
    payroll.at(2026, 3, 10, 9)
    day = await day_of(payroll)
    assert (day["done"], day["rest"]) == (
        {"money": 52_000, "sales": 1},
        {"money": 168_000, "sales": None},
    )
    assert day["working_days_left"] == 16
    assert day["needs"]["money"] == 10_500
    free = await day_of(payroll, params={"day": "2026-03-08"})
    assert (free["working_hours"], free["working_days_left"]) == (0, 17)
    assert set(free["needs"].values()) == {0}


async def test_the_approved_plan_comes_before_the_target(payroll: Payroll) -> None:
    await a_february(payroll)
    await payroll.plan("2026-03", ANNA, 1_000)
    start = {
        "kind": "values",
        "region": [""],
        "product": [""],
        "party": ["form"],
        "seller": [str(ANNA), str(BORIS)],
    }
    version = await a_version(payroll.door, first_month="2026-01", start=start)
    node = {"seller": str(ANNA), "month": "2026-03"}
    await put(payroll.door, version, 1, 440_000, node=node)
    assert (await day_of(payroll))["plan"]["kind"] == "target", "a draft binds nobody"
    approved = await post(
        payroll.door, f"{version}/approve", {"reason": "год"}, revision=2, role="admin"
    )
    assert approved.status_code == 200, approved.text
    day = await day_of(payroll)
    assert (day["plan"]["kind"], day["plan"]["version"]) == ("plan", 1)
    assert (day["plan"]["money"], day["plan"]["sales"]) == (440_000, None)
    assert (day["needs"]["money"], day["needs"]["sales"]) == (20_000, 2)
    assert (await day_of(payroll, BORIS))["plan"] is None, "nothing is planned for the month"


async def test_with_few_own_sales_rates_are_the_companys(payroll: Payroll) -> None:
    await a_february(payroll)
    await payroll.plan("2026-03", BORIS, 22, measure="sales", currency=None)
    day = await day_of(payroll, BORIS)
    assert (day["rates"]["whose"], day["rates"]["calls_per_sale"]) == ("company", 2.5)
    assert (day["needs"]["money"], day["needs"]["sales"], day["needs"]["calls"]) == (None, 1, 3)
    nothing = await day_of(payroll)
    assert (nothing["plan"], nothing["needs"]) == (None, None)


async def test_nobody_has_sold_enough_to_tell(payroll: Payroll) -> None:
    payroll.hired(ANNA, "Анна", calendar=WEEK)
    await payroll.consume()
    await payroll.plan("2026-03", ANNA, 220_000)
    day = await day_of(payroll)
    assert day["rates"] is None
    assert day["needs"] == {
        "money": 10_000,
        **dict.fromkeys(("sales", "leads", "offers", "calls", "mails", "messages", "meetings")),
    }


async def test_a_manager_sees_the_own_day(payroll: Payroll) -> None:
    await a_february(payroll)
    await day_of(payroll, ANNA, role="manager", own=ANNA)
    await day_of(payroll, BORIS, role="manager", own=ANNA, status=404)
    await day_of(payroll, UUID(int=9), status=404)


@pytest.mark.parametrize("day", ["1999-12-31", "2101-01-01", "monday"])
async def test_a_day_that_is_none_names_the_field(payroll: Payroll, day: str) -> None:
    refusal = await day_of(payroll, ANNA, params={"day": day}, status=422)
    assert [error["pointer"] for error in refusal["errors"]] == ["/day"]
