"""How good forecasts were over time: each thing by months, as it was foretold before the facts."""

from datetime import UTC, datetime
from typing import Any

from tests.integration.kpi.paying import ANNA, Payroll
from tests.integration.kpi.test_opinion_records import a_past, amount

PATH = "/v1/forecasts"


async def qualities(payroll: Payroll, **params: Any) -> dict[str, Any]:
    shown: dict[str, Any] = await payroll.ask("GET", f"{PATH}/quality", params=params)
    return shown


async def made(payroll: Payroll, **more: Any) -> list[float]:
    """The likeliest values of a forecast that is made now."""
    body = {"measure": "revenue", "step": "week", "steps": 3, "tz": "Europe/Moscow", **more}
    whole = await payroll.ask("POST", PATH, json=body, status=201)
    return [step["p50"] for step in whole["steps"]]


async def two_forecasts(payroll: Payroll) -> tuple[list[float], list[float]]:
    """On the 23rd of February, and a week later; now is the 17th of March."""
    await a_past(payroll)
    payroll.at(2026, 2, 23, 9)
    first = await made(payroll)
    payroll.at(2026, 3, 2, 9)
    second = await made(payroll)
    payroll.clock[0] = datetime(2026, 3, 17, 9, tzinfo=UTC)
    return first, second


async def test_each_step_is_judged_as_it_was_foretold_last(payroll: Payroll) -> None:
    first, second = await two_forecasts(payroll)
    (item,) = (await qualities(payroll))["items"]
    assert {name: item[name] for name in ("measure", "axis", "key", "currency", "step")} == {
        "measure": "revenue", "axis": "company", "key": None, "currency": "RUB", "step": "week",
    }  # fmt: skip
    # The weeks from the 23rd of February, and from the 2nd and 9th of March.
    pairs = list(zip([first[0], *second[:2]], map(amount, (12, 13, 14)), strict=True))
    february, march = item["months"]
    assert (february["month"], february["steps"]) == ("2026-02", 1)
    assert (march["month"], march["steps"]) == ("2026-03", 2)
    for shown, each in ((item, pairs), (february, pairs[:1]), (march, pairs[1:])):
        total = sum(fact for _, fact in each)
        error = round(sum(abs(value - fact) for value, fact in each) / total, 4)
        bias = round(sum(value - fact for value, fact in each) / total, 4)
        assert (shown["error"], shown["bias"]) == (error, bias)
        assert shown["score"] == round(1 - error, 4)
        assert 0 <= shown["within"] <= 1
    only = (await qualities(payroll, **{"from": "2026-03-01", "to": "2026-03-09"}))["items"][0]
    assert (only["steps"], [month["month"] for month in only["months"]]) == (1, ["2026-03"])


async def test_what_was_said_afterwards_is_not_judged(payroll: Payroll) -> None:
    _, second = await two_forecasts(payroll)
    before = (await qualities(payroll))["items"]
    late = await made(payroll, to="2026-03-02", **{"from": "2025-12-22"})
    assert late != second, "of the same weeks, which are over"
    assert (await qualities(payroll))["items"] == before


async def test_things_are_listed_page_by_page(payroll: Payroll) -> None:
    await two_forecasts(payroll)
    payroll.clock[0] = datetime(2026, 3, 2, 9, tzinfo=UTC)
    await made(payroll, axis="manager", key=str(ANNA))
    await made(payroll, measure="quantity")
    payroll.clock[0] = datetime(2026, 3, 17, 9, tzinfo=UTC)
    whole = (await qualities(payroll))["items"]
    assert [(item["measure"], item["axis"], item["key"]) for item in whole] == [
        ("quantity", "company", None),
        ("revenue", "company", None),
        ("revenue", "manager", str(ANNA)),
    ]
    walk, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        shown = await qualities(payroll, **params)
        walk += shown["items"]
        cursor = shown["next_cursor"]
        if cursor is None:
            break
    assert walk == whole
    assert (await qualities(payroll, measure="quantity"))["items"] == whole[:1]
    assert (await qualities(payroll, axis="manager", key=str(ANNA)))["items"] == whole[2:]
    assert (await qualities(payroll, step="day"))["items"] == []
    for params, pointer in (
        ({"from": "2026-03-01", "to": "2026-03-01"}, "/to"),
        ({"from": "2000-01-01", "to": "2026-03-01"}, "/to"),
        ({"cursor": "???"}, "/cursor"),
        ({"axis": "weather"}, "/axis"),
    ):
        headers = payroll.door.as_("supervisor")
        answer = await payroll.door.client.get(f"{PATH}/quality", params=params, headers=headers)
        assert answer.status_code == 422, params
        assert answer.json()["errors"][0]["pointer"] == pointer
