"""Opinions are judged once their days are over, and weigh by their past in what comes next."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.integration.kpi.paying import ANNA, Payroll

PATH = "/v1/opinions"
FIRST = date(2025, 12, 1)  # a Monday
WEEKS = 16


def amount(week: int) -> int:
    return 900 + 60 * (week * 5 % 7)


def monday(week: int) -> date:
    return FIRST + timedelta(weeks=week)


def early(payroll: Payroll, week: int) -> None:
    """Now is the Friday before that week."""
    day = monday(week) - timedelta(days=3)
    payroll.at(day.year, day.month, day.day, 9)


async def a_past(payroll: Payroll) -> None:
    """A sale in each of sixteen weeks."""
    for week in range(WEEKS):
        day = monday(week) + timedelta(days=2)
        payroll.at(day.year, day.month, day.day, 9)
        payroll.won(f"неделя {week}", ANNA, amount(week))
    await payroll.consume()


async def asked(payroll: Payroll, week: int, likely: float) -> str:
    """The id of a poll of executives about a week, closed at this moment."""
    body = {
        "kind": "executives", "name": f"Неделя {week}", "measure": "revenue", "currency": "RUB",
        "from": monday(week).isoformat(), "to": monday(week + 1).isoformat(),
    }  # fmt: skip
    poll_id: str = (await payroll.ask("POST", PATH, json=body, status=201))["poll_id"]
    answer = {"respondent": "Борис", "likely": likely}
    await payroll.ask("PUT", f"{PATH}/{poll_id}/answer", json=answer, status=204)
    await payroll.ask("POST", f"{PATH}/{poll_id}/close")
    return poll_id


async def forecast(payroll: Payroll) -> dict[str, Any]:
    body = {"measure": "revenue", "step": "week", "steps": 2, "tz": "Europe/Moscow"}
    made: dict[str, Any] = await payroll.ask("POST", "/v1/forecasts", json=body, status=201)
    return made


async def test_a_poll_shows_how_far_it_was_off(payroll: Payroll) -> None:
    await a_past(payroll)
    early(payroll, 10)
    poll_id = await asked(payroll, 10, 1.2 * amount(10))
    view = await payroll.ask("GET", f"{PATH}/{poll_id}")
    assert (view["fact"], view["error"]) == (None, None)
    early(payroll, 12)
    view = await payroll.ask("GET", f"{PATH}/{poll_id}")
    assert (view["fact"], view["error"]) == (amount(10), 0.2)
    own: dict[str, Any] = {"role": "manager", "own": ANNA}
    view = await payroll.ask("GET", f"{PATH}/{poll_id}", **own)
    assert (view["fact"], view["error"], view["answers"]) == (None, None, [])


async def test_opinions_with_a_past_are_combined_with_the_forecast(payroll: Payroll) -> None:
    await a_past(payroll)
    for week, share in ((11, 1.05), (12, 0.95), (13, 1.05)):
        early(payroll, week)
        await asked(payroll, week, share * amount(week))
    early(payroll, WEEKS)
    now = payroll.now
    payroll.clock[0] = datetime(2026, 3, 23, 9, tzinfo=UTC)  # the first day of the next week
    made = await forecast(payroll)
    assert (made["opinions"], made["together"]) == ([], [])
    payroll.clock[0] = now
    await asked(payroll, WEEKS, 1000)
    payroll.clock[0] = datetime(2026, 3, 23, 9, tzinfo=UTC)
    shown = await payroll.ask("GET", f"/v1/forecasts/{made['forecast_id']}")
    (opinion,) = shown["opinions"]
    assert (opinion["judged"], opinion["mape"]) == (3, 0.05)
    (together,) = shown["together"]
    likeliest, mape = shown["steps"][0]["p50"], shown["mape"]
    assert opinion["forecast"] == likeliest
    # Inverse squares, without what is more than 1.3 times worse than the best.
    squares = {"forecast": mape**2, "executives": 0.05**2}
    least = min(squares.values())
    parts = {name: 1 / each for name, each in squares.items() if each <= 1.3 * least}
    weights = {name: parts.get(name, 0) / sum(parts.values()) for name in squares}
    assert together["weights"] == {
        name: pytest.approx(weight, abs=1e-3) for name, weight in weights.items()
    }
    expected = weights["forecast"] * likeliest + weights["executives"] * 1000
    assert together["value"] == pytest.approx(expected, abs=0.5)
    assert weights["executives"] > 0.5


async def three_judged(payroll: Payroll) -> None:
    """Three polls of executives that were off by a twentieth, and one of the week to come."""
    await a_past(payroll)
    for week, share in ((11, 1.05), (12, 0.95), (13, 1.05)):
        early(payroll, week)
        await asked(payroll, week, share * amount(week))
    early(payroll, WEEKS)


async def test_judged_opinions_have_a_part_in_the_band(payroll: Payroll) -> None:
    await three_judged(payroll)
    now = payroll.now
    payroll.clock[0] = datetime(2026, 3, 23, 9, tzinfo=UTC)
    plain = await forecast(payroll)
    assert plain["taken_in"] == []
    assert [step["methods_p50"] for step in plain["steps"]] == [
        step["p50"] for step in plain["steps"]
    ]
    payroll.clock[0] = now
    await asked(payroll, WEEKS, 1000)
    payroll.clock[0] = datetime(2026, 3, 23, 9, tzinfo=UTC)
    made = await forecast(payroll)
    (taken,) = made["taken_in"]
    assert (taken["from"], taken["to"]) == (monday(WEEKS).isoformat(), "2026-03-30")
    voices = {voice["kind"]: voice for voice in taken["voices"]}
    own, executives = voices["forecast"], voices["executives"]
    assert (executives["value"], executives["judged"], executives["mape"]) == (1000, 3, 0.05)
    assert (own["value"], own["judged"]) == (plain["steps"][0]["p50"], None)
    assert own["weight"] + executives["weight"] == pytest.approx(1)
    first, second = made["steps"]
    assert first["p50"] == made["together"][0]["value"]
    expected = own["weight"] * own["value"] + executives["weight"] * 1000
    assert first["p50"] == pytest.approx(expected, abs=0.5)
    # Facts lay a twentieth below, above and below what was said: wider than these, of three.
    lowest = own["weight"] * plain["steps"][0]["p10"] + executives["weight"] * 1000 * (1 - 0.0477)
    assert plain["steps"][0]["p10"] < first["p10"] < lowest
    assert first["p10"] < first["p50"] < first["p90"]
    assert second == plain["steps"][1], "of other days nobody said anything"
    moved = sum(step["p50"] for step in made["steps"])
    assert made["total_p50"] == pytest.approx(moved, abs=1)
    assert made["total_p10"] < made["total_p50"] < made["total_p90"]
    shown = await payroll.ask("GET", f"/v1/forecasts/{made['forecast_id']}")
    assert (shown["taken_in"], shown["steps"]) == (made["taken_in"], made["steps"])
    assert shown["together"] == made["together"], "no opinion counts twice"
    old = await payroll.ask("GET", f"/v1/forecasts/{plain['forecast_id']}")
    assert old["steps"] == plain["steps"], "what is kept never changes"


async def test_what_was_closed_late_is_not_judged(payroll: Payroll) -> None:
    await a_past(payroll)
    for week in (11, 12, 13):
        early(payroll, week + 1)
        await asked(payroll, week, amount(week))
    early(payroll, WEEKS)
    await asked(payroll, WEEKS, 1000)
    payroll.clock[0] = datetime(2026, 3, 23, 9, tzinfo=UTC)
    made = await forecast(payroll)
    (opinion,) = made["opinions"]
    assert (opinion["judged"], opinion["mape"], made["together"]) == (0, None, [])
