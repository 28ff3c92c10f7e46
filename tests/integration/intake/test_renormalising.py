"""Stored submissions are read again: shown first, applied in earnest, and never made twice."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from services.intake.channels import CHANNELS
from services.intake.channels.apart import TARGET
from services.intake.channels.channel import Channel
from services.intake.domain.requests import Content, Draft, RawRequest, SourceView
from services.intake.use_cases import renormalising
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.renormalising import Renormaliser
from tests.integration.intake.harness import House, one

WINDOW = {"from": "2026-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z"}
Mend = Callable[[Draft], Draft]


def mended(mend: Mend, adapter: str = "generic-json") -> dict[str, Channel]:
    """The channels after that adapter was mended."""
    channel = CHANNELS[adapter]

    def parse(request: RawRequest, source: SourceView) -> Content:
        content = channel.parse(request, source)
        drafts = tuple(map(mend, content.drafts))
        calls = tuple(replace(report, draft=mend(report.draft)) for report in content.calls)
        return replace(content, drafts=drafts, calls=calls)

    return {**CHANNELS, adapter: replace(channel, parse=parse)}


def with_city(draft: Draft) -> Draft:
    return draft.model_copy(update={"city": "Тверь", "text": f"{draft.text}!"})


def as_they_are(draft: Draft) -> Draft:
    return draft


@asynccontextmanager
async def renormaliser(house: House, mend: Mend = as_they_are) -> AsyncIterator[Renormaliser]:
    working = Renormaliser(house.database, house.time, Reader(new_sandbox(TARGET), mended(mend)))
    try:
        yield working
    finally:
        await working.reader.sandbox.close()


async def asked(
    house: House, method: str, path: str, *, status: int, role: str = "supervisor", **body: Any
) -> Any:
    headers = house.as_(role)
    answer = await house.client.request(method, path, headers=headers, json=body or None)
    assert answer.status_code == status, answer.text
    return answer.json()


async def opened(house: House, *, dry_run: bool = True, **more: Any) -> str:
    body = {**WINDOW, "dry_run": dry_run, **more}
    job = await asked(house, "POST", "/v1/renormalisations", status=202, **body)
    assert (job["state"], job["from"], job["dry_run"]) == ("queued", WINDOW["from"], dry_run)
    return f"/v1/renormalisations/{job['renormalisation_id']}"


async def worked(house: House, path: str, mend: Mend = as_they_are) -> dict[str, Any]:
    async with renormaliser(house, mend) as working:
        while await working.step():
            pass
    job: dict[str, Any] = await house.get(path, role="ops")
    assert job["state"] == "done"
    return job


async def differences(house: House, path: str) -> list[dict[str, Any]]:
    page = await house.get(f"{path}/differences", role="supervisor", limit=200)
    items: list[dict[str, Any]] = page["items"]
    return items


async def lead(house: House, key: str, body: bytes = b'{"phone": "89161234567"}') -> Any:
    """A lead by that hook, normalised; its inquiry, or its receipt where it gave none."""
    answer = await house.hook(key, body, content_type="application/json")
    assert answer.status_code == 200, answer.text
    await house.normalise()
    receipt = await house.receipt(answer)
    ids = receipt["inquiry_ids"]
    return await house.get(f"/v1/inquiries/{ids[0]}") if ids else receipt


@pytest.fixture
async def key(house: House) -> str:
    source = await house.source(adapter="generic-json")
    return str(source["key"])


async def test_a_dry_run_shows_what_would_change_and_changes_nothing(
    house: House, key: str
) -> None:
    before = await lead(house, key, b'{"phone": "89161234567", "text": "Windows"}')
    path = await opened(house)
    job = await worked(house, path, with_city)
    assert (job["submissions_done"], job["inquiries_changed"]) == (1, 1)
    shown = {
        item["path"]: (item["before"], item["after"]) for item in await differences(house, path)
    }
    assert shown == {"city": (None, "Тверь"), "text": ("Windows", "Windows!")}
    assert await house.get(f"/v1/inquiries/{before['inquiry_id']}") == before
    assert await house.emitted("inquiry.updated") == []


async def test_in_earnest_the_inquiry_changes_once(house: House, key: str) -> None:
    before = await lead(house, key, b'{"phone": "89161234567", "text": "Windows"}')
    path = await opened(house)
    await worked(house, path, with_city)
    await asked(house, "POST", f"{path}/run", status=202)
    job = await worked(house, path, with_city)
    assert (job["dry_run"], job["inquiries_changed"]) == (False, 1)
    event = one(await house.emitted("inquiry.updated"))
    assert event["changes"] == {"city": "Тверь", "text": "Windows!"}
    after = await house.get(f"/v1/inquiries/{before['inquiry_id']}")
    assert after == {**before, "city": "Тверь", "text": "Windows!"}
    await asked(house, "POST", f"{path}/run", status=409)
    again = await worked(house, await opened(house, dry_run=False), with_city)
    assert (again["submissions_done"], again["inquiries_changed"]) == (1, 0)
    assert len(await house.emitted("inquiry.updated")) == 1
    assert await house.normalise() == 0, "an inquiry is never made again"
    assert len(await house.emitted("inquiry.received")) == 1


async def test_points_consents_and_further_inquiries_are_left_to_people(
    house: House, key: str
) -> None:
    before = await lead(house, key, b'{"phone": "89161234567", "consent": "yes"}')

    def with_email(draft: Draft) -> Draft:
        contact = draft.contact.model_copy(update={"emails": ("anna@example.com",)})
        return draft.model_copy(update={"contact": contact, "consent": None})

    path = await opened(house, dry_run=False)
    job = await worked(house, path, with_email)
    assert (job["inquiries_changed"], job["submissions_to_review"]) == (0, 1)
    items = await differences(house, path)
    assert {(item["kind"], item["path"]) for item in items} == {
        ("needs_review", "contact.emails"),
        ("needs_review", "consent"),
    }
    assert await house.get(f"/v1/inquiries/{before['inquiry_id']}") == before


async def test_an_operators_corrections_are_kept(house: House, key: str) -> None:
    receipt = await lead(house, key, b"{broken")
    path = f"/v1/submissions/{receipt['receipt_id']}/repair"
    body = '{"phone": "89161234567", "text": "Windows"}'
    await asked(house, "POST", path, status=202, body=body, overrides={"text": "Doors"})
    await house.normalise()
    await worked(house, await opened(house, dry_run=False), with_city)
    inquiry = one((await house.get("/v1/inquiries"))["items"])
    assert (inquiry["text"], inquiry["city"]) == ("Doors", "Тверь")


async def test_what_was_set_aside_becomes_an_inquiry_in_earnest(house: House, key: str) -> None:
    receipt = await lead(house, key, b"{broken")
    assert receipt["state"] == "quarantined"
    channel = CHANNELS["generic-json"]

    def parse(request: RawRequest, source: SourceView) -> Content:
        content = b'{"phone": "89161234567"}' if request.body == b"{broken" else request.body
        return channel.parse(replace(request, body=content), source)

    channels = {**CHANNELS, "generic-json": replace(channel, parse=parse)}
    for dry_run in (True, False):
        path = await opened(house, dry_run=dry_run)
        working = Renormaliser(house.database, house.time, Reader(new_sandbox(TARGET), channels))
        while await working.step():
            pass
        await working.reader.sandbox.close()
        item = one(await differences(house, path))
        assert (item["kind"], item["after"]["contact"]) == ("new", {"phones": ["+79161234567"]})
        state = await house.get(f"/v1/receipts/{receipt['receipt_id']}")
        assert state["state"] == ("quarantined" if dry_run else "pending")
    assert await house.normalise(channels=channels) == 1
    assert len(await house.emitted("inquiry.received")) == 1


async def test_a_duplicate_stays_one(house: House) -> None:
    body = {"channel": "form", "external_id": "a-1", "contact": {"phones": ["+79161234567"]}}
    first, second = await house.native(body), await house.native(body)
    await house.normalise()
    receipts = [await house.receipt(answer) for answer in (first, second)]
    assert [receipt["reason"] for receipt in receipts] == [None, "duplicate"]
    count = await house.count("inquiry")
    job = await worked(house, await opened(house, dry_run=False))
    assert (job["submissions_done"], job["submissions_revived"]) == (2, 0)
    assert await house.normalise() == 0
    assert await house.count("inquiry") == count


async def test_a_restart_goes_on_and_a_cancelled_one_stands(
    house: House, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renormalising, "SLICE", 2)
    for number in range(5):
        await lead(house, key, b'{"phone": "8916123456%d"}' % number)
    path = await opened(house, dry_run=False)
    async with renormaliser(house, with_city) as first:
        assert await first.step()
    assert (await house.get(path, role="ops"))["submissions_done"] == 2
    job = await worked(house, path, with_city)
    assert (job["submissions_done"], job["inquiries_changed"]) == (5, 5)
    assert len(await house.emitted("inquiry.updated")) == 5
    second = await opened(house)
    await asked(house, "POST", f"{second}/cancel", status=200, role="ops")
    async with renormaliser(house, with_city) as idle:
        assert not await idle.step()
    await asked(house, "POST", f"{second}/cancel", status=409)
    items = (await house.get("/v1/renormalisations", role="ops"))["items"]
    assert [item["state"] for item in items] == ["cancelled", "done"]


async def test_only_the_window_is_read(house: House, key: str) -> None:
    await lead(house, key)
    other = await house.source(adapter="tilda", secrets={})
    for more, number in (
        ({"source": key}, 1),
        ({"source": other["source_id"]}, 0),
        ({"adapter": "tilda"}, 0),
        ({"adapter": "generic-json"}, 1),
        ({"to": "2026-02-01T00:00:00Z"}, 0),
    ):
        job = await worked(house, await opened(house, **more))
        assert job["submissions_done"] == number, more
    body = {**WINDOW, "to": WINDOW["from"]}
    await asked(house, "POST", "/v1/renormalisations", status=422, **body)
    await asked(house, "POST", "/v1/renormalisations", status=404, source="nobody", **WINDOW)
