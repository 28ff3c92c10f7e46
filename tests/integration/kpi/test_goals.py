"""Goals: what is none names its field, how far one is, and corrections that are kept."""

from typing import Any

import pytest

from services.kpi.handlers import apply
from shared.contracts.managers import ManagerChanged
from shared.database import Database
from tests.integration.kpi.eight_weeks import CHECK, SALES, eight_weeks
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import consume
from tests.support.http_client import Door

PATH = "/v1/goals"
# Now is the 2nd of March, 18:00 UTC: of the four weeks one is over.
GOAL: dict[str, Any] = {
    "name": "Март",
    "measure": "revenue",
    "unit": "RUB",
    "value": 35_000,
    "from": "2026-02-23",
    "to": "2026-03-23",
    "tz": "UTC",
    "owner": "Борис",
    "challenge": "Четверть больше, чем в феврале",
}


async def send(door: Door, method: str, path: str, body: Any, **headers: str) -> Any:
    return await door.client.request(
        method, path, json=body, headers={**door.as_("supervisor"), **headers}
    )


async def show(door: Door, goal_id: str) -> dict[str, Any]:
    answer = await door.client.get(f"{PATH}/{goal_id}", headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_progress_and_the_rate_that_is_required(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    made = await send(door, "POST", PATH, GOAL)
    assert made.status_code == 201, made.text
    assert made.json() == {
        **{name: value for name, value in GOAL.items() if name != "tz"},
        **dict.fromkeys(("key", "potential", "reason")),
        "potential_ids": [],
        "goal_id": made.json()["goal_id"],
        "version": 1,
        "time_zone": "UTC",
        "axis": "company",
        "kind": "set",
        "changed_at": "2026-03-02T18:00:00Z",
        "changed_by": made.json()["changed_by"],
        "cover": made.json()["cover"],
    }
    assert [gap["why"] for gap in made.json()["cover"]["gaps"]] == ["no_potential"]
    shown = await show(door, made.json()["goal_id"])
    week = CHECK * sum(SALES)
    assert shown["progress"] == {
        "done": week,
        "share": 0.2,
        "missing": 35_000 - week,
        # The usual week without the holidays of the 23rd of February and the 9th of March.
        "days_by": "country",
        "country": "RU",
        "days_over": 4,
        "days_left": 14,
        "daily": week / 4,
        "required_daily": (35_000 - week) / 14,
    }
    assert shown["outlook"] is None


async def test_a_goal_beside_its_forecast(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    goal_id = (await send(door, "POST", PATH, GOAL)).json()["goal_id"]
    wish = {"measure": "revenue", "step": "day", "tz": "UTC"}
    short = await send(door, "POST", "/v1/forecasts", {**wish, "steps": 14})
    assert short.status_code == 201, short.text
    assert (await show(door, goal_id))["outlook"] is None  # it ends before the goal
    long = await send(door, "POST", "/v1/forecasts", {**wish, "steps": 25})
    outlook = (await show(door, goal_id))["outlook"]
    assert outlook["forecast_id"] == long.json()["forecast_id"]
    # One week is done, three are foretold to be like it.
    assert outlook["p50"] == 4 * CHECK * sum(SALES)
    assert outlook["gap"] == 35_000 - outlook["p50"]
    assert outlook["p10"] <= outlook["p50"] <= outlook["p90"]


async def test_corrections_say_why_and_are_kept(database: Database, door: Door) -> None:
    goal_id = (await send(door, "POST", PATH, GOAL)).json()["goal_id"]
    place = f"{PATH}/{goal_id}"
    change = {**GOAL, "value": 30_000, "kind": "goal", "reason": "Прогноз ниже цели"}
    unseen = await send(door, "PUT", place, change)
    assert [error["pointer"] for error in unseen.json()["errors"]] == ["/If-Match"]
    silent = {name: value for name, value in change.items() if name != "reason"}
    refused = await send(door, "PUT", place, silent, **{"If-Match": '"1"'})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/reason"]
    answer = await send(door, "PUT", place, change, **{"If-Match": '"1"'})
    assert (answer.json()["version"], answer.json()["value"]) == (2, 30_000)
    stale = await send(door, "PUT", place, change, **{"If-Match": '"1"'})
    assert stale.status_code == 409
    shown = await show(door, goal_id)
    assert [(item["value"], item["kind"], item["reason"]) for item in shown["revisions"]] == [
        (30_000, "goal", "Прогноз ниже цели"),
        (35_000, "set", None),
    ]
    listed = await door.client.get(PATH, headers=door.as_("supervisor"))
    assert [item["version"] for item in listed.json()["items"]] == [2]


async def test_a_programme_leaves_the_goal_as_it_is(door: Door) -> None:
    made = await send(door, "POST", PATH, GOAL)
    place = f"{PATH}/{made.json()['goal_id']}"
    change = {**GOAL, "kind": "programme", "reason": "Акция на двери", "challenge": "Новая акция"}
    seen = {"If-Match": '"1"'}
    other = await send(door, "PUT", place, {**change, "value": 1, "to": "2026-03-20"}, **seen)
    assert other.status_code == 422
    assert [error["pointer"] for error in other.json()["errors"]] == ["/value", "/to"]
    answer = await send(door, "PUT", place, change, **seen)
    assert (answer.status_code, answer.json()["challenge"]) == (200, "Новая акция")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unit": "рубли"}, "/unit"),
        ({"unit": "ABC"}, "/unit"),
        ({"measure": "leads"}, "/unit"),
        ({"measure": "leads", "unit": "leads", "value": 1.5}, "/value"),
        ({"measure": "conversion", "unit": "share", "value": 1.5}, "/value"),
        ({"measure": "happiness"}, "/measure"),
        ({"value": -5}, "/value"),
        ({"value": "NaN"}, "/value"),
        ({"value": "100.001"}, "/value"),
        ({"unit": "JPY", "value": 100.5}, "/value"),
        ({"measure": "average_check", "value": "100.001"}, "/value"),
        ({"axis": "manager", "key": "6c656164-666c-5f77-8000-6e616d657370"}, "/key"),
        ({"from": "2026-04-01"}, "/to"),
        ({"from": "2026-02-01", "to": "2026-03-01"}, "/to"),
        ({"to": "2040-01-01"}, "/to"),
        ({"tz": "Mars/Olympus"}, "/tz"),
        ({"challenge": " "}, "/challenge"),
        ({"axis": "manager"}, "/key"),
        ({"potential_ids": ["6c656164-666c-5f77-8000-6e616d657370"]}, "/potential_ids/0"),
        ({"potential": 40_000}, "/potential"),
    ],
)
async def test_what_is_no_goal_names_the_field(
    door: Door, change: dict[str, Any], pointer: str
) -> None:
    answer = await send(door, "POST", PATH, {**GOAL, **change})
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_goals_of_shares_and_of_a_manager(database: Database, door: Door) -> None:
    streams = eight_weeks()
    streams.emit(
        ManagerChanged(
            manager_id=ANNA, changed_at=streams.at, name="Анна", capacity=5, time_zone="UTC"
        )
    )
    await consume(database, apply, streams.events)
    body = {**GOAL, "measure": "conversion", "unit": "share", "value": 0.5, "axis": "manager"}
    made = await send(door, "POST", PATH, {**body, "key": str(ANNA)})
    shown = (await show(door, made.json()["goal_id"]))["progress"]
    assert shown["done"] == round(7 / 16, 6)
    assert (shown["daily"], shown["required_daily"]) == (None, None)
    assert shown["days_by"] == "manager"
    later = await send(door, "POST", PATH, {**GOAL, "from": "2026-03-09"})
    shown = (await show(door, later.json()["goal_id"]))["progress"]
    assert (shown["done"], shown["days_over"], shown["days_left"]) == (None, 0, 9)
    assert (await door.client.get(f"{PATH}/{ANNA}", headers=door.as_("admin"))).status_code == 404


async def test_a_goal_is_withdrawn_with_a_reason_and_stays(door: Door) -> None:
    goal_id = (await send(door, "POST", PATH, GOAL)).json()["goal_id"]
    other = (await send(door, "POST", PATH, {**GOAL, "name": "Другая"})).json()["goal_id"]
    place = f"{PATH}/{goal_id}"
    seen = {"If-Match": '"1"'}
    silent = await send(door, "POST", f"{place}/withdraw", {"reason": " "}, **seen)
    assert [error["pointer"] for error in silent.json()["errors"]] == ["/reason"]
    unseen = await send(door, "POST", f"{place}/withdraw", {"reason": "Ошибка"})
    assert [error["pointer"] for error in unseen.json()["errors"]] == ["/If-Match"]
    answer = await send(door, "POST", f"{place}/withdraw", {"reason": "Ошибка"}, **seen)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["kind"], body["reason"], body["version"]) == ("withdrawn", "Ошибка", 2)
    shown = await show(door, goal_id)
    assert [item["kind"] for item in shown["revisions"]] == ["withdrawn", "set"]
    for asked, ids in (("false", [other]), ("true", [goal_id]), ("all", [other, goal_id])):
        listed = await door.client.get(
            PATH, params={"withdrawn": asked}, headers=door.as_("supervisor")
        )
        assert [item["goal_id"] for item in listed.json()["items"]] == ids
    usual = await door.client.get(PATH, headers=door.as_("supervisor"))
    assert [item["goal_id"] for item in usual.json()["items"]] == [other]
    seen = {"If-Match": '"2"'}
    again = await send(door, "POST", f"{place}/withdraw", {"reason": "Ошибка"}, **seen)
    correction = {**GOAL, "kind": "goal", "reason": "Снова"}
    corrected = await send(door, "PUT", place, correction, **seen)
    assert (again.status_code, corrected.status_code) == (409, 409)
    assert again.json()["type"].endswith("goal-withdrawn")


async def test_revisions_are_shown_page_by_page(door: Door) -> None:
    goal_id = (await send(door, "POST", PATH, GOAL)).json()["goal_id"]
    for version in range(1, 5):
        change = {**GOAL, "kind": "goal", "reason": f"Правка {version}"}
        await send(door, "PUT", f"{PATH}/{goal_id}", change, **{"If-Match": f'"{version}"'})
    assert [item["version"] for item in (await show(door, goal_id))["revisions"]] == [5, 4, 3, 2, 1]
    asked: dict[str, Any] = {"limit": "2"}
    pages = []
    for _ in range(3):
        answer = await door.client.get(
            f"{PATH}/{goal_id}", params=asked, headers=door.as_("supervisor")
        )
        shown = answer.json()
        pages.append([item["version"] for item in shown["revisions"]])
        assert shown["goal"]["version"] == 5
        asked["cursor"] = shown["next_cursor"]
    assert (pages, asked["cursor"]) == ([[5, 4], [3, 2], [1]], None)
