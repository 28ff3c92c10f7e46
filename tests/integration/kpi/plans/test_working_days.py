"""Whose working days count: a seller's own, a region's country's, or the company's."""

from typing import Any

import pytest

from tests.integration.kpi.paying import ANNA, BORIS, Payroll
from tests.integration.kpi.plans.planning import a_version, get, put

MARCH = {
    "first_month": "2026-03",
    "months": 1,
    "start": {
        "kind": "values",
        "region": ["Алматы", "Омск"],
        "product": ["чай"],
        "party": [""],
        "seller": ["", str(ANNA), str(BORIS)],
    },
}
FOUR_DAYS = {"shifts": [{"days": [1, 2, 3, 6], "from": "09:00", "to": "17:00"}]}


async def hired(payroll: Payroll) -> None:
    """Anna works four days a week; Boris has no calendar."""
    payroll.at(2026, 2, 27, 9)
    payroll.hired(ANNA, "Анна", calendar=FOUR_DAYS)
    payroll.hired(BORIS, "Борис")
    await payroll.consume()
    payroll.at(2026, 3, 2, 9)


async def figures(payroll: Payroll, version: str, **params: Any) -> dict[str, Any]:
    found = await get(payroll.door, f"{version}/control", **params)
    return {"": found["totals"]} | {one["value"]: one["figures"] for one in found["items"]}


async def test_a_seller_has_the_days_of_the_own_calendar(payroll: Payroll) -> None:
    await hired(payroll)
    version = await a_version(payroll.door, **MARCH)
    await put(payroll.door, version, 1, 1800, node={"seller": str(ANNA)})
    rows = await figures(payroll, version, axis="seller")
    anna = rows[str(ANNA)]
    assert (anna["days_by"], anna["days_left"], anna["required"]) == ("manager", 18, 100)
    day = await payroll.ask("GET", f"/v1/managers/{ANNA}/day")
    assert day["working_days_left"] == anna["days_left"]
    # Without a calendar the usual week, less the holiday of the 9th.
    assert (rows[str(BORIS)]["days_by"], rows[str(BORIS)]["days_left"]) == ("manager", 21)
    assert (await payroll.ask("GET", f"/v1/managers/{BORIS}/day"))["working_days_left"] == 21
    assert rows[""]["days_by"] == "company"
    node = await figures(payroll, version, seller=str(ANNA), axis="region")
    assert {one["days_by"] for one in node.values()} == {"manager"}


async def test_the_company_works_as_its_managers_do_on_average(payroll: Payroll) -> None:
    await hired(payroll)
    version = await a_version(payroll.door, **MARCH)
    await put(payroll.door, version, 1, 1950, node={})
    whole = (await figures(payroll, version))[""]
    assert (whole["days_by"], whole["country"]) == ("company", None)
    assert (whole["days_left"], whole["required"]) == (19.5, 100)
    months = await figures(payroll, version, axis="month")
    assert months["2026-03"]["days_left"] == 19.5
    asked = (await figures(payroll, version, country="US"))[""]
    assert (asked["days_by"], asked["country"], asked["days_left"]) == ("country", "US", 22)


async def test_a_region_rests_on_the_holidays_of_its_country(payroll: Payroll) -> None:
    await hired(payroll)
    door = payroll.door
    headers = door.as_("supervisor")

    async def territory(**fields: Any) -> dict[str, Any]:
        answer = await door.client.post("/v1/territories", json=fields, headers=headers)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    steppe = await territory(name="Казахстан", country="KZ")
    assert steppe["country"] == "KZ"
    await territory(name="Алматы", parent_id=steppe["territory_id"], region="Алматы")
    version = await a_version(door, **MARCH)
    rows = await figures(payroll, version, axis="region")
    # The 9th for the 8th, and Nauryz from the 21st, of which Monday to Wednesday are days off.
    almaty = rows["Алматы"]
    assert (almaty["days_by"], almaty["country"], almaty["days_left"]) == ("country", "KZ", 18)
    assert (rows["Омск"]["country"], rows["Омск"]["days_left"]) == ("RU", 21)
    node = await figures(payroll, version, region="Алматы")
    assert node[""]["country"] == "KZ"


@pytest.mark.parametrize("country", ["XX", "kz"])
async def test_a_country_without_known_holidays_is_named(payroll: Payroll, country: str) -> None:
    answer = await payroll.door.client.post(
        "/v1/territories",
        json={"name": "Нигде", "country": country},
        headers=payroll.door.as_("supervisor"),
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/country"
