"""Steps 8 to 10: a manager's day, plan against fact, and why they differ."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.e2e.year import oracle
from tests.e2e.year.company import Company, Order, month_before
from tests.e2e.year.office import Office, exact
from tests.e2e.year.planning import Plan, name_of

COORDINATION = "/kpi/v1/coordination"
STEPS = ("volume", "conversion", "timing", "mix", "check")


def working_days(first: date, end: date) -> int:
    """Mondays to Fridays from the first day to before the last."""
    days = (first + timedelta(days=number) for number in range((end - first).days))
    return sum(day.weekday() < 5 for day in days)


def over(company: Company) -> list[date]:
    """The plan's months that are over."""
    return [month_before(company.month, 2), month_before(company.month, 1)]


async def tell_the_day(office: Office, company: Company, plan: Plan) -> None:
    """What is left of the month, by the days left; money comes by as many sales as usual."""
    anna, month = office.managers["Анна"], name_of(company.month)
    planned = await plan.amount(seller=anna, month=month)

    def is_counted(day: dict[str, Any]) -> bool:
        """Whoever bought was met once, and each was called twice."""
        rates = day["rates"]
        if not rates or rates["meetings_per_sale"] != 1:
            return False
        calls = 2 * rates["leads"] / rates["sales"]
        return bool(rates["calls_per_sale"] == pytest.approx(calls, abs=0.006))

    day = await office.soon(
        f"/kpi/v1/managers/{anna}/day", is_counted, what="what was done is counted"
    )
    assert (day["plan"]["kind"], day["plan"]["version"]) == ("plan", 1)
    assert exact(day["plan"]["money"]) == planned == exact(day["rest"]["money"])
    left = working_days(office.today, month_before(company.month, -1))
    assert day["working_days_left"] == left
    since = office.today - timedelta(days=90)
    closed = [lead for lead in company.leads if lead.closed_at.date() >= since]
    own = [lead for lead in closed if lead.manager == "Анна"]
    if sum(lead.order is not None for lead in own) < 5:
        own = closed
    sold = [lead.order for lead in own if lead.order]
    rates = day["rates"]
    assert (rates["leads"], rates["sales"]) == (len(own), len(sold))
    check = oracle.worth(sold) / len(sold)
    assert exact(rates["average_check"]) == round(check, 2)
    expected = {"leads": len(own), "offers": len(own), "calls": 2 * len(own)}
    for kind, number in expected.items():
        assert rates[f"{kind}_per_sale"] == pytest.approx(number / len(sold), abs=0.006)
    # The rest by the days left, of which each weekday sells as it usually does.
    ahead = (month_before(company.month, -1) - office.today).days
    weekdays = [(office.today + timedelta(days=number)).isoweekday() for number in range(ahead)]
    weights = [exact(day["weekdays"].get(str(one), 1)) * (one <= 5) for one in weekdays]
    share = planned * weights[0] / sum(weights) if left else Decimal(0)
    assert abs(exact(day["needs"]["money"]) - share) <= planned / 10_000
    last = (office.today + timedelta(days=ahead - 1)).isoformat()
    needs = (await office.get(f"/kpi/v1/managers/{anna}/day", day=last))["needs"]
    assert exact(needs["money"]) == (planned if weekdays[-1] <= 5 else 0), "nothing is left over"


async def hold_against(office: Office, company: Company, plan: Plan) -> None:
    """Facts, what is due by now, what a day must bring, and how good the planning was."""
    facts = oracle.of_months(oracle.standing(company), over(company))
    months = await plan.children("month")
    found = await office.get(f"{plan.path}/control", axis="region")
    totals = found["totals"]
    whole = working_days(company.month, month_before(company.month, -1))
    passed = working_days(company.month, office.today)
    due = sum((months[name_of(month)] for month in over(company)), Decimal(0))
    due += round(months[name_of(company.month)] * passed / whole, 2)
    planned = sum(months.values(), Decimal(0))
    assert (exact(totals["plan"]), exact(totals["fact"])) == (planned, oracle.worth(facts))
    assert abs(exact(totals["due"]) - due) <= oracle.KOPECK
    left = working_days(office.today, month_before(company.month, -10))
    assert totals["days_left"] == left
    required = (planned - oracle.worth(facts)) / left
    assert abs(exact(totals["required"]) - required) <= oracle.KOPECK
    shown = {one["value"]: exact(one["figures"]["fact"]) for one in found["items"]}
    regions = oracle.by(facts, lambda order: order.region)
    assert shown == {region: oracle.worth(orders) for region, orders in regions.items()}
    sellers = (await office.get(f"{plan.path}/control", axis="seller"))["items"]
    of_sellers = oracle.by(facts, lambda order: office.managers.get(order.manager, ""))
    assert {one["value"]: exact(one["figures"]["fact"]) for one in sellers} == {
        seller: oracle.worth(orders) for seller, orders in of_sellers.items()
    }
    await _judge(office, company, plan, facts)


