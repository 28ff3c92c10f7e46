"""From real provider requests to journal events, and what happens to what cannot be read."""

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.intake.channels import CHANNELS
from shared.contracts.catalog import EVENT_BY_TYPE
from shared.errors import InvalidError
from tests.integration.intake.harness import House, one
from tests.support.providers import ProviderCase, main_job_cases

CASES = main_job_cases()


async def deliver(house: House, name: str, case: ProviderCase) -> Any:
    await house.source(**case.source(f"{name}-source"))
    answer = await house.client.post(
        f"/v1/hooks/{name}-source{case.rest}",
        content=case.body,
        headers={"content-type": case.content_type, **case.headers},
    )
    assert answer.is_success, answer.text
    assert "leadflow-receipt" in answer.headers
    return answer


@pytest.mark.parametrize("name", sorted(CASES))
async def test_a_providers_request_becomes_an_inquiry_and_its_events(
    house: House, name: str
) -> None:
    case = CASES[name]
    answer = await deliver(house, name, case)
    await house.normalise()
    receipt = await house.receipt(answer)
    assert receipt["state"] == "normalised"
    inquiry_id = one([{"id": item} for item in receipt["inquiry_ids"]])["id"]
    inquiry = await house.get(f"/v1/inquiries/{inquiry_id}")
    assert inquiry["channel"] == case.channel
    assert inquiry["submission_id"] == receipt["receipt_id"]
    event = one(await house.emitted("inquiry.received"))
    assert event["inquiry_id"] == inquiry_id
    assert event["_key"] == event["contact_id"] == inquiry["contact_id"]
    # Where the address is the only proof, it is a secret: it does not travel.
    assert event["source_key"] == (f"{name}-source" if case.secrets else None)
    contact_event = one(await house.emitted("contact.changed"))
    assert contact_event["contact_id"] == event["contact_id"]
    for event in await house.emitted():
        EVENT_BY_TYPE[event["_type"]].model_validate(event)
    again = await house.client.post(
        f"/v1/hooks/{name}-source{case.rest}",
        content=case.body,
        headers={"content-type": case.content_type, **case.headers},
    )
    await house.normalise()
    late = await house.receipt(again)
    assert (late["state"], late["reason"]) == ("ignored", "duplicate")
    assert late["inquiry_ids"] == receipt["inquiry_ids"]
    assert await house.count("inquiry") == 1


async def test_an_outgoing_call_is_observed_and_opens_no_inquiry(house: House) -> None:
    answer = await house.native(
        {
            "channel": "call",
            "contact": {"phones": ["+79161234567"]},
            "call": {"direction": "outgoing", "outcome": "answered"},
        }
    )
    await house.normalise()
    receipt = await house.receipt(answer)
    assert (receipt["state"], receipt["inquiry_ids"]) == ("normalised", [])
    call = one(await house.emitted("call.observed"))
    assert call["call"]["direction"] == "outgoing"
    assert await house.emitted("inquiry.received") == []
    await house.native({"channel": "form", "contact": {"phones": ["+79161234567"]}})
    await house.normalise()
    event = one(await house.emitted("inquiry.received"))
    assert event["contact_id"] == call["contact_id"]
    assert event["is_repeat"] is False, "nobody had asked us anything before"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"name": "A"', "bad_json"),
        (b'{"name": "\xff\xfe"}', "bad_encoding"),
        (b"[" * 5000 + b"]" * 5000, "too_deep"),
        (b"[1, 2]", "not_an_object"),
        (b"", "empty"),
        (json.dumps({"text": "x" * 1_000_000}).encode(), "too_large"),
    ],
)
async def test_broken_content_of_a_known_source_is_quarantined(
    house: House, body: bytes, reason: str
) -> None:
    await house.source(key="gen", adapter="generic-json")
    answer = await house.hook("gen", body, content_type="application/json")
    assert answer.status_code == 200
    good = await house.hook("gen", b'{"name":"A"}', content_type="application/json")
    await house.normalise()
    receipt = await house.receipt(answer)
    assert (receipt["state"], receipt["reason"]) == ("quarantined", reason)
    assert (await house.receipt(good))["state"] == "normalised"
    raw = await house.client.get(
        f"/v1/submissions/{receipt['receipt_id']}/body", headers=house.as_("admin")
    )
    assert raw.content == body


async def test_a_truncated_multipart_is_quarantined(house: House) -> None:
    await house.source(key="gen", adapter="generic-json")
    body = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnna'
    answer = await house.hook("gen", body, content_type="multipart/form-data; boundary=b")
    await house.normalise()
    assert (await house.receipt(answer))["reason"] == "bad_multipart"


async def test_a_channel_that_stumbles_costs_one_submission_not_the_batch(house: House) -> None:
    errors = {
        0: IndexError(),
        3: KeyError("\ud800\0"),
        4: RecursionError("deep"),
        5: ExceptionGroup("several", [ValueError("\0"), AssertionError()]),
        6: UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no such letter"),
        9: InvalidError("Looks like one of ours."),
    }

    generic = CHANNELS["generic-json"]

    def stumbling(request: Any, source: Any) -> Any:
        error = errors.get(json.loads(request.body)["number"])
        if error is not None:
            raise error
        return generic.parse(request, source)

    await house.source(key="gen", adapter="generic-json")
    answers = [await house.hook("gen", b'{"number":%d}' % n) for n in range(10)]
    await house.normalise(channels={"generic-json": replace(generic, parse=stumbling)})
    receipts = [await house.receipt(answer) for answer in answers]
    assert [(receipt["state"], receipt["reason"]) for receipt in receipts] == [
        ("quarantined", "failed") if n in errors else ("normalised", None) for n in range(10)
    ]


async def test_two_normalisers_by_accident(house: House) -> None:
    """Disjoint work where they can, the same contact where they meet: nothing twice."""
    phones = [f"+7916123{number:04d}" for number in range(10)]
    for number in range(120):
        body = {"channel": "form", "contact": {"phones": [phones[number % 10]]}}
        await house.native(body)
    results = await asyncio.gather(house.normalise(), house.normalise(), return_exceptions=True)
    while (await house.rows("SELECT 1 FROM submission WHERE state = 'pending'")) != []:
        await house.normalise()
    assert all(isinstance(result, int) or "Unavailable" in repr(result) for result in results)
    states = await house.rows("SELECT DISTINCT state, reason FROM submission")
    assert states == [{"state": "normalised", "reason": None}]
    assert await house.count("inquiry") == 120
    assert await house.count("contact") == 10
    events = await house.emitted("inquiry.received")
    assert len({event["inquiry_id"] for event in events}) == len(events) == 120
    versions = await house.rows(
        "SELECT key, array_agg(version ORDER BY id) AS versions FROM journal"
        " WHERE topic = 'inquiries' GROUP BY key"
    )
    assert all(row["versions"] == list(range(1, 13)) for row in versions)


async def test_ids_come_out_the_same_from_the_same_submission(house: House) -> None:
    from services.intake.domain.keys import birth_contact_id, inquiry_id  # noqa: PLC0415

    answer = await house.native({"channel": "form", "contact": {"emails": ["a@b.ru"]}})
    await house.normalise()
    expected_id = inquiry_id(UUID(answer.json()["receipt_id"]), 0)
    event = one(await house.emitted("inquiry.received"))
    assert event["inquiry_id"] == str(expected_id)
    assert event["contact_id"] == str(birth_contact_id(expected_id))
