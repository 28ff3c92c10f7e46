"""Sending to webhooks: in order per lead, at least once, and as long as it takes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.routing.use_cases.webhooks import attempts as webhook_attempts
from services.routing.use_cases.webhooks.outcomes import note_answer
from shared.errors import UnavailableError
from tests.integration.routing.sending import Post, new_lead, versions
from tests.support.receiver import Request, receiver
from tests.support.waiting import eventually


async def test_the_events_of_a_lead_wait_for_one_another_and_leads_do_not(post: Post) -> None:
    desk = post.receivers[0]
    await post.add(desk, types=["lead.opened", "lead.assigned", "lead.accepted"])
    first, second = await new_lead(post, "one"), await new_lead(post, "two")
    desk.gate.clear()
    async with asyncio.TaskGroup() as tasks:
        await post.begin(tasks)
        await eventually(_together(desk.under_way, 2), seconds=5, what="both leads are sent")
        await post.begin(tasks)
        await post.begin(tasks)
        assert sorted(json.loads(item.body)["subject"] for item in desk.under_way) == sorted(
            [first, second]
        )
        desk.gate.set()
    await post.deliver(desk)
    assert versions(desk.requests, first) == versions(desk.requests, second) == [1, 2, 3]


async def test_a_failure_holds_back_the_rest_of_its_lead_only(post: Post) -> None:
    desk = post.receivers[0]
    webhook = await post.add(desk)
    first = await new_lead(post, "one")
    desk.answer = lambda item: (
        (422, {}, b"") if json.loads(item.body)["subject"] == first else (204, {}, b"")
    )
    second = await new_lead(post, "two")
    await post.deliver(desk)
    assert versions(desk.requests, first) == [1]
    assert versions(desk.requests, second) == [1, 2, 3]
    desk.answer = lambda _: (200, {}, b"")
    post.company.pass_time(seconds=6)
    await post.deliver(desk)
    assert versions(desk.requests, first) == [1, 1, 2, 3]
    tries = [item for item in await post.log(webhook) if item["key"] == first]
    assert [item["outcome"] for item in tries] == ["failed", *["delivered"] * 3]
    assert (tries[0]["status"], tries[1]["attempt"]) == (422, 2)


async def test_tries_go_on_for_more_than_eight_days_and_then_it_is_switched_off(
    post: Post,
) -> None:
    desk, company = post.receivers[0], post.company
    webhook = await post.add(desk, types=["lead.opened"])
    desk.answer = lambda _: (503, {}, b"")
    began = company.now
    await company.inquire()
    last = began
    while (await post.webhook(webhook))["active"]:
        number = len(desk.requests)
        await post.round()
        if len(desk.requests) > number:
            last = company.now
        company.pass_time(hours=6)
    assert last - began >= timedelta(days=8)
    assert 20 < len(desk.requests) < 60
    assert len({item.headers["webhook-id"] for item in desk.requests}) == 1
    shown = await post.webhook(webhook)
    assert shown["disabled_reason"] == "failing"
    desk.answer = lambda _: (200, {}, b"")
    body = {"name": "again", "url": desk.url, "types": ["lead.opened"]}
    await company.ask("PUT", f"/v1/webhooks/{webhook['webhook_id']}", json=body)
    number = len(desk.requests)
    await post.deliver(desk)
    assert len(desk.requests) == number + 1, "what waited is not lost"


async def test_one_event_that_is_never_taken_is_given_up_and_the_next_goes(post: Post) -> None:
    desk, company = post.receivers[0], post.company
    webhook = await post.add(desk)
    lead = await new_lead(post)
    desk.answer = lambda item: (
        (400, {}, b"")
        if json.loads(item.body)["data"]["event"].get("version") == 1
        else (200, {}, b"")
    )
    await post.round()
    for number in range(12):
        company.pass_time(days=1)
        await company.inquire(number)
        await post.deliver(desk)
        if versions(desk.requests, lead)[-1] == 3:
            break
    assert (await post.webhook(webhook))["active"]
    outcomes = [item["outcome"] for item in await post.log(webhook) if item["key"] == lead]
    assert outcomes[-3:] == ["given_up", "delivered", "delivered"]


async def test_retry_after_is_respected(post: Post) -> None:
    desk, company = post.receivers[0], post.company
    await post.add(desk)
    desk.answer = lambda _: (429, {"retry-after": "3600"}, b"")
    await company.inquire("one")
    await post.round()
    await company.inquire("two")
    company.pass_time(minutes=59)
    await post.round()
    assert len(desk.requests) == 1, "nothing else is tried either"
    company.pass_time(minutes=2)
    await post.round()
    assert len(desk.requests) == 2


async def test_gone_switches_it_off(post: Post) -> None:
    desk = post.receivers[0]
    webhook = await post.add(desk)
    desk.answer = lambda _: (410, {}, b"")
    await post.company.inquire()
    await post.round()
    shown = await post.webhook(webhook)
    assert (shown["active"], shown["disabled_reason"]) == (False, "gone")


async def test_a_dead_receiver_delays_no_other(post: Post) -> None:
    desk = post.receivers[0]
    async with receiver() as dead:
        dead.gate.clear()
        await post.add(dead)
        await post.add(desk)
        for number in range(20):
            await post.company.inquire(number)
        async with asyncio.TaskGroup() as tasks:

            async def answered() -> tuple[int, bool]:
                await post.begin(tasks)
                return len(desk.requests), bool(dead.under_way)

            await eventually(
                answered, seconds=30, what="the other has them", until=(20, True).__eq__
            )
            assert len(dead.under_way) <= 4
            dead.gate.set()
    assert desk.most_together <= 4


async def test_a_death_between_sending_and_noting_sends_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = post.receivers[0]
    await post.add(desk)
    lead = await new_lead(post)

    async def die(*_: object, **__: object) -> None:
        raise UnavailableError("the process was killed")

    monkeypatch.setattr(webhook_attempts, "note_answer", die)
    await post.round()
    assert versions(desk.requests, lead) == [1]
    monkeypatch.setattr(webhook_attempts, "note_answer", note_answer)
    await post.deliver(desk)
    assert versions(desk.requests, lead) == [1, 1, 2, 3]


async def test_pools_and_types_choose(post: Post) -> None:
    desk, company = post.receivers[0], post.company
    await company.pool("north", rules=[{"when": {"region": ["north"]}}])
    await post.add(desk, pools=["north"], types=["lead.opened"])
    await company.inquire("one", region="south")
    lead = await company.inquire("two", region="north")
    messages = await post.deliver(desk)
    assert [item["subject"] for item in messages] == [lead["lead_id"]]


async def test_without_webhooks_nothing_is_read(post: Post) -> None:
    await post.company.inquire()
    async with asyncio.TaskGroup() as tasks:
        await post.begin(tasks)
    assert post.rounds.frontier.settled is None


def _together(requests: list[Request], number: int) -> Callable[[], Awaitable[bool]]:
    async def count() -> bool:
        return len(requests) == number

    return count
