"""Steps 1 to 3: a goal, what is known of the places, and what can be sold there."""

from decimal import Decimal
from typing import Any

from tests.e2e.year import oracle
from tests.e2e.year.company import MOSCOW, TULA, Company, month_before
from tests.e2e.year.control import working_days
from tests.e2e.year.office import Office, exact

GOALS, TERRITORIES, FACTS, POTENTIALS = (
    f"/kpi/v1/{name}" for name in ("goals", "territories", "territory-facts", "potentials")
)
CSV = "Территория;Показатель;Дата;Значение;Товар;Источник\n"
BUYERS, PRICE = 12_000, 60_000


def goal_of(office: Office, company: Company, **changes: Any) -> dict[str, Any]:
    """Half a year that is over, and the half that is to come."""
    first, end = month_before(company.month, 6), month_before(company.month, -6)
    body = {
        "name": "Год",
        "measure": "revenue",
        "unit": "RUB",
        "value": 9_000_000,
        "owner": "Борис",
        "challenge": "Втрое больше, чем за прошлый год",
        **office.days(first, end),
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


async def set_goal(office: Office, company: Company) -> str:
    """What cannot be measured, or never ends, is no goal; the other is followed by the day."""
    for change, pointer in (({"unit": "счастье"}, "/unit"), ({"to": None}, "/to")):
        body = goal_of(office, company, **change)
        assert await office.pointers("POST", GOALS, json=body) == [pointer]
    goal_id: str = (await office.post(GOALS, goal_of(office, company)))["goal_id"]
    progress = (await office.get(f"{GOALS}/{goal_id}"))["progress"]
    first, end = month_before(company.month, 6), month_before(company.month, -6)
    done = oracle.sold(company, first, company.month)
    over, left = working_days(first, office.today), working_days(office.today, end)
    assert exact(progress["done"]) == done
    assert (progress["days_over"], progress["days_left"]) == (over, left)
    assert exact(progress["missing"]) == 9_000_000 - done
    assert abs(exact(progress["daily"]) - done / over) <= oracle.KOPECK
    required = (9_000_000 - done) / left
    assert abs(exact(progress["required_daily"]) - required) <= oracle.KOPECK
    return goal_id


async def know_places(office: Office) -> dict[str, str]:
    """A country of two regions, described by hand and by a table. A cycle is refused."""
    places: dict[str, str] = {}
    for name, region in (("Россия", None), (MOSCOW, MOSCOW), (TULA, TULA)):
        body = {"name": name, "parent_id": places.get("Россия"), "region": region}
        places[name] = (await office.post(TERRITORIES, body))["territory_id"]
    body = {"name": "Россия", "parent_id": places[TULA]}
    headers = {"If-Match": '"1"'}
    place = f"{TERRITORIES}/{places['Россия']}"
    assert await office.pointers("PUT", place, json=body, headers=headers) == ["/parent_id"]
    table = (
        f"{CSV}Россия / Москва;население;01.01.2025;13 100 000;;Росстат\n"
        "Тула;население;01.01.2025;462 000;;Росстат\n"
        "Тула;предпочтения;01.01.2025;0,35;Окна;Опрос\n"
    ).encode("cp1251")
    content: dict[str, Any] = {"content": table, "headers": {"Content-Type": "text/csv"}}
    broken = {**content, "content": f"{CSV}Тула;население;01.01.2025;-5;;Росстат\n".encode()}
    assert await office.pointers("POST", f"{FACTS}/tables", **broken) == ["/rows/2/Значение"]
    taken = await office.ask("POST", f"{FACTS}/tables", **content)
    assert taken["recorded"] == 3
    fact = {"territory_id": places[TULA], "kind": "competitors", "day": "2025-01-01", "value": 4,
            "source": "Отдел"}  # fmt: skip
    await office.ask("PUT", FACTS, json={"facts": [fact]})
    shown = (await office.get(f"{TERRITORIES}/{places[TULA]}"))["facts"]
    assert {(item["kind"], item["value"]) for item in shown} == {
        ("population", 462_000), ("preference", 0.35), ("competitors", 4),
    }  # fmt: skip
    return places


async def weigh_potentials(
    office: Office, company: Company, places: dict[str, str], goal_id: str
) -> None:
    """Market, sales, forecast and goal stand in this order, whichever comes second."""
    year = {
        "from": month_before(company.month, 6).isoformat(),
        "to": month_before(company.month, -12).isoformat(),
    }
    common = {"measure": "revenue", "currency": "RUB", "assumption": "Каждый восьмой дом", **year}
    formula = {"buyers": BUYERS, "frequency": 1, "quantity": "1.5", "price": PRICE, "share": "0.01"}
    whole = {**common, "territory_id": places["Россия"], "formula": formula}
    made = await office.post(POTENTIALS, whole)
    market = Decimal(BUYERS * PRICE) * 3 / 2
    assert (exact(made["market"]), exact(made["sales"])) == (market, market / 100)
    upside_down = {**common, "territory_id": places[TULA], "estimate": {"market": 10, "sales": 20}}
    assert await office.pointers("POST", POTENTIALS, json=upside_down) == ["/estimate/sales"]
    grounds = {"potential_ids": [made["potential_id"]]}
    high = goal_of(office, company, value=float(market / 100) + 1, **grounds)
    assert await office.pointers("POST", GOALS, json=high) == ["/value"], "it cannot be reached"
    small = {**upside_down, "estimate": {"market": 2_000, "sales": 1_000}}
    small_id = (await office.post(POTENTIALS, small))["potential_id"]
    wish = {"measure": "revenue", "step": "month", "steps": 3, "axis": "region", "key": TULA,
            "tz": office.zone.key}  # fmt: skip
    assert await office.pointers("POST", "/kpi/v1/forecasts", json=wish) == ["/measure"]
    wide = {**upside_down, "estimate": {"market": 90_000_000, "sales": 9_000_000},
            "assumption": "Новый район"}  # fmt: skip
    await office.revise("PUT", f"{POTENTIALS}/{small_id}", 1, wide)
    await office.post("/kpi/v1/forecasts", wish)
    headers = {"If-Match": '"2"'}
    place = f"{POTENTIALS}/{small_id}"
    assert await office.pointers("PUT", place, json=small, headers=headers) == ["/estimate/sales"]
    kept = await office.get(place)
    assert [item["assumption"] for item in kept] == ["Новый район", "Каждый восьмой дом"]
    body = goal_of(office, company, **grounds, kind="goal", reason="Опора на потенциал")
    grounded = await office.revise("PUT", f"{GOALS}/{goal_id}", 1, body)
    assert exact(grounded["potential"]) == market / 100
