"""Steps 4 to 6: the season of the past, forecasts and opinions, and the goal corrected by them."""

from decimal import Decimal
from statistics import NormalDist, fmean, median, stdev
from typing import Any

import pytest

from tests.e2e.year import oracle
from tests.e2e.year.company import SEASON, Company, month_before
from tests.e2e.year.market import GOALS, goal_of
from tests.e2e.year.office import Office, exact

FORECASTS, OPINIONS = "/kpi/v1/forecasts", "/kpi/v1/opinions"
STUDENT_OF_3 = 1.6377  # the ninth decile of Student's distribution with three degrees of freedom
STAFF = {"Анна": (150_000, 200_000, 250_000), "Борис": (100_000, 160_000, 220_000)}
EXECUTIVES = {"Вера": (250_000, 350_000, 450_000), "Глеб": (300_000, 400_000, 440_000)}
ROUNDS = ((200_000, 300_000, 400_000, 500_000), (340_000, 350_000, 355_000, 360_000))
SAMPLE, POPULATION = (8_000, 10_000, 12_000, 10_000), 40


async def see_the_season(office: Office, company: Company) -> None:
    """Leads came by the season exactly, two whole years of it around their moving mean."""
    whole = office.days(company.first_month, company.month)
    shown = await office.get("/kpi/v1/seasonality", measure="leads", step="month", **whole)
    assert shown["enough"]
    assert [point["value"] for point in shown["points"]] == [
        SEASON[month_before(company.month, age).month - 1] for age in range(36, 0, -1)
    ]
    indices = [item["index"] for item in shown["indices"]]
    assert indices == pytest.approx([leads * 12 / sum(SEASON) for leads in SEASON], abs=1e-4)
    assert {item["periods"] for item in shown["indices"]} == {2}


async def foretell(office: Office, company: Company) -> dict[str, Any]:
    """The forecast of the revenue of the next twelve months, with all that people think."""
    months = [month_before(company.month, -number) for number in range(12)]
    wish = {"step": "month", "steps": 12, "tz": office.zone.key}
    leads = await office.post(FORECASTS, {**wish, "measure": "leads"})
    assert [step["p50"] for step in leads["steps"]] == [SEASON[one.month - 1] for one in months]
    polls = await _ask_people(office, company)
    made: dict[str, Any] = await office.post(FORECASTS, {**wish, "measure": "revenue"})
    methods = {item["name"]: item for item in made["methods"]}
    assert {"seasonal_naive", "moving_average", "ets_additive", "lead_flow"} <= methods.keys()
    last_year = [
        oracle.sold(company, month_before(one, 12), month_before(one, 11)) for one in months
    ]
    assert [exact(value) for value in methods["seasonal_naive"]["path"]] == last_year
    weights = {name: item["weight"] for name, item in methods.items()}
    assert sum(weights.values()) == pytest.approx(1, abs=1e-3)
    for number, step in enumerate(made["steps"]):
        mixed = sum(weights[name] * methods[name]["path"][number] for name in methods)
        assert step["p50"] == pytest.approx(mixed, rel=1e-3)
        assert step["p10"] <= step["p50"] <= step["p90"]
    assert methods["seasonal_naive"]["mase"] is not None
    assert 0 <= made["coverage"] <= 1
    beside = {item["poll_id"]: item for item in made["opinions"]}
    assert beside.keys() >= set(polls.values())
    assert {item["forecast"] for item in beside.values()} == {made["steps"][0]["p50"]}
    _expect(polls, beside)
    return made


async def _ask_people(office: Office, company: Company) -> dict[str, str]:
    """The staff, executives, experts in two rounds and a sample of customers; ids by kind."""
    month = {"from": company.month.isoformat(), "to": month_before(company.month, -1).isoformat()}
    common = {"name": "Месяц", "measure": "revenue", "currency": "RUB", **month}
    polls: dict[str, str] = {}
    for kind, answers in (("survey", STAFF), ("executives", EXECUTIVES)):
        polls[kind] = (await office.post(OPINIONS, {**common, "kind": kind}))["poll_id"]
        for name, (low, likely, high) in answers.items():
            body = {"respondent": name, "low": low, "likely": likely, "high": high}
            await office.ask("PUT", f"{OPINIONS}/{polls[kind]}/answer", status=204, json=body)
        await office.post(f"{OPINIONS}/{polls[kind]}/close", status=200)
    polls["delphi"] = await _delphi(office, common)
    test = {**common, "kind": "market_test", "sample": SAMPLE, "population": POPULATION}
    polls["market_test"] = (await office.post(OPINIONS, test))["poll_id"]
    return polls