async def _judge(office: Office, company: Company, plan: Plan, facts: Sequence[Order]) -> None:
    quality = (await office.get(f"{plan.path}/quality", axis="region"))["items"]
    for item, month in zip(quality, over(company), strict=True):
        sold = oracle.by([one for one in facts if one.month == month], lambda one: one.region)
        plans = await plan.children("region", month=name_of(month))
        misses = sum(abs(plans[region] - oracle.worth(sold.get(region, []))) for region in plans)
        planned = sum(plans.values(), Decimal(0))
        fact = oracle.worth(one for one in facts if one.month == month)
        assert item["month"] == name_of(month)
        assert exact(item["error"]) == round(misses / planned, 4)
        assert exact(item["bias"]) == round((fact - planned) / planned, 4)
        assert exact(item["score"]) == round(1 - misses / planned, 4)


async def explain(office: Office, company: Company, plan: Plan) -> None:
    """The bridge from plan to fact, step by step, whose parts are the difference exactly."""
    found = await office.get(f"{plan.path}/bridge", axis="product")
    assert found["months"] == [name_of(month) for month in over(company)]
    for bridge in (found["whole"], *(one["bridge"] for one in found["items"])):
        parts = sum((exact(bridge[step] or 0) for step in STEPS), Decimal(0))
        assert parts == exact(bridge["difference"]) == exact(bridge["fact"]) - exact(bridge["plan"])
    assert {step: exact(found["whole"][step]) for step in STEPS} == await _steps(company, plan)


async def _steps(company: Company, plan: Plan) -> dict[str, Decimal]:
    """Chain substitution over the plan's nodes and the facts, in kopecks."""
    months = over(company)
    facts = oracle.of_months(oracle.standing(company), months)
    money: dict[tuple[str, date], int] = {}
    count: dict[tuple[str, date], int] = {}
    for month in months:
        for measure, target in (("revenue", money), ("quantity", count)):
            nodes = await plan.children("product", measure=measure, month=name_of(month))
            scale = 100 if measure == "revenue" else 1
            target |= {(product, month): int(value * scale) for product, value in nodes.items()}
    sold = {place: len(part) for place, part in
            oracle.by(facts, lambda order: (order.product, order.month)).items()}  # fmt: skip
    mean = Fraction(sum(money.values()), sum(count.values()))
    at_months = {
        month: Fraction(
            sum(value for (_, of), value in money.items() if of == month),
            sum(value for (_, of), value in count.items() if of == month),
        )
        for month in months
    }
    number = len(facts)
    earlier = [month_before(month, 12) for month in months]
    leads, leads_before = (
        sum(lead.at.date().replace(day=1) in each for lead in company.leads)
        for each in (months, earlier)
    )
    sales_before = len(oracle.of_months(oracle.standing(company), earlier))
    expected = Fraction(leads * sales_before, leads_before)
    by_month = sum(at_months[month] * part for (_, month), part in sold.items())
    by_product = sum(
        (
            (Fraction(money[place], count[place]) if count.get(place) else at_months[place[1]])
            * part
            for place, part in sold.items()
        ),
        Fraction(0),
    )
    volume = round((expected - sum(count.values())) * mean)
    conversion = round((number - sum(count.values())) * mean) - volume
    timing, mix = round(by_month - number * mean), round(by_product - by_month)
    difference = int(oracle.worth(facts) * 100) - sum(money.values())
    steps = (volume, conversion, timing, mix, difference - volume - conversion - timing - mix)
    return {name: Decimal(value) / 100 for name, value in zip(STEPS, steps, strict=True)}


async def coordinate(office: Office, company: Company, plan: Plan) -> None:
    """Both months fell short of the plan: records are there by themselves, and one is closed."""
    plan_id = plan.path.split("/")[4]

    def both(page: dict[str, Any]) -> bool:
        return {one["node"]["month"] for one in page["items"]} == set(map(name_of, over(company)))

    page = await office.soon(
        COORDINATION, both, what="the watch opens records", plan_id=plan_id, limit=200
    )
    month = over(company)[-1]
    record = next(
        one for one in page["items"]
        if one["node"]["region"] is None and one["node"]["month"] == name_of(month)
    )  # fmt: skip
    fact = oracle.worth(oracle.of_months(oracle.standing(company), [month]))
    planned = await plan.amount(month=name_of(month))
    assert (exact(record["fact"]), exact(record["plan"])) == (fact, planned)
    assert exact(record["bridge"]["difference"]) == fact - planned
    path = f"{COORDINATION}/{record['coordination_id']}"
    agreed = {
        "state": "agreed", "cause": "Ушёл продавец", "action": "Нанять двоих", "owner": "Борис",
        "due": month_before(company.month, -1).isoformat(), "reason": "Планёрка",
    }  # fmt: skip
    version = (await office.revise("PUT", path, record["version"], agreed))["version"]
    done = {**agreed, "state": "done", "result": "Наняты", "reason": "Итог"}
    await office.revise("PUT", path, version, done)
    shown = await office.get(path)
    assert [one["state"] for one in shown["history"]] == ["done", "agreed", "open"]
    assert shown["result"] == "Наняты"
