"""A poll of which nothing comes is cancelled, with a reason, and says nothing to anybody."""

from shared.database import Database
from tests.integration.kpi.test_opinions import PATH, answered, begun, rows, step
from tests.integration.kpi.test_territories import pointers, send
from tests.support.http_client import Door


async def test_delphi_with_too_few_experts_is_cancelled(database: Database, door: Door) -> None:
    poll_id = await begun(door, kind="delphi")
    for name in ("Анна", "Борис"):
        await answered(door, poll_id, name, 100)
    assert (await step(door, poll_id, "close")).status_code == 409
    place = f"{PATH}/{poll_id}"
    assert pointers(await send(door, "POST", f"{place}/cancel", {"reason": " "})) == ["/reason"]
    answer = await send(door, "POST", f"{place}/cancel", {"reason": "Экспертов всего двое"})
    assert answer.status_code == 200, answer.text
    shown = (await send(door, "GET", place)).json()
    assert (shown["cancel_reason"], shown["band"], shown["present_answers"]) == (
        "Экспертов всего двое", None, 0,
    )  # fmt: skip
    assert shown["closed_at"] is not None
    assert await rows(database, "SELECT * FROM opinion_answer") == []
    assert await rows(database, "SELECT salt FROM opinion_poll") == [(None,)]
    body = {"respondent": "Вера", "likely": 1}
    assert (await send(door, "PUT", f"{place}/answer", body)).status_code == 409
    again = await send(door, "POST", f"{place}/cancel", {"reason": "ещё раз"})
    assert again.status_code == 409


async def test_any_open_poll_is_cancelled_and_stays_in_the_list(door: Door) -> None:
    poll_id = await begun(door, kind="survey")
    await answered(door, poll_id, "Анна", 100)
    await send(door, "POST", f"{PATH}/{poll_id}/cancel", {"reason": "ошиблись днями"})
    (listed,) = (await send(door, "GET", PATH)).json()["items"]
    assert listed["cancel_reason"] == "ошиблись днями"
