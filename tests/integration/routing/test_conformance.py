"""The way of leads through their pipelines is kept with each change, and measured."""

from typing import Any

from tests.integration.routing.harness import Company

PERIOD = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}


async def configure(company: Company, **terms: Any) -> None:
    body = {"name": "Sales", "stages": ["new", "offer", "contract"], "terms": terms}
    answer = await company.ask("PUT", "/v1/pipelines/sales", json=body)
    assert answer.status_code == 200, answer.text


async def test_a_lead_shows_its_way_and_its_deviations(company: Company) -> None:
    anna = await company.manager()
    terms = {"contract": {"skip": False, "requires": ["budget"]}, "new": {"max_hours": 1}}
    await configure(company, enforce=False, stages=terms)
    lead = await company.perform("accept", await company.assigned(pipeline="sales"))
    company.pass_time(hours=2)
    lead = await company.perform("stage", lead, stage="contract", facts={"other": "x"})
    lead = await company.perform("lost", lead, loss_reason="price")
    lead = await company.perform("reopen", lead, reason="again")
    measured = await company.get(
        f"/v1/leads/{lead['lead_id']}/conformance", role="manager", manager_id=anna
    )
    assert [(step["from_stage"], step["stage"], step["state"]) for step in measured["steps"]] == [
        (None, "new", "open"),
        ("new", "contract", "open"),
        ("contract", "contract", "lost"),
        ("contract", "contract", "open"),
    ]
    assert measured["steps"][1]["facts"] == ["other"]
    assert measured["steps"][1]["actor"] == f"manager:{anna}"
    assert measured["steps"][1]["manager_id"] == str(anna)
    assert [(item["kind"], item["fact"]) for item in measured["deviations"]] == [
        ("overstayed", None),
        ("skipped", None),
        ("missing", "budget"),
    ]
    assert measured["conforms"] is False
    boris = await company.manager("Boris")
    foreign = await company.ask(
        "GET", f"/v1/leads/{lead['lead_id']}/conformance", role="manager", manager_id=boris
    )
    assert foreign.status_code == 404


async def test_a_pipeline_is_measured_over_the_leads_of_a_period(company: Company) -> None:
    await company.manager()
    await configure(company, enforce=False, stages={"contract": {"skip": False}})
    straight = await company.perform("accept", await company.assigned("a", pipeline="sales"))
    straight = await company.perform("stage", straight, stage="offer")
    await company.perform("stage", straight, stage="contract")
    leaps = []
    for who in ("b", "c"):
        lead = await company.perform("accept", await company.assigned(who, pipeline="sales"))
        leaps.append(await company.perform("stage", lead, stage="contract"))
    await company.inquire("test", pipeline="sales", is_test=True)
    await company.inquire("elsewhere")
    measured = await company.get("/v1/pipelines/sales/conformance", params=PERIOD)
    assert (measured["leads"], measured["conforming"]) == (3, 1)
    assert abs(measured["share"] - 1 / 3) < 1e-9
    assert measured["deviations"] == [
        {
            "kind": "skipped",
            "stage": "contract",
            "fact": None,
            "leads": 2,
            "times": 2,
            "lead_ids": [leaps[1]["lead_id"], leaps[0]["lead_id"]],
        }
    ]
    nothing = {"from": "2025-03-01T00:00:00Z", "to": "2025-04-01T00:00:00Z"}
    empty = await company.get("/v1/pipelines/sales/conformance", params=nothing)
    assert (empty["leads"], empty["share"], empty["deviations"]) == (0, None, [])


async def test_a_later_version_does_not_judge_what_was_done_before(company: Company) -> None:
    await company.manager()
    await configure(company)
    lead = await company.perform("accept", await company.assigned(pipeline="sales"))
    await company.perform("stage", lead, stage="contract")
    await configure(company, stages={"contract": {"skip": False}})
    measured = await company.get("/v1/pipelines/sales/conformance", params=PERIOD)
    assert (measured["leads"], measured["conforming"]) == (1, 1)


async def test_periods_that_are_none_are_refused_by_name(company: Company) -> None:
    path = "/v1/pipelines/default/conformance"
    for params, pointer in (
        ({"from": PERIOD["to"], "to": PERIOD["from"]}, "/to"),
        ({"from": "x", "to": PERIOD["to"]}, "/from"),
        ({"from": "2026-03-01T00:00:00", "to": PERIOD["to"]}, "/from"),
        ({"from": PERIOD["from"]}, "/to"),
    ):
        answer = await company.ask("GET", path, params=params)
        assert answer.status_code == 422, params
        assert answer.json()["errors"][0]["pointer"] == pointer
    gone = await company.ask("GET", "/v1/pipelines/gone/conformance", params=PERIOD)
    assert gone.status_code == 404
