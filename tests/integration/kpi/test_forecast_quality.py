"""A forecast is judged by what came of the steps that are over."""

from datetime import UTC, datetime
from typing import Any

from tests.integration.kpi.paying import ANNA, Payroll
from tests.integration.kpi.test_opinion_records import WEEKS, a_past, amount, monday
from tests.support.event_streams import some_id


async def quality(payroll: Payroll, forecast_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = await payroll.ask("GET", f"/v1/forecasts/{forecast_id}/quality")
    return shown


async def test_only_steps_that_are_over_are_judged(payroll: Payroll) -> None:
    await a_past(payroll)
    payroll.at(2026, 3, 2, 9)  # the Monday after thirteen weeks
    body = {"measure": "revenue", "step": "week", "steps": 3, "tz": "Europe/Moscow"}
    made = await payroll.ask("POST", "/v1/forecasts", json=body, status=201)
    assert [step["day"] for step in made["steps"]] == ["2026-03-02", "2026-03-09", "2026-03-16"]
    assert (await quality(payroll, made["forecast_id"]))["steps"] == []
    payroll.clock[0] = datetime(2026, 3, 17, 9, tzinfo=UTC)
    shown = await quality(payroll, made["forecast_id"])
    facts = [amount(13), amount(14)]
    assert monday(13).isoformat() == "2026-03-02"
    assert WEEKS == 16
    assert [(step["p50"], step["fact"]) for step in shown["steps"]] == [
        (step["p50"], fact) for step, fact in zip(made["steps"][:2], facts, strict=True)
    ]
    differences = [step["p50"] - fact for step, fact in zip(made["steps"][:2], facts, strict=True)]
    assert shown["error"] == round(sum(map(abs, differences)) / sum(facts), 4)
    assert shown["bias"] == round(sum(differences) / sum(facts), 4)
    assert shown["score"] == round(1 - shown["error"], 4)


async def test_a_sale_that_becomes_known_late_changes_what_came(payroll: Payroll) -> None:
    await a_past(payroll)
    payroll.at(2026, 3, 2, 9)
    body = {"measure": "revenue", "step": "week", "steps": 1, "tz": "Europe/Moscow"}
    made = await payroll.ask("POST", "/v1/forecasts", json=body, status=201)
    payroll.at(2026, 3, 4, 10)
    payroll.won("ещё одна", ANNA, 500)
    await payroll.consume()
    payroll.clock[0] = datetime(2026, 3, 9, 9, tzinfo=UTC)
    (step,) = (await quality(payroll, made["forecast_id"]))["steps"]
    assert step["fact"] == amount(13) + 500
    missing = some_id("forecast", "нет")
    await payroll.ask("GET", f"/v1/forecasts/{missing}/quality", status=404)
