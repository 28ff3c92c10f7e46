"""The main job as a story: a provider posts; the company has an owner, a memory and a number."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from shared.clock import system_clock
from tests.support.providers import ProviderCase, main_job_cases
from tests.support.stack import Running
from tests.support.waiting import eventually

WITHIN_SECONDS = 5.0  # other tests may be at work beside it; how fast it is, the benchmarks tell
FIRST_TIME_SECONDS = 10.0  # a process's very first events meet cold caches and fresh plans


async def run_main_job(stack: Running) -> None:
    """Post each provider's request and follow it through all four services."""
    told: list[str] = []
    async with stack.client() as client, stack.stranger() as provider, _follower(stack, told):
        await _warm(client)
        for name, case in main_job_cases().items():
            created = await client.post("/intake/v1/sources", json=case.source(f"e2e-{name}"))
            assert created.status_code in {200, 201}, created.text
            await _one(client, provider, case, key=f"e2e-{name}")

        async def assigned() -> int:
            return told.count("lead.assigned")

        number = len(main_job_cases())
        await eventually(
            assigned, seconds=WITHIN_SECONDS, what="the stream tells", until=lambda n: n >= number
        )


@asynccontextmanager
async def _follower(stack: Running, told: list[str]) -> AsyncIterator[None]:
    """Somebody follows what happens; `told` are the names of the events."""
    begun = asyncio.Event()

    async def follow() -> None:
        headers = {"Accept": "text/event-stream"}
        async with (
            stack.client() as client,
            client.stream("GET", "/routing/v1/stream", headers=headers, timeout=60.0) as answer,
        ):
            async for line in answer.aiter_lines():
                begun.set()
                if line.startswith("event: "):
                    told.append(line.removeprefix("event: "))

    following = asyncio.create_task(follow())
    await begun.wait()
    try:
        yield
    finally:
        following.cancel()
        await asyncio.wait({following})


async def _warm(client: httpx.AsyncClient) -> None:
    before = await _received(client, "form")
    body = {"channel": "form", "contact": {"phones": ["+79161234567"]}, "external_id": "warm"}
    answer = await client.post("/intake/v1/inquiries", json=body)
    assert answer.status_code == 202, answer.text
    receipt_id = answer.json()["receipt_id"]
    await _followed(client, receipt_id, seconds=FIRST_TIME_SECONDS)
    await _is_counted(client, "form", before + 1)


async def _one(
    client: httpx.AsyncClient, provider: httpx.AsyncClient, case: ProviderCase, *, key: str
) -> None:
    before = await _received(client, case.channel)
    answer = await case.post(provider, key)
    assert 200 <= answer.status_code < 300, answer.text
    inquiry_id, lead_id = await _followed(
        client, answer.headers["Leadflow-Receipt"], seconds=WITHIN_SECONDS
    )
    inquiry = (await client.get(f"/intake/v1/inquiries/{inquiry_id}")).json()
    assert inquiry["channel"] == case.channel
    timeline = (await client.get(f"/history/v1/leads/{lead_id}/timeline")).json()["items"]
    kinds = [item["kind"] for item in timeline]
    assert "inquiry.received" in kinds
    assert "lead.opened" in kinds
    await _is_counted(client, case.channel, before + 1)


async def _followed(
    client: httpx.AsyncClient, receipt_id: str, *, seconds: float
) -> tuple[str, str]:
    """Inquiry and lead ids, once the lead is owned, remembered and counted."""

    async def receipt() -> dict[str, object]:
        answer = await client.get(f"/intake/v1/receipts/{receipt_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    ended = system_clock() + timedelta(seconds=seconds)
    found = await eventually(
        receipt,
        seconds=seconds,
        what="the submission is normalised",
        until=lambda state: state["state"] != "pending",
    )
    assert found["state"] == "normalised", found
    inquiry_ids = found["inquiry_ids"]
    assert isinstance(inquiry_ids, list)
    assert len(inquiry_ids) == 1
    inquiry_id = inquiry_ids[0]

    def left() -> float:
        return max(0.0, (ended - system_clock()).total_seconds())

    async def lead() -> dict[str, object] | None:
        items = (await client.get("/routing/v1/leads", params={"limit": 200})).json()["items"]
        for item in items:
            if inquiry_id in item["inquiry_ids"] and item["owner_id"]:
                result: dict[str, object] = item
                return result
        return None

    owned = await eventually(lead, seconds=left(), what="the lead has an owner")
    assert owned is not None
    lead_id = str(owned["lead_id"])

    async def remembered() -> set[str]:
        answer = await client.get(f"/history/v1/leads/{lead_id}/timeline")
        return {item["kind"] for item in answer.json()["items"]} if answer.is_success else set()

    await eventually(
        remembered,
        seconds=left(),
        what="the timeline tells of the assignment",
        until=lambda kinds: {"inquiry.received", "lead.assigned"} <= kinds,
    )

    async def counted() -> int:
        drill = await client.get("/kpi/v1/funnel", params={**_today(), "group_by": "channel"})
        return int(drill.json()["totals"]["assigned"])

    await eventually(counted, seconds=left(), what="the indicators count it")
    return str(inquiry_id), lead_id


async def _is_counted(client: httpx.AsyncClient, channel: str, number: int) -> None:
    """Each inquiry of the channel, and none twice: the assignment may be counted before it."""

    async def received() -> int:
        return await _received(client, channel)

    await eventually(
        received, seconds=WITHIN_SECONDS, what="the inquiry is counted", until=number.__eq__
    )


def _today() -> dict[str, str]:
    now = system_clock()
    return {
        "from": (now - timedelta(days=1)).date().isoformat(),
        "to": (now + timedelta(days=2)).date().isoformat(),
        "tz": "Europe/Moscow",
    }


async def _received(client: httpx.AsyncClient, channel: str) -> int:
    answer = await client.get("/kpi/v1/funnel", params={**_today(), "group_by": "channel"})
    assert answer.status_code == 200, answer.text
    return sum(
        row["received"] for row in answer.json()["rows"] if row["group"]["channel"] == channel
    )
