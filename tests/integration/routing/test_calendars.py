"""Calendars at the door: who may see and write them, duty by them, leave, holidays, iCalendar."""

from typing import Any
from uuid import UUID

from services.routing.use_cases.restore import restore
from shared.database import transaction
from tests.integration.routing.harness import Company
from tests.support.journal_events import journal_events

OFFICE: dict[str, Any] = {
    "time_zone": "Europe/Moscow",
    "shifts": [
        {
            "days": [1, 2, 3, 4, 5],
            "from": "09:00",
            "to": "18:00",
            "breaks": [{"from": "13:00", "to": "14:00"}],
        }
    ],
}


async def put(company: Company, manager_id: UUID, content: dict[str, Any], **more: Any) -> Any:
    answer = await company.ask("PUT", f"/v1/managers/{manager_id}/calendar", json=content, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def duty(company: Company, manager_id: UUID, start: str, end: str) -> list[str]:
    items = await company.get(f"/v1/managers/{manager_id}/duty", params={"from": start, "to": end})
    return [f"{item['kind']} {item['from'][5:16]} {item['to'][5:16]}" for item in items]


async def test_a_calendar_is_written_read_and_deleted(company: Company) -> None:
    anna = await company.manager()
    path = f"/v1/managers/{anna}/calendar"
    assert (await company.ask("GET", path)).status_code == 404
    stored = await put(company, anna, OFFICE, role="supervisor")
    assert stored["version"] == 1
    assert (await put(company, anna, OFFICE))["version"] == 2
    assert await company.get(path, role="manager", manager_id=anna) == await company.get(path)
    other = await company.manager("Борис")
    theirs = await company.ask("GET", path, role="manager", manager_id=other)
    assert theirs.status_code == 404
    own = await company.ask("PUT", path, json=OFFICE, role="manager", manager_id=anna)
    assert own.status_code == 403
    manager = await company.get(f"/v1/managers/{anna}")
    assert (manager["duty"], manager["duty_until"]) == ("shift", "2026-03-02T10:00:00Z")
    assert (await company.ask("DELETE", path)).status_code == 204
    manager = await company.get(f"/v1/managers/{anna}")
    assert (manager["duty"], manager["duty_until"]) == ("shift", None)
    assert (await company.ask("DELETE", path)).status_code == 404


async def test_what_cannot_be_a_calendar_names_the_field(company: Company) -> None:
    anna = await company.manager()
    shift = OFFICE["shifts"][0]
    for content, pointer in (
        ({"shifts": [{**shift, "days": [8]}]}, "/shifts/0/days"),
        ({"shifts": [{**shift, "cycle": 4}]}, "/shifts/0/days"),
        ({"shifts": [{**shift, "from": "9:00"}]}, "/shifts/0/from"),
        ({"shifts": [{**shift, "breaks": [{"from": "08:00", "to": "08:30"}]}]}, "/shifts/0/breaks"),
        ({"leave": [{"from": "2026-03-05", "to": "2026-03-04"}]}, "/leave/0/to"),
        ({"shifts": [{**shift, "days": [1], "cycle": 4}]}, "/shifts/0/valid_from"),
        ({"leave": [{"from": "2026-02-30", "to": "2026-03-04"}]}, "/leave/0/from"),
        ({"leave": [{"from": "2026-02-01", "to": "2026-02-29"}]}, "/leave/0/to"),
        ({"holidays": ["mars"]}, "/holidays/0"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
    ):
        answer = await company.ask("PUT", f"/v1/managers/{anna}/calendar", json=content)
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_duty_is_shown_as_it_comes(company: Company) -> None:
    anna = await company.manager()
    assert await duty(company, anna, "2026-03-02T00:00Z", "2026-03-03T00:00Z") == [
        "shift 03-02T00:00 03-03T00:00"
    ]
    await put(company, anna, {**OFFICE, "holidays": ["ru"]})
    # Monday the 9th is a day off for Women's day, which is a Sunday.
    assert await duty(company, anna, "2026-03-06T00:00Z", "2026-03-10T10:00Z") == [
        "shift 03-06T06:00 03-06T10:00",
        "shift 03-06T11:00 03-06T15:00",
        "shift 03-10T06:00 03-10T10:00",
    ]
    too_long = {"from": "2026-03-02T00:00Z", "to": "2030-03-02T00:00Z"}
    answer = await company.ask("GET", f"/v1/managers/{anna}/duty", params=too_long)
    assert answer.json()["errors"][0]["pointer"] == "/to"


async def test_leave_begins_at_once(company: Company) -> None:
    anna = await company.manager()
    path = f"/v1/managers/{anna}/leave"
    body = {"from": "2026-03-02", "to": "2026-03-03", "reason": "больничный"}
    answer = await company.ask("POST", path, json=body, role="supervisor")
    assert answer.status_code == 200, answer.text
    manager = await company.get(f"/v1/managers/{anna}")
    assert (manager["duty"], manager["duty_until"]) == ("off", "2026-03-03T21:00:00Z")
    [event] = await company.rows(
        "SELECT payload FROM journal WHERE key = :key ORDER BY version DESC LIMIT 1", key=str(anna)
    )
    assert "больничный" not in str(event["payload"])
    [leave] = event["payload"]["calendar"]["leave"]
    assert leave == {"from": "2026-03-02", "to": "2026-03-03", "reason": None}
    lead = await company.inquire()
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None


async def test_holidays_of_a_company_are_everybodys_who_names_them(company: Company) -> None:
    anna, boris = await company.manager(), await company.manager("Борис")
    path = "/v1/holiday-calendars/plant"
    body: dict[str, Any] = {"name": "Завод", "days": {"2026-03-03": "День завода"}}
    assert (await company.ask("PUT", path, json=body)).status_code == 200
    for manager_id in (anna, boris):
        await put(company, manager_id, {**OFFICE, "holidays": ["plant"]})
    assert await duty(company, anna, "2026-03-03T00:00Z", "2026-03-04T00:00Z") == []
    body["days"] = {"2026-03-02": "День завода"}
    body["worked_as"] = {"2026-03-07": 1}
    assert (await company.ask("PUT", path, json=body)).json()["version"] == 2
    assert (await company.get(f"/v1/managers/{boris}"))["duty"] == "off"
    assert len(await duty(company, anna, "2026-03-03T00:00Z", "2026-03-04T00:00Z")) == 2
    assert len(await duty(company, anna, "2026-03-07T00:00Z", "2026-03-08T00:00Z")) == 2
    assert (await company.ask("DELETE", path)).status_code == 409
    bad = await company.ask("PUT", path, json={"name": "?", "country": "XX"})
    assert bad.json()["errors"][0]["pointer"] == "/country"
    listed = await company.get("/v1/holiday-calendars")
    assert [item["key"] for item in listed["items"]] == ["plant", "ru"]
    assert (await company.get(path))["worked_as"] == {"2026-03-07": 1}
    for manager_id in (anna, boris):
        await put(company, manager_id, OFFICE)
    assert (await company.ask("DELETE", path)).status_code == 204
    assert (await company.ask("GET", path)).status_code == 404


async def test_icalendar_goes_out_and_comes_in(company: Company) -> None:
    anna, boris = await company.manager(), await company.manager("Борис", time_zone="Asia/Kolkata")
    await put(company, anna, {**OFFICE, "holidays": ["ru"]})
    accept = {"Accept": "text/calendar"}
    answer = await company.ask("GET", f"/v1/managers/{anna}/calendar", headers=accept)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    answer = await company.ask(
        "PUT",
        f"/v1/managers/{boris}/calendar",
        content=answer.content,
        headers={"Content-Type": "text/calendar; charset=utf-8"},
        role="supervisor",
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["holidays"] == ["ru"]
    span = ("2026-03-02T00:00Z", "2026-04-02T00:00Z")
    assert await duty(company, boris, *span) == await duty(company, anna, *span)
    bomb = answer.request.content.replace(b"FREQ=WEEKLY", b"FREQ=SECONDLY")
    answer = await company.ask(
        "PUT",
        f"/v1/managers/{boris}/calendar",
        content=bomb,
        headers={"Content-Type": "text/calendar"},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/VEVENT/0/RRULE"
    huge = await company.ask(
        "PUT",
        f"/v1/managers/{boris}/calendar",
        content=b"\n" * 300_000,
        headers={"Content-Type": "text/calendar"},
    )
    assert huge.status_code == 413


async def test_a_calendar_moves_with_its_manager(company: Company) -> None:
    anna = await company.manager()
    await put(company, anna, {**OFFICE, "time_zone": None})
    body = {"name": "Анна", "time_zone": "Asia/Yekaterinburg"}
    answer = await company.ask("PUT", f"/v1/managers/{anna}", json=body)
    assert answer.json()["duty_until"] == "2026-03-02T13:00:00Z"


async def test_a_restored_database_has_the_calendars_without_reasons_of_leave(
    company: Company,
) -> None:
    anna, boris = await company.manager(), await company.manager("Борис")
    leave = {"from": "2026-03-03", "to": "2026-03-03", "reason": "больничный"}
    await put(company, anna, {**OFFICE, "leave": [leave]})
    await put(company, boris, OFFICE)
    assert (await company.ask("DELETE", f"/v1/managers/{boris}/calendar")).status_code == 204
    span = ("2026-03-02T00:00Z", "2026-03-06T00:00Z")
    before = await duty(company, anna, *span)
    events = await journal_events(company.database)
    await company.rows("DELETE FROM calendar RETURNING manager_id")
    await company.rows("UPDATE manager SET duty = 'off', duty_plan = NULL RETURNING manager_id")
    async with transaction(company.database) as session:
        await restore(session, events, now=company.now)
    assert await duty(company, anna, *span) == before
    stored = await company.get(f"/v1/managers/{anna}/calendar")
    assert stored["leave"] == [{**leave, "reason": None}]
    duties = [(await company.get(f"/v1/managers/{one}"))["duty_until"] for one in (anna, boris)]
    assert duties == ["2026-03-02T10:00:00Z", None]
