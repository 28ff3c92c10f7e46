"""Rules are tried before they are used: on facts, on a recorded lead, on the leads of a month."""

from typing import Any

import pytest

from shared.contracts.inquiry import Campaign
from shared.ids import new_id
from tests.integration.routing.harness import Company

TEST = "/v1/pools/test"
KITCHENS = {
    "key": "kitchens",
    "rules": [
        {"when": {"channel": ["call"]}},
        {"when": {"product": ["kitchen"], "not": {"region": ["тверь"]}}},
    ],
    "policy": {"units": {"form": 2}, "skills": {"b2b": 2}, "match": ["language", "region"]},
}


async def ask(company: Company, path: str = TEST, **body: Any) -> Any:
    answer = await company.ask("POST", path, role="supervisor", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_draft_is_explained_fact_by_fact(company: Company) -> None:
    facts = {"channel": "form", "product": "White kitchen", "region": "Москва", "language": "ru"}
    trial = await ask(company, facts=facts, pools=[KITCHENS])
    assert (trial["pool"], trial["by"], trial["rule"]) == ("kitchens", "rule", 1)
    assert trial["work_units"] == 2
    assert trial["needs"] == {
        "skills": {"b2b": 2.0},
        "match": {"language": "ru", "region": "Москва"},
        "prefer": {},
    }
    first, second = trial["tried"]
    assert first["facts"] == [
        {
            "fact": "channel",
            "negated": False,
            "holds": False,
            "wanted": ["call"],
            "present": ["form"],
        }
    ]
    assert [verdict["holds"] for verdict in second["facts"]] == [True, True]
    assert (await ask(company, facts=facts))["by"] == "default"
    assert (await company.get("/v1/pools"))["items"][0]["key"] == "default"


async def test_the_moment_and_the_source_may_be_given(company: Company) -> None:
    night = {"days": ["mon"], "from": "20:00", "to": "08:00", "time_zone": "UTC"}
    draft = [{"key": "night", "rules": [{"when": {"week": [night]}}]}]
    facts = {"channel": "form"}
    for at, pool in (("2026-03-02T21:00:00Z", "night"), ("2026-03-02T12:00:00Z", "default")):
        assert (await ask(company, facts=facts, at=at, pools=draft))["pool"] == pool
    trial = await ask(
        company, facts=facts, at="2026-03-02T12:00:00Z", pools=draft, source_pool="night"
    )
    assert (trial["pool"], trial["by"]) == ("night", "source")


async def test_recorded_leads_and_inquiries_are_tried(company: Company) -> None:
    event = company.inquiry(
        product_interest="kitchen", source_key="site", campaign=Campaign(utm_source="google")
    )
    await company.consume(event)
    lead = await company.lead_of(event.inquiry_id)
    rule = {"product": ["kitchen"], "source": ["site"], "utm_source": ["google"]}
    draft = [{"key": "kitchens", "rules": [{"when": rule}]}]
    for subject in ({"lead_id": lead["lead_id"]}, {"inquiry_id": str(event.inquiry_id)}):
        trial = await ask(company, **subject, pools=draft)
        assert (trial["pool"], trial["not_recorded"]) == ("kitchens", ["city"])


async def test_the_leads_of_the_last_days_are_tried_in_pages(company: Company) -> None:
    await company.inquire("early", product_interest="kitchen")
    company.pass_time(days=2)
    for name in range(5):
        product = "kitchen" if name % 2 else None
        await company.inquire(f"c{name}", product_interest=product, is_test=name == 4)
    body: dict[str, Any] = {"days": 1, "pools": [KITCHENS], "limit": 2}
    leads = moves = 0
    cursor = None
    while True:
        page = await ask(company, f"{TEST}/batch", **body, cursor=cursor)
        leads, moves = leads + page["leads"], moves + page["moves"]
        for flow in page["flows"]:
            assert (flow["from_pool"], flow["to_pool"]) == ("default", "kitchens")
        for example in page["examples"]:
            assert (await company.lead(example["lead_id"]))["product"] == "kitchen"
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert (leads, moves) == (4, 2)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/facts"),
        ({"facts": {"channel": "form"}, "lead_id": str(new_id())}, "/facts"),
        ({"facts": {}}, "/facts/channel"),
        ({"facts": {"channel": "form"}, "pipeline": "none"}, "/pipeline"),
        ({"facts": {"channel": "form"}, "at": "0001-01-01T00:00:00Z"}, "/at"),
        (
            {"facts": {"channel": "form"}, "pools": [{"key": "a", "rules": [{"when": {"x": []}}]}]},
            "/pools/0/rules/0/when/x",
        ),
    ],
)
async def test_a_bad_question_is_refused_by_name(
    company: Company, body: dict[str, Any], pointer: str
) -> None:
    answer = await company.ask("POST", TEST, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("when", "pointer"),
    [
        ({"amount": {}}, "/amount/from"),
        ({"amount": {"from": 5, "to": 5}}, "/amount/to"),
        ({"amount": {"from": -1}}, "/amount/from"),
        ({"week": []}, "/week"),
        ({"week": [{"days": ["mon", "mon"]}]}, "/week/0/days"),
        ({"week": [{"from": "24:00"}]}, "/week/0/from"),
        ({"week": [{"from": "10:00", "to": "10:00"}]}, "/week/0/to"),
        ({"week": [{"time_zone": "Mars/Base"}]}, "/week/0/time_zone"),
        ({"not": {"not": {"channel": ["call"]}}}, "/not/not"),
        ({"not": {"product": []}}, "/not/product"),
        ({"city": ["a\x00"]}, "/city/0"),
    ],
)
async def test_a_bad_rule_is_refused_by_name(
    company: Company, when: dict[str, Any], pointer: str
) -> None:
    body = {"name": "x", "rules": [{"when": when}]}
    answer = await company.ask("PUT", "/v1/pools/some", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/rules/0/when{pointer}"


async def test_whom_nobody_knows_is_not_tried(company: Company) -> None:
    for subject in ("lead_id", "inquiry_id"):
        answer = await company.ask("POST", TEST, json={subject: str(new_id())})
        assert answer.status_code == 404
