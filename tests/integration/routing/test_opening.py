"""A lead has its owner in the transaction that opens it, and overtakes nobody by that."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.routing.handlers import apply
from services.routing.repository.rooms import GLANCE
from services.routing.use_cases.assign import assign
from services.routing.use_cases.opening import FRESH
from shared.database import Session, transaction
from shared.messaging.decoding import ReceivedEvent
from tests.integration.routing.harness import Company


async def owners(company: Company, *leads: Any) -> list[str | None]:
    return [(await company.lead(lead["lead_id"]))["owner_id"] for lead in leads]


async def test_a_lead_is_opened_with_its_owner(company: Company) -> None:
    anna = await company.manager()
    lead = await company.inquire()
    assert (lead["owner_id"], lead["epoch"], lead["version"]) == (str(anna), 1, 2)
    assert lead["accept_by"] == "2026-03-02T09:05:00Z"
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 1
    assert await company.emitted(lead["lead_id"]) == ["lead.opened", "lead.assigned"]
    assert await company.assign() == 0
    await company.check()


async def test_a_fetch_is_opened_and_assigned_by_few_statements(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On tables that were empty when the statements were planned, and in one batch."""
    for number in range(10):
        await company.manager(str(number), capacity=200)
    events = [company.received(company.inquiry(number)) for number in range(1000)]
    before = [item.event.model_dump_json() for item in events]
    statements = []
    execute = Session.execute

    async def counted(self: Session, statement: Any, parameters: Any = None) -> Any:
        statements.append(str(statement))
        return await execute(self, statement, parameters)

    monkeypatch.setattr(Session, "execute", counted)
    async with asyncio.timeout(60), transaction(company.database) as session:
        await apply(session, events, now=company.now)
    monkeypatch.undo()
    assert len(statements) <= 6, statements
    rows = await company.rows("SELECT count(*) AS owned FROM lead WHERE owner_id IS NOT NULL")
    assert rows[0]["owned"] == 1000
    load = (await company.get("/v1/load"))["managers"]
    assert [manager["reserved"] for manager in load] == [100.0] * 10
    assert [item.event.model_dump_json() for item in events] == before, "others read them too"
    await company.check()


async def test_what_finds_no_room_waits_for_the_assigner(company: Company) -> None:
    anna = await company.manager(capacity=1)
    first, second = company.inquiry("first"), company.inquiry("second", priority_class="high")
    await company.consume(first, second)
    low, high = await company.lead_of(first.inquiry_id), await company.lead_of(second.inquiry_id)
    assert (high["owner_id"], low["owner_id"], low["parked_reason"]) == (str(anna), None, None)
    await company.assign()
    assert (await company.lead(low["lead_id"]))["parked_reason"] == "no_room"
    await company.check()


async def test_a_new_lead_overtakes_none_that_could_be_served(company: Company) -> None:
    anna = await company.manager(capacity=1)
    await company.inquire("has her")
    waiting = await company.inquire("waits")
    await company.assign()
    body = {"name": "Анна Петрова", "capacity": 2}
    assert (await company.ask("PUT", f"/v1/managers/{anna}", json=body)).status_code == 200
    late = await company.inquire("comes late", priority_class="high")
    assert await owners(company, waiting, late) == [None, None]
    await company.assign()
    assert await owners(company, late, waiting) == [str(anna), None], "the most pressing is first"
    accepted = await company.perform("accept", await company.lead(late["lead_id"]))
    await company.perform("lost", accepted, loss_reason="no")
    later = await company.inquire("comes later")
    assert await owners(company, waiting, later) == [None, None]
    await company.assign()
    assert await owners(company, waiting, later) == [str(anna), None]
    await company.check()


async def test_nobody_waits_for_leads_that_nobody_can_serve(company: Company) -> None:
    anna = await company.manager(skills={"ru": 1})
    await company.pool("default", policy={"match_language": True})
    german = await company.inquire("german", language="de")
    await company.assign()
    assert (await company.lead(german["lead_id"]))["parked_reason"] == "nobody_skilled"
    assert (await company.inquire("russian", language="ru"))["owner_id"] == str(anna)
    for number in range(GLANCE):
        await company.inquire(number, language="de")
    russian = await company.inquire("another", language="ru")
    assert russian["owner_id"] is None, "so long a queue is the assigner's to look through"
    await company.assign()
    assert await owners(company, russian) == [str(anna)]
    await company.check()


async def test_a_backlog_waits_for_the_assigner_as_a_whole(company: Company) -> None:
    await company.manager()
    old = company.inquiry("old", received_at=company.now - FRESH - timedelta(seconds=1))
    await company.consume(company.inquiry("new"), old)
    assert [lead["owner_id"] for lead in await company.leads()] == [None, None]
    await company.assign()
    rows = await company.rows("SELECT key FROM journal WHERE type = 'lead.assigned.v1' ORDER BY id")
    assert rows[0]["key"] == (await company.lead_of(old.inquiry_id))["lead_id"]
    await company.check()


