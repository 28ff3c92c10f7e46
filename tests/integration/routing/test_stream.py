"""The stream: whom an event reaches, what they see of it, and how they go on behind it."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from services.routing.handlers import apply
from services.routing.use_cases.stream import reading as stream
from services.routing.use_cases.stream.places import Place
from shared.contracts.contacts import ContactErased
from shared.database import transaction
from tests.integration.routing.harness import Company, contact
from tests.integration.routing.streaming import ACCEPT, Process, api_process, follower

OF_LEADS = ["lead.assigned", "lead.accepted", "lead.won"]


@pytest.fixture
async def process(company: Company, url: str) -> AsyncIterator[Process]:
    async with api_process(company, url) as running:
        yield running


async def test_a_manager_gets_what_is_theirs_and_no_more_of_what_is_taken_away(
    company: Company, process: Process
) -> None:
    anna = await company.manager("Анна")
    clients = {"anna": follower(company, anna, types=OF_LEADS), "boss": follower(company)}
    for client in clients.values():
        client.start(process.url)
        await client.joined()
    lead = await company.assigned("customer")
    ivan = await company.manager("Иван")
    clients["ivan"] = follower(company, ivan, types=OF_LEADS)
    clients["ivan"].start(process.url)
    await clients["ivan"].joined()
    lead = await company.perform("accept", lead)
    lead = await company.perform(
        "reassign", lead, role="supervisor", manager_id=str(ivan), reason="Ивану, он рядом"
    )
    lead = await company.perform("accept", lead)
    await company.perform("won", lead)
    await clients["ivan"].has(3)
    await clients["anna"].has(3)
    await clients["boss"].has(8)
    for client in clients.values():
        await client.kill()

    assert clients["ivan"].types == ["lead.assigned", "lead.accepted", "lead.won"]
    assert [event["yours"] for event in clients["ivan"].events] == [True, True, True]
    assert clients["anna"].types == ["lead.assigned", "lead.accepted", "lead.assigned"]
    away = clients["anna"].events[2]
    assert away["yours"] is False
    assert away["data"].keys() == {"lead_id", "contact_id", "version", "at", "epoch"}
    told = json.dumps(clients["anna"].events, ensure_ascii=False)
    assert str(ivan) not in told
    assert "Ивану" not in told
    assert clients["boss"].types.count("lead.won") == 1
    assert clients["boss"].events[-1]["yours"] is None


async def test_a_manager_gets_their_own_status_and_nobody_elses(
    company: Company, process: Process
) -> None:
    anna, ivan = await company.manager("Анна"), await company.manager("Иван")
    client = follower(company, anna)
    client.start(process.url)
    await client.joined()
    await company.status(ivan, "away")
    await company.status(anna, "busy")
    await client.has(1)
    await client.kill()
    assert [(event["type"], event["key"]) for event in client.events] == [
        ("manager.status_changed.v1", str(anna))
    ]


async def test_a_supervisor_chooses_by_pool_and_type(company: Company, process: Process) -> None:
    await company.pool("north", rules=[{"when": {"region": ["north"]}}])
    client = follower(company, pool="north", types="lead.opened")
    client.start(process.url)
    await client.joined()
    await company.inquire("one", region="south")
    lead = await company.inquire("two", region="north")
    await client.has(1)
    await client.kill()
    assert [event["key"] for event in client.events] == [lead["lead_id"]]


async def test_whoever_comes_back_gets_what_was_missed_once_at_any_process(
    company: Company, process: Process, url: str
) -> None:
    anna = await company.manager("Анна")
    client = follower(company, anna)
    client.start(process.url)
    await client.joined()
    lead = await company.assigned("customer")
    await client.has(1)
    await client.kill()
    await company.perform("accept", lead)
    async with api_process(company, url) as another:
        client.start(another.url)
        await client.has(2)
        await company.status(anna, "busy")
        await client.has(3)
        await client.kill()
    assert client.types == ["lead.assigned", "lead.accepted", "manager.status_changed"]


async def test_without_the_wish_to_follow_the_answer_ends_at_the_present(
    company: Company, process: Process
) -> None:
    await company.inquire("customer")
    client = follower(company)
    async with httpx.AsyncClient(headers=client.headers, verify=False, timeout=60) as asking:
        answer = await asking.get(f"{process.url}/v1/stream")
        life = answer.text.partition("id: ")[2].partition("-")[0]
        everything = await asking.get(f"{process.url}/v1/stream", params={"after": f"{life}-0"})
    assert "event:" not in answer.text
    assert "event: lead.opened\n" in everything.text
    assert everything.text.endswith("\n\n")
    assert everything.headers["x-accel-buffering"] == "no"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place(str(UUID(int=7)), 1).as_text(), "unknown"),
        ("nonsense", "unknown"),
        ("LIFE-999999", "unknown"),
        ("LIFE-0", "too_old"),
    ],
)
async def test_a_place_that_cannot_be_gone_on_from_is_told(
    company: Company,
    process: Process,
    place: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "MAX_RESUMED", 1)
    for name in ("one", "two", "three"):
        await company.inquire(name)
    client = follower(company)
    async with httpx.AsyncClient(headers=client.headers, verify=False, timeout=60) as asking:
        answer = await asking.get(f"{process.url}/v1/stream")
        life = answer.text.partition("id: ")[2].partition("-")[0]
        text = place.replace("LIFE", life)
        answer = await asking.get(f"{process.url}/v1/stream", headers={"Last-Event-ID": text})
    assert f'event: reset\ndata: {{"reason":"{reason}"}}\n' in answer.text
    assert answer.text.count("event:") == 1


async def test_a_token_follows_a_few_times_and_a_process_only_so_often(
    company: Company, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await company.manager("Анна")
    first, other = follower(company, anna), follower(company)
    monkeypatch.setattr(stream, "MAX_STREAMS_OF_TOKEN", 1)
    first.start(process.url)
    await first.joined()
    async with httpx.AsyncClient(verify=False, timeout=60) as asking:
        refused = await asking.get(f"{process.url}/v1/stream", headers=first.headers)
        monkeypatch.setattr(stream, "MAX_STREAMS", 1)
        full = await asking.get(f"{process.url}/v1/stream", headers=other.headers)
        await first.kill()
        monkeypatch.setattr(stream, "MAX_STREAMS", 2)
        again = await asking.get(f"{process.url}/v1/stream", headers=other.headers)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (
        429,
        "too-many-streams",
    )
    assert (full.status_code, "retry-after" in full.headers) == (503, True)
    assert again.status_code == 200


async def test_it_ends_at_once_when_the_process_does(company: Company, url: str) -> None:
    async with api_process(company, url) as process:
        clients = [follower(company) for _ in range(10)]
        for client in clients:
            client.start(process.url)
        for client in clients:
            await client.joined()
        seconds = await process.stop()
        for client in clients:
            assert client.following is not None
            await client.following
            assert client.retries == 2
    assert seconds < 2


async def test_of_a_person_who_was_forgotten_nothing_is_told(
    company: Company, process: Process
) -> None:
    await company.manager("Анна")
    lead = await company.assigned("customer")
    lead = await company.perform("accept", lead)
    await company.perform("lost", lead, loss_reason="Мария передумала")
    event = ContactErased(
        contact_id=contact("customer"), birth_ids=[contact("customer")], erased_at=company.now
    )
    async with transaction(company.database) as session:
        await apply(session, [company.received(event)], now=company.now)
    client = follower(company, types="lead.lost")
    async with httpx.AsyncClient(headers={**client.headers}, verify=False, timeout=60) as asking:
        answer = await asking.get(f"{process.url}/v1/stream")
        life = answer.text.partition("id: ")[2].partition("-")[0]
        answer = await asking.get(
            f"{process.url}/v1/stream", params={"after": f"{life}-0", "types": "lead.lost"}
        )
    assert "lead.lost" in answer.text
    assert "Мария" not in answer.text
    assert str(contact("customer")) not in answer.text


async def test_nobody_waits_for_events_that_never_come(company: Company) -> None:
    answer = await company.ask("GET", "/v1/stream?types=lead.won&types=lead.wan", headers=ACCEPT)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["pointer"] == "/types/1"
    assert "lead.won" in error["detail"]


async def test_only_who_may_see_leads_may_follow(company: Company) -> None:
    answer = await company.ask("GET", "/v1/stream", role="ops", headers=ACCEPT)
    assert answer.status_code == 403
    mine = await company.ask("GET", "/v1/stream", role="manager", manager_id=UUID(int=1))
    assert mine.status_code == 200
