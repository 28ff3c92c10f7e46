"""Marketing: what each channel cost and brought, the budget against it, and what may be advised."""

from decimal import Decimal
from typing import Any

import pytest

from tests.e2e.year import oracle
from tests.e2e.year.company import MONTHS, SPENDERS, Company, month_before
from tests.e2e.year.office import Office, exact
from tests.e2e.year.planning import name_of

BUDGET, ADVICE = "/kpi/v1/marketing/budget", "/kpi/v1/marketing/advice"
PLANNED = 20_000


async def count_the_cost(office: Office, company: Company) -> None:
    """Cost per inquiry and sale, and the return, of the last twelve months by channel."""
    year = oracle.year_before(company.month)
    period = office.days(year[0], company.month)
    found = await office.get("/kpi/v1/sources", group_by="ad_channel", **period)
    rows = {row["group"]["ad_channel"] or "": row["figures"] for row in found["rows"]}
    sold = oracle.by(
        oracle.of_months(oracle.standing(company), year), lambda order: order.ad_channel
    )
    for channel in SPENDERS:
        spent = sum((company.spend[month, channel] for month in year), Decimal(0))
        came = sum(lead.ad_channel == channel and lead.month in year for lead in company.leads)
        orders, figures = sold.get(channel, []), rows[channel]
        assert (figures["inquiries"], figures["leads"]) == (came, came)
        assert (figures["sales"], exact(figures["spend"]["RUB"])) == (len(orders), spent)
        earned = oracle.worth(orders)
        assert exact(figures["amounts"]["RUB"]) == earned
        assert exact(figures["cost_per_lead"]["value"]) == round(spent / came, 2)
        assert exact(figures["cost_per_sale"]["value"]) == round(spent / len(orders), 2)
        assert exact(figures["romi"]["value"]) == round((earned - spent) / spent, 4)
    assert exact(rows[""]["amounts"]["RUB"]) == oracle.worth(sold[""])
    assert rows[""]["romi"]["missing"] == "no_spend"


async def hold_the_budget(office: Office, company: Company) -> None:
    month = month_before(company.month, 1)
    line = {"month": name_of(month), "ad_channel": "vk", "amount": PLANNED, "currency": "RUB"}
    negative = {"lines": [line | {"amount": -1}]}
    assert await office.pointers("PUT", BUDGET, json=negative) == ["/lines/0/amount"]
    await office.ask("PUT", BUDGET, json={"lines": [line]})
    params = {"from_month": name_of(month), "to_month": name_of(month)}
    rows = {row["ad_channel"]: row for row in (await office.get(BUDGET, **params))["rows"]}
    spent = company.spend[month, "vk"]
    row = rows["vk"]
    assert (row["planned"], row["due_by_now"], exact(row["spent"])) == (PLANNED, PLANNED, spent)
    assert exact(row["difference"]) == spent - PLANNED
    assert exact(row["used"]["value"]) == round(spent / PLANNED, 4)
    assert rows["yandex"]["used"]["missing"] == "no_budget"
    params = {"from_month": name_of(company.month), "to_month": name_of(month)}
    assert await office.pointers("GET", BUDGET, params=params) == ["/to_month"]


async def take_advice(office: Office, company: Company) -> None:
    """Leads came as the root of what was spent, by both channels alike: half of it for each."""
    whole = office.days(company.first_month, company.month)
    found = await office.get(ADVICE, result="leads", **whole)
    month = month_before(company.month, 1)
    total = sum((company.spend[month, channel] for channel in SPENDERS), Decimal(0))
    assert (found["month"], exact(found["total"]), found["missing"]) == (
        name_of(month), total, None,
    )  # fmt: skip
    rows: dict[str, Any] = {row["ad_channel"]: row for row in found["rows"]}
    for channel in SPENDERS:
        assert rows[channel]["months"] == _months_with_leads(company, channel)
        assert rows[channel]["curve"]["elasticity"] == pytest.approx(0.5, abs=0.001)
        tried = max(company.spend[one, channel] for one in oracle_months(company))
        if total / 2 <= tried:
            assert exact(rows[channel]["suggested"]) == pytest.approx(
                total / 2, rel=Decimal("0.01")
            )
    assert sum(exact(rows[channel]["suggested"]) for channel in SPENDERS) == total
    few = office.days(month_before(company.month, 5), company.month)
    found = await office.get(ADVICE, result="leads", **few)
    assert found["missing"] == "not_enough_data"
    assert {row["lack"] for row in found["rows"]} == {"too_few_months"}


def oracle_months(company: Company) -> list[Any]:
    return [month_before(company.month, age) for age in range(MONTHS, 0, -1)]


def _months_with_leads(company: Company, channel: str) -> int:
    return len({lead.month for lead in company.leads if lead.ad_channel == channel})
