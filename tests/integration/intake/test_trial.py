"""Trying a source: what would come of a sample, a request, or a stored submission."""

from typing import Any

import pytest

from tests.integration.intake.harness import House


async def tried(house: House, source: str, body: dict[str, Any], *, status: int = 200) -> Any:
    answer = await house.client.post(
        f"/v1/sources/{source}/try", json=body, headers=house.as_("admin")
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_the_providers_sample(house: House) -> None:
    await house.source(key="quiz", adapter="typeform", secrets={"secret": "s3cret"})
    trial = await tried(house, "quiz", {})
    (inquiry,) = trial["inquiries"]
    assert (inquiry["channel"], trial["reason"], trial["handshake"]) == ("form", None, None)
    (count,) = await house.rows("SELECT count(*) AS n FROM submission")
    assert count["n"] == 0


async def test_a_request_by_another_mapping(house: House) -> None:
    await house.source(key="odd", adapter="generic-json", mapping={"text": "words"})
    request = {
        "headers": {"Content-Type": "application/json"},
        "body": '{"tel1": "+79161234567", "words": "Привет"}',
    }
    assert (await tried(house, "odd", {"request": request}))["inquiries"][0]["text"] == "Привет"
    mapping = {"contact.phones": "tel1"}
    (inquiry,) = (await tried(house, "odd", {"request": request, "mapping": mapping}))["inquiries"]
    assert inquiry["contact"]["phones"] == ["+79161234567"]
    assert (await house.get("/v1/sources/odd"))["mapping"] == {"text": "words"}


async def test_a_stored_submission(house: House) -> None:
    await house.source(key="odd", adapter="generic-json")
    await house.source(key="other", adapter="generic-json")
    answer = await house.hook("odd", b'{"who": "Anna"}', content_type="application/json")
    submission = answer.headers["leadflow-receipt"]
    body = {"submission_id": submission, "mapping": {"contact.name": "who"}}
    (inquiry,) = (await tried(house, "odd", body))["inquiries"]
    assert inquiry["contact"]["name"] == "Anna"
    await tried(house, "other", body, status=404)


@pytest.mark.parametrize(
    ("body", "reason"),
    [("{", "bad_json"), ("[1]", "not_an_object"), ("", "empty"), ('{"a":' * 70, "too_deep")],
)
async def test_the_reason_why_nothing_comes_of_it(house: House, body: str, reason: str) -> None:
    await house.source(key="odd", adapter="generic-json")
    request = {"headers": {"content-type": "application/json"}, "body": body}
    trial = await tried(house, "odd", {"request": request})
    assert (trial["inquiries"], trial["reason"]) == ([], reason)


async def test_a_handshake_is_told_apart(house: House) -> None:
    await house.source(key="site", adapter="tilda")
    form = {"content-type": "application/x-www-form-urlencoded"}
    trial = await tried(house, "site", {"request": {"headers": form, "body": "test=test"}})
    assert (trial["handshake"], trial["inquiries"], trial["reason"]) == (200, [], None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"mapping": {"contact.name": "a b ("}}, "/mapping/contact.name"),
        ({"request": {"method": "DELETE"}}, "/request/method"),
        ({"request": {"body": 5}}, "/request/body"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_what_cannot_be_tried_is_named(
    house: House, body: dict[str, Any], pointer: str
) -> None:
    await house.source(key="odd", adapter="generic-json")
    problem = await tried(house, "odd", body, status=422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_an_adapter_without_a_sample_asks_for_a_request(house: House) -> None:
    problem = await tried(house, "api", {}, status=422)
    assert [error["pointer"] for error in problem["errors"]] == ["/request"]
