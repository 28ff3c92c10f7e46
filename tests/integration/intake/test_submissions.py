"""Quarantine is a waiting room: look, repair, normalise again; the original stays as it came."""

import base64
from typing import Any

import pytest

from shared.ids import new_id
from tests.integration.intake.harness import House, one

BROKEN = b'{"name": "Anna", "phone": "+79161234567"'
MENDED = '{"name": "Anna", "phone": "+79161234567"}'


async def quarantined(house: House, body: bytes = BROKEN) -> str:
    await house.source(key="gen", adapter="generic-json")
    answer = await house.hook("gen", body, content_type="application/json")
    await house.normalise()
    receipt = await house.receipt(answer)
    assert receipt["state"] == "quarantined"
    return str(receipt["receipt_id"])


async def repair(house: House, submission_id: str, role: str = "admin", **body: Any) -> int:
    answer = await house.client.post(
        f"/v1/submissions/{submission_id}/repair", json=body, headers=house.as_(role)
    )
    return answer.status_code


async def renormalise(house: House, **body: Any) -> Any:
    answer = await house.client.post(
        "/v1/submissions/renormalise", json=body, headers=house.as_("ops")
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_replaced_body_becomes_an_inquiry_and_the_original_is_kept(house: House) -> None:
    submission_id = await quarantined(house)
    assert await repair(house, submission_id, body=MENDED) == 202
    assert (await house.get(f"/v1/receipts/{submission_id}"))["state"] == "pending"
    await house.normalise()
    receipt = await house.get(f"/v1/receipts/{submission_id}")
    assert receipt["state"] == "normalised"
    event = one(await house.emitted("inquiry.received"))
    assert event["contact"]["phones"] == ["+79161234567"]
    submission = await house.get(f"/v1/submissions/{submission_id}")
    assert base64.b64decode(submission["body_base64"]) == BROKEN
    assert submission["repaired_body"] == MENDED
    assert submission["repaired_by"] == "admin"


async def test_overrides_are_laid_over_what_is_read(house: House) -> None:
    submission_id = await quarantined(house)
    overrides = {"contact": {"emails": ["anna@example.com"]}, "priority_class": "high"}
    assert await repair(house, submission_id, body=MENDED, overrides=overrides) == 202
    await house.normalise()
    event = one(await house.emitted("inquiry.received"))
    assert event["contact"]["emails"] == ["anna@example.com"]
    assert event["contact"]["phones"] == ["+79161234567"], "what is not overridden stays"
    assert event["priority_class"] == "high"


async def test_a_repair_that_does_not_help_is_quarantined_again(house: House) -> None:
    submission_id = await quarantined(house)
    assert await repair(house, submission_id, body="[]") == 202
    await house.normalise()
    assert (await house.get(f"/v1/receipts/{submission_id}"))["reason"] == "not_an_object"
    assert await repair(house, submission_id, body=MENDED, overrides={"channel": None}) == 202
    await house.normalise()
    assert (await house.get(f"/v1/receipts/{submission_id}"))["reason"] == "invalid_body"


async def test_what_is_normalised_is_not_repaired(house: House) -> None:
    answer = await house.native({"channel": "form"})
    await house.normalise()
    assert await repair(house, answer.json()["receipt_id"], body=MENDED) == 409
    assert await repair(house, str(new_id()), body=MENDED) == 404
    submission_id = await quarantined(house)
    assert await repair(house, submission_id) == 422


async def test_renormalise_by_filter_with_counts(house: House) -> None:
    submission_id = await quarantined(house)
    other = await house.hook("gen", b"[]", content_type="application/json")
    await house.normalise()
    assert await renormalise(house, reason="too_deep") == {"matched": 0, "queued": 0}
    assert await renormalise(house, reason="bad_json") == {"matched": 1, "queued": 1}
    assert (await house.get(f"/v1/receipts/{submission_id}"))["state"] == "pending"
    assert (await house.receipt(other))["state"] == "quarantined"
    await house.normalise()
    assert await renormalise(house) == {"matched": 2, "queued": 2}
    await house.normalise()
    ids = [submission_id, str(new_id())]
    assert await renormalise(house, ids=ids) == {"matched": 1, "queued": 1}
    source_id = (await house.get("/v1/sources/api"))["source_id"]
    assert await renormalise(house, source_id=source_id) == {"matched": 0, "queued": 0}


async def test_a_normalised_submission_is_never_normalised_again(house: House) -> None:
    await house.native({"channel": "form"})
    await house.normalise()
    refusal = await house.client.post(
        "/v1/submissions/renormalise", json={"state": "normalised"}, headers=house.as_("admin")
    )
    assert refusal.status_code == 422
    assert await house.normalise() == 0
    assert await house.count("inquiry") == 1


async def test_cookies_and_secrets_are_masked_for_all_but_admin(house: House) -> None:
    await house.source(key="tilda-1", adapter="tilda", secrets={"api_key": "S3CRET-KEY"})
    body = (
        b"Name=Anna&COOKIES=sessionid%3Dabc123%3B+TILDAUTM%3Dutm_source%253Dya"
        b"&apikey=S3CRET-KEY&tranid=1:2"
    )
    answer = await house.hook(
        "tilda-1", body, content_type="application/x-www-form-urlencoded", x_api_token="tok-1"
    )
    path = f"/v1/submissions/{answer.headers['leadflow-receipt']}"
    whole = await house.get(path)
    assert whole["masked"] is False
    assert base64.b64decode(whole["body_base64"]) == body
    answer = await house.client.get(path, headers=house.as_("supervisor"))
    assert answer.status_code == 200
    assert answer.json()["masked"] is True
    assert "Anna" in answer.json()["body"]
    for secret in ("abc123", "S3CRET-KEY", "tok-1"):
        assert secret not in answer.text


async def test_what_cannot_be_taken_apart_is_not_shown_to_a_supervisor(house: House) -> None:
    submission_id = await quarantined(house, b'{"cookies": "sessionid=abc123", ')
    submission = await house.get(f"/v1/submissions/{submission_id}", role="supervisor")
    assert submission["body"] is None
    assert submission["body_bytes"] > 0


@pytest.mark.parametrize("path", ["/v1/submissions", "/v1/inquiries", "/v1/contacts"])
async def test_a_full_walk_gives_each_row_once_while_rows_arrive(house: House, path: str) -> None:
    for number in range(25):
        house.time.pass_(seconds=number % 3)
        await house.native({"channel": "form", "contact": {"phones": [f"+791600000{number:02d}"]}})
    await house.normalise()
    id_of = {"/v1/submissions": "receipt_id", "/v1/inquiries": "inquiry_id"}.get(path, "contact_id")
    at_start = {item[id_of] for item in (await house.get(path, limit=200))["items"]}
    assert len(at_start) == 25
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await house.get(path, limit=4, **cursor)
        ids += [item[id_of] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
        house.time.pass_(seconds=1)
        await house.native({"channel": "form", "text": "late"})
        await house.normalise()
    assert len(ids) == len(set(ids))
    assert at_start <= set(ids)


async def test_lists_are_filtered(house: House) -> None:
    await quarantined(house)
    await house.native({"channel": "email", "contact": {"emails": ["anna@example.com"]}})
    await house.normalise()
    page = await house.get("/v1/submissions", state="quarantined", reason="bad_json")
    assert [item["reason"] for item in page["items"]] == ["bad_json"]
    assert (await house.get("/v1/inquiries", channel="form"))["items"] == []
    assert len((await house.get("/v1/inquiries", channel="email"))["items"]) == 1
    assert len((await house.get("/v1/contacts", email="Anna@example.com"))["items"]) == 1
    assert (await house.get("/v1/contacts", phone="+79990000000"))["items"] == []
    for path in ("/v1/inquiries", "/v1/submissions", "/v1/contacts", "/v1/sources"):
        for wrong in ({"limit": 201}, {"limit": 0}, {"cursor": "?"}):
            answer = await house.client.get(path, params=wrong, headers=house.as_("admin"))
            assert answer.status_code == 422, (path, wrong)