async def test_while_nobody_keeps_the_terms_leads_wait(company: Company) -> None:
    await company.manager()
    await company.rows(
        "UPDATE heartbeat SET beat_at = clock_timestamp() - interval '31 seconds' RETURNING id"
    )
    lead = await company.inquire()
    await company.assign()
    assert await owners(company, lead) == [None]
    async with transaction(company.database) as session:
        assert await assign(session, "default", [lead["lead_id"]], now=company.now) is None
    await company.rows("DELETE FROM heartbeat RETURNING id")
    await company.inquire("nobody has ever been here")
    await company.assign()
    assert len(await company.leads(waiting="true")) == 2
    await company.watch()
    await company.assign()
    assert not await company.leads(waiting="true")
    await company.check()


async def _waits(task: "asyncio.Task[Any]") -> None:
    done, _ = await asyncio.wait({task}, timeout=0.3)
    assert not done, "it waits for the capacity locks"


def _lead_id(company: Company, who: str, **more: Any) -> tuple[ReceivedEvent, Any]:
    event = company.inquiry(who, **more)
    return company.received(event), event.inquiry_id


async def test_two_openings_race_for_the_last_room(company: Company) -> None:
    anna = await company.manager(capacity=1)
    (one, first), other = _lead_id(company, "one"), company.inquiry("other")
    async with transaction(company.database) as session:
        await apply(session, [one], now=company.now)
        task = asyncio.create_task(company.consume(other))
        await _waits(task)
    await task
    assert (await company.lead_of(first))["owner_id"] == str(anna)
    assert (await company.lead_of(other.inquiry_id))["owner_id"] is None
    await company.check()


async def test_the_assigner_finds_the_last_room_taken_by_an_opening(company: Company) -> None:
    anna = await company.manager(capacity=1)
    inquiry, first = _lead_id(company, "opened")
    async with transaction(company.database) as session:
        await apply(session, [inquiry], now=company.now)
        waiting = await company.inquire(
            "of a backlog", received_at=company.now - timedelta(minutes=1)
        )
        task = asyncio.create_task(company.assign())
        await _waits(task)
    await task
    assert (await company.lead_of(first))["owner_id"] == str(anna)
    assert (await company.lead(waiting["lead_id"]))["parked_reason"] == "no_room"
    await company.check()


async def test_an_opening_finds_the_last_room_taken_by_the_assigner(company: Company) -> None:
    waiting = await company.inquire("waits")
    anna = await company.manager(capacity=1)
    late = company.inquiry("late")
    async with transaction(company.database) as session:
        await assign(session, "default", [waiting["lead_id"]], now=company.now)
        task = asyncio.create_task(company.consume(late))
        await _waits(task)
    await task
    assert await owners(company, waiting) == [str(anna)]
    assert (await company.lead_of(late.inquiry_id))["owner_id"] is None
    await company.check()


async def test_pools_with_common_members_are_opened_at_once_without_a_deadlock(
    company: Company,
) -> None:
    managers = [str(await company.manager(name, capacity=100)) for name in "abcd"]
    for key, channel, members in (("x", "call", managers), ("y", "email", managers[::-1])):
        rules = [{"when": {"channel": [channel]}}]
        await company.pool(key, manager_ids=members, rules=rules)

    async def some(name: str) -> None:
        for number in range(5):
            channels = ("call", "email") if number % 2 else ("email", "call")
            await company.consume(
                *(company.inquiry((name, number, channel), channel=channel) for channel in channels)
            )

    await asyncio.gather(*(some(name) for name in "pqr"))
    assert not await company.leads(waiting="true")
    await company.check()


async def test_a_fetch_for_two_pools_fills_their_common_member_once(company: Company) -> None:
    anna = str(await company.manager(capacity=1))
    for key, channel in (("x", "call"), ("y", "email")):
        await company.pool(key, manager_ids=[anna], rules=[{"when": {"channel": [channel]}}])
    events = [company.inquiry(channel, channel=channel) for channel in ("call", "email")]
    await company.consume(*events)
    leads = [await company.lead_of(event.inquiry_id) for event in events]
    assert sorted([lead["owner_id"] or "" for lead in leads]) == ["", anna]
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 1
    for lead in leads:
        for decision in (await company.get(f"/v1/leads/{lead['lead_id']}/decisions"))["items"]:
            path = f"/v1/decisions/{decision['decision_id']}/verify"
            assert (await company.ask("POST", path)).json()["same"] is True
    await company.check()


async def test_contacts_that_meet_in_the_same_fetch_leave_assigning_to_the_assigner(
    company: Company,
) -> None:
    anna = await company.manager()
    elder = await company.inquire("phone")
    company.pass_time(seconds=1)
    younger = await company.inquire("mail")
    event, link = company.inquiry("stranger"), company.relinked("mail", "phone")
    await company.consume(company.inquiry("mail"), event, link)
    assert (await company.lead(younger["lead_id"]))["merged_into"] == elder["lead_id"]
    assert len((await company.lead(elder["lead_id"]))["inquiry_ids"]) == 3
    assert (await company.lead_of(event.inquiry_id))["owner_id"] is None
    await company.assign()
    assert (await company.lead_of(event.inquiry_id))["owner_id"] == str(anna)
    await company.check()
