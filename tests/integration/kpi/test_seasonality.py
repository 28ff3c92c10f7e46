"""The past by whole steps, and what of a season it shows, from leads and sales that are known."""

from typing import Any

import pytest

from services.kpi.handlers import apply
from shared.database import Database
from tests.integration.kpi.eight_weeks import CHECK, LEADS, SALES, eight_weeks
from tests.integration.kpi.week import ANNA, report
from tests.support.event_streams import consume
from tests.support.http_client import Door

PATH = "/v1/seasonality"
SINCE = {"from": "2025-12-01", "to": "2026-03-02", "tz": "UTC"}


async def refused(door: Door, **parameters: str) -> list[dict[str, Any]]:
    answer = await door.client.get(PATH, params=parameters, headers=door.as_("supervisor"))
    assert answer.status_code == 422, answer.text
    errors: list[dict[str, Any]] = answer.json()["errors"]
    return errors


async def test_weekdays_of_money(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    shown = await report(door, PATH, **SINCE, step="day")
    assert (shown["kind"], shown["enough"], shown["currency"]) == ("weekday", True, "RUB")
    # Days before the first fact are no past; the last Sunday is over.
    assert (shown["points"][0]["day"], shown["points"][-1]["day"]) == ("2026-01-05", "2026-03-01")
    assert [point["value"] for point in shown["points"][:7]] == [CHECK * sales for sales in SALES]
    assert [item["index"] for item in shown["indices"]] == pytest.approx(
        [7 * sales / sum(SALES) for sales in SALES], abs=1e-4
    )
    # Three days at each end have no whole week around them.
    assert [item["periods"] for item in shown["indices"]] == [7, 7, 7, 8, 7, 7, 7]


async def test_every_measure_of_a_week(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    values = {}
    for measure in ("revenue", "quantity", "leads", "conversion", "average_check"):
        shown = await report(door, PATH, **SINCE, step="week", measure=measure)
        values[measure] = {point["value"] for point in shown["points"]}
        assert len(shown["points"]) == 8
        assert not shown["enough"]
    assert values == {
        "revenue": {CHECK * sum(SALES)},
        "quantity": {sum(SALES)},
        "leads": {sum(LEADS)},
        "conversion": {round(sum(SALES) / sum(LEADS), 6)},
        "average_check": {CHECK},
    }


async def test_of_one_value_of_an_axis(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    of_anna = await report(
        door, PATH, **SINCE, step="week", axis="manager", key=str(ANNA), measure="quantity"
    )
    assert {point["value"] for point in of_anna["points"]} == {sum(SALES)}
    winter = await report(
        door, PATH, **SINCE, step="week", axis="campaign", key="зима", measure="leads"
    )
    assert {point["value"] for point in winter["points"]} == {7}
    nobody = await report(door, PATH, **SINCE, axis="region", key="Тверь", measure="leads")
    assert (nobody["points"], nobody["enough"]) == ([], False)
    assert {item["index"] for item in nobody["indices"]} == {None}


async def test_steps_that_are_cut_or_not_over_do_not_count(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    span = {"from": "2026-01-10", "to": "2026-03-20", "tz": "Europe/Moscow"}
    weeks = await report(door, PATH, **span, step="week", measure="leads")
    assert [point["day"] for point in weeks["points"]][::6] == ["2026-01-12", "2026-02-23"]
    months = await report(door, PATH, **span, measure="leads")
    assert [point["day"] for point in months["points"]] == ["2026-02-01"]


async def test_holidays_are_marked(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    shown = await report(door, PATH, **SINCE, step="day", country="RU", measure="leads")
    marks = {point["day"]: point for point in shown["points"] if point["mark"]}
    assert marks["2026-02-23"]["mark"] == "holiday"
    assert "защитника" in marks["2026-02-23"]["holiday"]
    # The Mondays of the holidays in January and of the 23rd of February stand behind no index.
    assert shown["indices"][0]["periods"] == 6


async def test_bad_parameters_are_named(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    pointer = "pointer"
    assert (await refused(door, **SINCE, axis="source"))[0][pointer] == "/key"
    assert (await refused(door, **SINCE, axis="source", key="site"))[0][pointer] == "/key"
    assert (await refused(door, **SINCE, key="x"))[0][pointer] == "/key"
    assert (await refused(door, **SINCE, country="QQ"))[0][pointer] == "/country"
    assert (await refused(door, **SINCE, currency="roubles"))[0][pointer] == "/currency"
    span = {"from": "2026-02-03", "to": "2026-02-20"}
    assert (await refused(door, **span))[0] == {
        "pointer": "/to",
        "detail": "no whole month lies between `from` and now",
    }
    span = {"from": "2015-01-01", "to": "2026-02-01"}
    assert (await refused(door, **span, step="day"))[0][pointer] == "/from"


async def test_several_currencies_are_not_added_up(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks(["RUB", "EUR"]).events)
    (error,) = await refused(door, **SINCE, step="week")
    assert error == {"pointer": "/currency", "detail": "is one of: EUR, RUB"}
    two_weeks = []
    for currency in ("RUB", "EUR"):
        shown = await report(door, PATH, **SINCE, step="week", currency=currency)
        two_weeks.append([point["value"] for point in shown["points"][:2]])
    # Seven sales a week, of which a currency has those of every second day.
    assert two_weeks == [[4000.0, 3000.0], [3000.0, 4000.0]]


async def test_as_a_table(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    answer = await door.client.get(
        PATH,
        params={**SINCE, "step": "week", "format": "csv", "lang": "ru"},
        headers=door.as_("supervisor"),
    )
    heading, first, *_ = answer.text.lstrip("\ufeff").splitlines()
    assert heading == '"День","Значение","Отметка","Ожидалось","Праздник"'
    assert first == '"2026-01-05","7000","","",""'
