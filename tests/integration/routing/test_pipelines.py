"""Pipelines are configured in versions; leads keep to theirs."""

from typing import Any

from tests.integration.routing.harness import Company

STAGES = ["new", "offer", "contract"]


async def put(company: Company, *, key: str = "sales", expect: int = 200, **body: Any) -> Any:
    answer = await company.ask(
        "PUT", f"/v1/pipelines/{key}", json={"name": "Sales", "stages": STAGES, **body}
    )
    assert answer.status_code == expect, answer.text
    return answer.json()


async def test_a_pipeline_is_made_changed_and_shown_in_all_its_versions(company: Company) -> None:
    body = {"key": "sales", "name": "Sales", "stages": STAGES}
    made = await company.ask("POST", "/v1/pipelines", json=body)
    assert made.status_code == 201
    assert (made.json()["stages"], made.json()["version"]) == (STAGES, 1)
    again = await company.ask("POST", "/v1/pipelines", json=body)
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (409, "/key")
    changed = await put(company, terms={"stages": {"offer": {"rot_hours": 24}}})
    assert changed["version"] == 2
    assert changed["terms"]["stages"]["offer"]["rot_hours"] == 24
    assert await company.get("/v1/pipelines/sales") == changed
    versions = (await company.get("/v1/pipelines/sales/versions"))["items"]
    assert [(item["version"], item["actor"]) for item in versions] == [(2, "admin"), (1, "admin")]
    assert versions[1]["terms"]["stages"] == {}
    page = await company.get("/v1/pipelines/sales/versions", params={"limit": "1"})
    rest = await company.get("/v1/pipelines/sales/versions", params={"cursor": page["next_cursor"]})
    assert [item["version"] for item in rest["items"]] == [1]


UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"stages": []}, "/stages"),
    ({"stages": ["new", "new"]}, "/stages"),
    ({"stages": ["n\x00w"]}, "/stages/0"),
    ({"terms": {"stages": {"gone": {}}}}, "/terms"),
    ({"terms": {"stages": {"offer": {"enter_from": ["gone"]}}}}, "/terms"),
    ({"terms": {"stages": {"offer": {"probability": 1.5}}}}, "/terms/stages/offer/probability"),
    ({"terms": {"stages": {"offer": {"rot_hours": "NaN"}}}}, "/terms/stages/offer/rot_hours"),
    ({"terms": {"loss_reasons": ["price", "price"]}}, "/terms/loss_reasons"),
    ({"terms": {"unknown": 1}}, "/terms/unknown"),
    ({"move_leads": {"new": "offer"}}, "/move_leads/new"),
)


async def test_what_is_no_pipeline_is_refused_by_name(company: Company) -> None:
    for body, pointer in UNFIT:
        answer = await put(company, expect=422, **body)
        assert pointer in [error["pointer"] for error in answer["errors"]], pointer


async def test_a_lead_keeps_to_its_version_until_it_enters_a_stage_of_a_newer_one(
    company: Company,
) -> None:
    await company.manager()
    await put(company)
    lead = await company.perform("accept", await company.assigned(pipeline="sales"))
    assert lead["pipeline_version"] == 1
    await put(
        company,
        stages=[*STAGES, "paid"],
        terms={"stages": {"offer": {"requires": ["budget"]}, "paid": {"rot_hours": 1}}},
    )
    lead = await company.perform("stage", lead, stage="offer")
    assert (lead["stage"], lead["pipeline_version"]) == ("offer", 1)
    lead = await company.perform("stage", lead, stage="paid")
    assert (lead["stage"], lead["pipeline_version"]) == ("paid", 2)
    assert lead["rots_at"] == "2026-03-02T10:00:00Z"
    refused = await company.attempt("stage", lead, stage="offer", pipeline_version=1)
    assert refused.json()["errors"][0]["pointer"] == "/pipeline_version"
    other = await company.perform("accept", await company.assigned("other", pipeline="sales"))
    assert other["pipeline_version"] == 2
    await company.check()


async def test_a_lead_may_be_moved_to_a_named_version(company: Company) -> None:
    await company.manager()
    await put(company)
    lead = await company.perform("accept", await company.assigned(pipeline="sales"))
    await put(company, terms={"stages": {"new": {"rot_hours": 2}}})
    lead = await company.perform("stage", lead, stage="new", pipeline_version=2)
    assert (lead["pipeline_version"], lead["rots_at"]) == (2, "2026-03-02T11:00:00Z")


async def test_a_stage_with_open_leads_goes_only_with_a_place_for_them(company: Company) -> None:
    await company.manager()
    await put(company)
    lead = await company.perform("accept", await company.assigned("one", pipeline="sales"))
    lead = await company.perform("stage", lead, stage="offer")
    closed = await company.perform("accept", await company.assigned("two", pipeline="sales"))
    closed = await company.perform("stage", closed, stage="offer")
    closed = await company.perform("lost", closed, loss_reason="price")
    refused = await put(company, expect=409, stages=["new", "contract"])
    assert refused["errors"] == [{"pointer": "/stages", "detail": "1 open leads in offer"}]
    wrong = await put(company, expect=422, stages=["new", "contract"], move_leads={"offer": "gone"})
    assert wrong["errors"][0]["pointer"] == "/move_leads/offer"
    await put(company, stages=["new", "contract"], move_leads={"offer": "contract"})
    moved = await company.lead(lead["lead_id"])
    assert (moved["stage"], moved["pipeline_version"]) == ("contract", 2)
    assert moved["version"] == lead["version"] + 1
    assert (await company.emitted(lead["lead_id"]))[-1] == "lead.stage_changed"
    assert (await company.lead(closed["lead_id"]))["stage"] == "offer"
    await company.check()


async def test_only_a_pipeline_without_leads_goes_and_its_versions_stay(company: Company) -> None:
    await put(company)
    await put(company, key="other")
    await company.inquire(pipeline="sales")
    for key, status in (("default", 409), ("sales", 409), ("other", 204), ("other", 404)):
        answer = await company.ask("DELETE", f"/v1/pipelines/{key}")
        assert answer.status_code == status, key
    assert (await company.ask("GET", "/v1/pipelines/other")).status_code == 404
    assert (await put(company, key="other"))["version"] == 2


async def test_what_was_there_before_keeps_to_the_defaults(company: Company) -> None:
    default = await company.get("/v1/pipelines/default")
    assert default["stages"] == ["new", "in_work", "offer", "negotiation", "contract"]
    assert default["version"] == 1
    assert default["terms"]["enforce"] is True
    assert default["terms"]["stages"] == {}