async def _delphi(office: Office, common: dict[str, Any]) -> str:
    """Two rounds of four experts: apart at first, together in the end."""
    poll_id: str = (await office.post(OPINIONS, {**common, "kind": "delphi"}))["poll_id"]
    for number, answers in enumerate(ROUNDS):
        for name, likely in zip("АБВГ", answers, strict=True):
            body = {"respondent": name, "likely": likely}
            await office.ask("PUT", f"{OPINIONS}/{poll_id}/answer", status=204, json=body)
        end = "close" if number else "rounds"
        await office.post(f"{OPINIONS}/{poll_id}/{end}", status=200)
    shown = await office.get(f"{OPINIONS}/{poll_id}")
    assert [(each["q1"], each["median"], each["q3"]) for each in shown["rounds"]] == [
        tuple(oracle.quartile(answers, place) for place in (1, 2, 3)) for answers in ROUNDS
    ]
    assert [each["has_converged"] for each in shown["rounds"]] == [False, True]
    assert shown["answers"] == [], "nobody is told who said what"
    return poll_id


def _expect(polls: dict[str, str], beside: dict[str, Any]) -> None:
    means = [(low + 4 * likely + high) / 6 for low, likely, high in STAFF.values()]
    spread = sum(((high - low) / 6) ** 2 for low, _, high in STAFF.values()) ** 0.5
    survey = beside[polls["survey"]]
    assert survey["p50"] == pytest.approx(sum(means), abs=0.01)
    reach = NormalDist().inv_cdf(0.9) * spread
    assert survey["p10"] == pytest.approx(sum(means) - reach, abs=0.01)
    whole = [(low + 4 * likely + high) / 6 for low, likely, high in EXECUTIVES.values()]
    executives = beside[polls["executives"]]
    assert executives["p50"] == pytest.approx(median(whole), abs=0.01)
    assert executives["p90"] == median(high for _, _, high in EXECUTIVES.values())
    assert beside[polls["delphi"]]["p50"] == median(ROUNDS[-1])
    error = stdev(SAMPLE) / len(SAMPLE) ** 0.5 * (1 - len(SAMPLE) / POPULATION) ** 0.5
    test = beside[polls["market_test"]]
    assert test["p50"] == POPULATION * fmean(SAMPLE)
    assert test["p90"] == pytest.approx(
        POPULATION * (fmean(SAMPLE) + STUDENT_OF_3 * error), rel=1e-4
    )


async def correct_the_goal(office: Office, company: Company, goal_id: str) -> None:
    """The goal lies above what is foretold: it is corrected, and who says why stays."""
    wish = {"measure": "revenue", "step": "month", "steps": 6, "tz": office.zone.key}
    short = await office.post(FORECASTS, wish)
    shown = await office.get(f"{GOALS}/{goal_id}")
    done = oracle.sold(company, month_before(company.month, 6), company.month)
    likely = done + sum((exact(step["p50"]) for step in short["steps"]), Decimal(0))
    outlook = shown["outlook"]
    assert outlook["forecast_id"] == short["forecast_id"]
    assert (exact(outlook["p50"]), exact(outlook["gap"])) == (likely, 9_000_000 - likely)
    assert exact(outlook["gap"]) > 0
    grounds = {"potential_ids": shown["goal"]["potential_ids"]}
    corrections = (
        {"kind": "goal", "value": int(likely), "reason": "Прогноз ниже цели"},
        {"kind": "programme", "value": int(likely), "reason": "Акция на двери в Туле"},
    )
    version = shown["goal"]["version"]
    for correction in corrections:
        body = goal_of(office, company, **grounds, **correction)
        version = (await office.revise("PUT", f"{GOALS}/{goal_id}", version, body))["version"]
    revisions = (await office.get(f"{GOALS}/{goal_id}"))["revisions"]
    assert [(one["kind"], one["reason"]) for one in revisions[:2]] == [
        (one["kind"], one["reason"]) for one in reversed(corrections)
    ]
    assert exact(revisions[0]["value"]) == int(likely)
