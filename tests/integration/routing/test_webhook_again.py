"""Webhooks on demand: from a moment on, an event on, a single delivery, a ping; and forgetting."""

import json

from services.routing.use_cases.webhooks.sender import webhooks_loop
from shared.contracts.contacts import ContactErased
from shared.runtime.loop import running
from tests.integration.routing.harness import contact
from tests.integration.routing.sending import Post, new_lead, versions
from tests.support.waiting import eventually


async def test_it_is_sent_again_from_a_moment_or_an_event_on(post: Post) -> None:
    desk, company = post.receivers[0], post.company
    webhook = await post.add(desk)
    first = await new_lead(post, "one")
    company.pass_time(hours=1)
    moment = company.now
    second = await new_lead(post, "two")
    await post.deliver(desk)
    number = len(desk.requests)
    await post.again(webhook, "replay", since=moment.isoformat())
    await post.deliver(desk)
    fresh = desk.requests[number:]
    assert (versions(fresh, first), versions(fresh, second)) == ([], [1, 2, 3])
    number = len(desk.requests)
    opened = next(item for item in desk.requests if json.loads(item.body)["subject"] == first)
    await post.again(webhook, "replay", event_id=opened.headers["webhook-id"])
    await post.deliver(desk)
    assert versions(desk.requests[number:], first) == [1, 2, 3]
    unknown = await company.ask(
        "POST",
        f"/v1/webhooks/{webhook['webhook_id']}/replay",
        json={"event_id": webhook["webhook_id"]},
    )
    assert unknown.status_code == 404


async def test_a_single_delivery_and_a_ping_are_sent_once(post: Post) -> None:
    desk = post.receivers[0]
    webhook = await post.add(desk, active=False)
    ping = await post.again(webhook, "ping")
    assert ping["outcome"] == "waiting"
    await post.round()
    (tried,) = await post.log(webhook)
    assert (tried["delivery_id"], tried["outcome"]) == (ping["delivery_id"], "delivered")
    assert json.loads(desk.requests[0].body)["type"] == "webhook.ping"
    other = await post.add(desk)
    lead = await new_lead(post)
    await post.deliver(desk)
    former = next(item for item in await post.log(other) if item["type"] == "lead.opened.v1")
    number = len(desk.requests)
    desk.answer = lambda _: (500, {}, b"mail anna@example.com or +7 999 123-45-67")
    await post.again(other, f"deliveries/{former['delivery_id']}/replay")
    await post.round()
    assert versions(desk.requests[number:], lead) == [1]
    last = (await post.log(other))[-1]
    assert (last["outcome"], last["status"]) == ("given_up", 500)
    assert last["excerpt"] == "mail •••• or ••••"


async def test_of_a_person_who_was_forgotten_nothing_goes_out(post: Post) -> None:
    desk, company = post.receivers[0], post.company
    await post.add(desk)
    await company.manager("Анна")
    lead = await company.assigned("customer", region="north")
    lead = await company.perform("accept", lead)
    await company.perform("lost", lead, loss_reason="Мария передумала")
    await company.consume(
        ContactErased(
            contact_id=contact("customer"), birth_ids=[contact("customer")], erased_at=company.now
        )
    )
    await post.deliver(desk)
    bodies = [item.body.decode() for item in desk.requests if lead["lead_id"] in item.body.decode()]
    assert len(bodies) == 4
    for body in bodies:
        assert "Мария" not in body
        assert str(contact("customer")) not in body


async def test_after_a_restore_it_goes_on(post: Post) -> None:
    desk = post.receivers[0]
    await post.add(desk)
    first = await new_lead(post, "one")
    await post.deliver(desk)
    await post.company.rows("UPDATE producer SET life = uuidv7(), opened = pg_current_xact_id()")
    second = await new_lead(post, "two")
    await post.deliver(desk)
    assert versions(desk.requests, first) == versions(desk.requests, second) == [1, 2, 3]


async def test_the_loop_sends_by_itself(post: Post) -> None:
    desk, company = post.receivers[0], post.company
    await post.add(desk)
    loop = webhooks_loop(company.database, clock=lambda: company.now, private=True)

    async def number() -> int:
        return len(desk.requests)

    async with running([loop]):
        await company.inquire()
        await eventually(number, seconds=20, what="it is sent")
    assert loop.progress.restarts == 0
