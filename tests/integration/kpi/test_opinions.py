"""Polls: what answers come to, anonymous rounds, and how they stand beside a forecast."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.kpi.handlers import apply
from services.kpi.use_cases.opinions import polls
from shared.database import Database, reading
from tests.integration.kpi.eight_weeks import CHECK, SALES, eight_weeks
from tests.integration.kpi.test_territories import pointers, send
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import consume
from tests.support.http_client import Door

PATH = "/v1/opinions"
POLL: dict[str, Any] = {
    "kind": "delphi",
    "name": "Март",
    "measure": "revenue",
    "currency": "RUB",
    "from": "2026-03-02",
    "to": "2026-03-16",
}


async def begun(door: Door, **changes: Any) -> str:
    answer = await send(door, "POST", PATH, POLL | changes)
    assert answer.status_code == 201, answer.text
    poll_id: str = answer.json()["poll_id"]
    return poll_id


async def answered(door: Door, poll_id: str, respondent: str, likely: Any, **more: Any) -> None:
    body = {"respondent": respondent, "likely": likely, **more}
    answer = await send(door, "PUT", f"{PATH}/{poll_id}/answer", body)
    assert answer.status_code == 204, answer.text


async def shown(door: Door, poll_id: str) -> dict[str, Any]:
    answer = await send(door, "GET", f"{PATH}/{poll_id}")
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def step(door: Door, poll_id: str, what: str) -> httpx.Response:
    return await send(door, "POST", f"{PATH}/{poll_id}/{what}")


async def test_rounds_of_delphi_converge(door: Door) -> None:
    poll_id = await begun(door)
    for name, value in (("А", 100), ("Б", 200), ("В", 300), ("Г", 400)):
        await answered(door, poll_id, name, value)
    view = await shown(door, poll_id)
    assert (view["rounds"], view["present_answers"], view["answers"]) == ([], 4, [])
    assert (await step(door, poll_id, "rounds")).json()["round"] == 2
    (first,) = (await shown(door, poll_id))["rounds"]
    # Quartiles of 100, 200, 300, 400 at (n - 1) p + 1.
    assert first == {
        "answers": 4,
        "q1": 175,
        "median": 250,
        "q3": 325,
        "spread": 0.6,
        "shift": None,
        "has_converged": False,
    }
    for name, value in (("А", 240), ("Б", 250), ("В", 250), ("Г", 260)):
        await answered(door, poll_id, name, value)
    assert (await step(door, poll_id, "close")).status_code == 200
    view = await shown(door, poll_id)
    second = view["rounds"][1]
    assert (second["median"], second["shift"], second["has_converged"]) == (250, 0, True)
    assert view["band"] == {"p10": 240, "p50": 250, "p90": 260}
    assert view["answers"] == []


async def test_delphi_is_closed_by_the_last_round_that_is_over(door: Door) -> None:
    """Answers that have converged need not be asked for again; whoever is alone is not shown."""
    poll_id = await begun(door)
    for _ in range(2):
        for name, value in (("А", 240), ("Б", 250), ("В", 260)):
            await answered(door, poll_id, name, value)
        assert (await step(door, poll_id, "rounds")).status_code == 200
    assert (await shown(door, poll_id))["rounds"][1]["has_converged"]
    await answered(door, poll_id, "А", 999)
    assert (await step(door, poll_id, "close")).status_code == 200
    view = await shown(door, poll_id)
    assert (view["round"], len(view["rounds"]), view["present_answers"]) == (2, 2, 3)
    assert view["band"] == {"p10": 240, "p50": 250, "p90": 260}


async def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    async with reading(database) as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def test_nobody_can_tell_who_said_what_to_delphi(database: Database, door: Door) -> None:
    poll_id = await begun(door)
    for _ in range(2):
        for name, value in (("Анна", 1), ("Борис", 2), ("Вера", 3)):
            await answered(door, poll_id, name, value)
        await step(door, poll_id, "rounds")
    digests = await rows(database, "SELECT round, respondent, name FROM opinion_answer")
    assert len({respondent for _, respondent, _ in digests}) == len(digests) == 6, "not linked"
    assert {name for *_, name in digests} == {None}
    salts = await rows(database, "SELECT salt FROM opinion_poll")
    for name, value in (("Анна", 1), ("Борис", 2), ("Вера", 3)):
        await answered(door, poll_id, name, value)
    await step(door, poll_id, "close")
    assert salts != [(None,)]
    assert await rows(database, "SELECT salt FROM opinion_poll") == [(None,)]


async def test_a_round_of_two_would_tell(door: Door) -> None:
    poll_id = await begun(door)
    await answered(door, poll_id, "Анна", 1)
    await answered(door, poll_id, "Борис", 2)
    await answered(door, poll_id, "анна", 3)  # it is the same person
    for what in ("rounds", "close"):
        assert (await step(door, poll_id, what)).status_code == 409, what
    await answered(door, poll_id, "Вера", 3)
    assert (await step(door, poll_id, "rounds")).status_code == 200


async def test_a_staff_adds_up_and_executives_meet(door: Door) -> None:
    survey = await begun(door, kind="survey")
    whole = await begun(door, kind="executives")
    for poll_id in (survey, whole):
        await answered(door, poll_id, "Анна", 100, low=40, high=160)
        await answered(door, poll_id, "Борис", 200, low=120, high=280)
        assert (await step(door, poll_id, "rounds")).status_code == 409
        assert (await step(door, poll_id, "close")).status_code == 200
    view = await shown(door, survey)
    # Deviations of 20 and 26.67 are together 33.33; 1.2816 of them is the ninth decile.
    assert view["band"] == {"p10": 257.28, "p50": 300, "p90": 342.72}
    assert [(item["name"], item["likely"]) for item in view["answers"]] == [
        ("Анна", 100),
        ("Борис", 200),
    ]
    assert (await shown(door, whole))["band"] == {"p10": 80, "p50": 150, "p90": 220}


async def test_a_market_test_is_scaled_up(door: Door) -> None:
    poll_id = await begun(door, kind="market_test", sample=[8, 10, 12], population=100)
    view = await shown(door, poll_id)
    # 100 x (10 -+ 1.8856 x 2 / sqrt(3) x sqrt(0.97)).
    assert view["band"] == {"p10": 785.56, "p50": 1000, "p90": 1214.44}
    assert view["sample_size"] == 3
    assert view["closed_at"] is not None


async def test_a_closed_poll_takes_no_answer(door: Door) -> None:
    poll_id = await begun(door, kind="survey")
    assert (await step(door, poll_id, "close")).status_code == 409, "nobody has answered"
    await answered(door, poll_id, "Анна", 1)
    assert (await shown(door, poll_id))["band"] is None
    await step(door, poll_id, "close")
    body = {"respondent": "Борис", "likely": 5}
    assert (await send(door, "PUT", f"{PATH}/{poll_id}/answer", body)).status_code == 409
    assert (await step(door, poll_id, "close")).status_code == 409
    assert (await shown(door, poll_id))["present_answers"] == 1


async def test_a_manager_answers_alone_and_is_shown_no_answers(door: Door) -> None:
    poll_id = await begun(door, kind="survey")
    own = door.as_("manager", manager_id=ANNA)
    place = f"{PATH}/{poll_id}/answer"
    refused = await door.client.put(place, json={"likely": 5, "respondent": "Борис"}, headers=own)
    assert pointers(refused) == ["/respondent"]
    assert pointers(await send(door, "PUT", place, {"likely": 5})) == ["/respondent"]
    for value in (5, 7):
        put = await door.client.put(place, json={"likely": value}, headers=own)
        assert put.status_code == 204
    seen = (await door.client.get(f"{PATH}/{poll_id}", headers=own)).json()
    assert (seen["present_answers"], seen["answers"]) == (1, [])
    assert (await shown(door, poll_id))["answers"] == [
        {"name": str(ANNA), "low": 7, "likely": 7, "high": 7}
    ]
    listed = (await door.client.get(PATH, headers=own)).json()["items"]
    assert [item["poll_id"] for item in listed] == [poll_id]
    assert (await send(door, "GET", f"{PATH}?measure=leads")).json()["items"] == []
    assert (await send(door, "GET", f"{PATH}/{UUID(int=9)}")).status_code == 404


async def test_polls_stand_beside_the_forecast(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    test = {"kind": "market_test", "sample": [8, 10, 12], "population": 100}
    same = await begun(door, **test)
    part = await begun(door, **test, **{"from": "2026-03-03"})
    await begun(door, **test, to="2026-04-30")
    await begun(door, **test, currency="USD")
    await begun(door)  # is not closed
    wish = {"measure": "revenue", "step": "week", "steps": 3, "tz": "UTC"}
    made = await send(door, "POST", "/v1/forecasts", wish)
    assert made.status_code == 201, made.text
    found = await send(door, "GET", f"/v1/forecasts/{made.json()['forecast_id']}")
    assert found.json()["opinions"] == made.json()["opinions"]
    assert [(item["poll_id"], item["forecast"]) for item in found.json()["opinions"]] == [
        (part, None),
        (same, 2 * CHECK * sum(SALES)),
    ]
    assert found.json()["opinions"][1]["p50"] == 1000


async def test_what_is_no_poll_names_the_field(door: Door) -> None:
    test = {"kind": "market_test", "sample": [1, 2], "population": 10}
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"kind": "guess"}, "/kind"),
        ({"currency": None}, "/currency"),
        ({"measure": "leads"}, "/currency"),
        ({"kind": "survey", "measure": "average_check"}, "/measure"),
        ({"from": "2026-03-16"}, "/to"),
        ({"to": "2032-01-01"}, "/to"),
        ({"axis": "manager"}, "/key"),
        ({"sample": [1, 2]}, "/sample"),
        ({"population": 5}, "/population"),
        ({**test, "sample": [1]}, "/sample"),
        ({**test, "sample": [1, -1]}, "/sample/1"),
        ({**test, "sample": [0] * 50}, "/sample"),
        ({**test, "population": 1}, "/population"),
        ({**test, "population": None}, "/population"),
    )
    for change, pointer in changes:
        assert pointers(await send(door, "POST", PATH, POLL | change)) == [pointer], change
    poll_id = await begun(door)
    for change, pointer in (
        ({"low": 6}, "/low"),
        ({"high": 4}, "/high"),
        ({"likely": -1}, "/likely"),
    ):
        body = {"respondent": "Анна", "likely": 5, **change}
        answer = await send(door, "PUT", f"{PATH}/{poll_id}/answer", body)
        assert pointers(answer) == [pointer]


async def test_rounds_and_answers_are_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "MOST_ANSWERS", 3)
    monkeypatch.setattr(polls, "MOST_ROUNDS", 1)
    poll_id = await begun(door)
    for name in ("А", "Б", "В", "А"):
        await answered(door, poll_id, name, 1)
    body = {"respondent": "Г", "likely": 1}
    assert (await send(door, "PUT", f"{PATH}/{poll_id}/answer", body)).status_code == 409
    assert (await step(door, poll_id, "rounds")).status_code == 409
