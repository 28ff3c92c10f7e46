"""Webhooks at the API: configured by the admin alone, secrets told once and sealed."""

import base64

import pytest
from standardwebhooks import WebhookVerificationError

from services.routing.use_cases.webhooks import configure as webhooks
from services.routing.use_cases.webhooks.sender import show_webhooks
from shared.clock import system_clock
from shared.database import transaction
from shared.ids import new_id
from shared.observability.metrics import metrics_of
from shared.web.standard_webhooks import MASK
from tests.integration.routing.sending import Post

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


async def test_a_secret_is_told_once_and_lies_sealed(post: Post) -> None:
    receiver = post.receivers[0]
    webhook = await post.add(receiver, headers={"X-Token": "our-word"}, secret=SECRET)
    assert webhook["secret"] == SECRET
    shown = await post.webhook(webhook)
    assert "secret" not in shown
    assert shown["headers"] == {"x-token": MASK}
    (row,) = await post.company.rows("SELECT secret, headers FROM webhook")
    assert SECRET not in row["secret"]
    assert "our-word" not in row["headers"]
    body = {"name": "b", "url": receiver.url, "headers": {"x-token": MASK, "x-more": "2"}}
    answer = await post.company.ask("PUT", f"/v1/webhooks/{webhook['webhook_id']}", json=body)
    assert answer.json()["name"] == "b"
    await post.company.inquire()
    await post.deliver(receiver)
    assert receiver.requests[0].headers["x-token"] == "our-word"
    assert receiver.requests[0].headers["x-more"] == "2"


async def test_what_is_sent_is_verified_as_standard_webhooks_and_is_a_cloud_event(
    post: Post,
) -> None:
    receiver = post.receivers[0]
    post.company.now = system_clock()  # whoever verifies looks at the clock
    webhook = await post.add(receiver, types=["lead.opened"])
    lead = await post.company.inquire("customer", region="north")
    await post.deliver(receiver)
    (request,) = receiver.requests
    message = request.verified(webhook["secret"])
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        request.verified(SECRET)
    assert request.headers["webhook-id"] == message["id"]
    assert request.headers["content-type"].startswith("application/cloudevents+json")
    assert message["type"] == "lead.opened.v1"
    assert message["subject"] == lead["lead_id"]
    assert message["data"]["event"]["lead_id"] == lead["lead_id"]
    assert message["data"]["lead"]["region"] == "north"


async def test_a_former_secret_signs_for_a_day_beside_the_new_one(post: Post) -> None:
    receiver, company = post.receivers[0], post.company
    webhook = await post.add(receiver)
    renewed = await post.again(webhook, "rotate-secret")
    assert renewed["secret"] != webhook["secret"]

    async def signatures() -> int:
        await company.inquire(new_id())
        await post.deliver(receiver)
        return len(receiver.requests[-1].headers["webhook-signature"].split(" "))

    assert await signatures() == 2
    company.pass_time(hours=25)
    assert await signatures() == 1
    async with transaction(company.database) as session:
        await webhooks.tidy(session, now=company.now)
    (row,) = await company.rows("SELECT previous_secret FROM webhook")
    assert row["previous_secret"] is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "ftp://example.com/"}, "/url"),
        ({"url": "https://user@example.com/"}, "/url"),
        ({"url": "https:///nothing"}, "/url"),
        ({"headers": {"Host": "x"}}, "/headers/Host/[key]"),
        ({"headers": {"Content-Type": "x"}}, "/headers/Content-Type/[key]"),
        ({"headers": {"Webhook-Id": "x"}}, "/headers/Webhook-Id/[key]"),
        ({"headers": {"X": "a\r\nb: c"}}, "/headers/X"),
        ({"headers": {"X": MASK}}, "/headers"),
        ({"secret": "whsec_short"}, "/secret"),
        ({"types": ["nonsense"]}, "/types/0"),
        ({"types": ["lead.won", "lead.wan"]}, "/types/1"),
        ({"types": ["lead.won.v7"]}, "/types/0"),
        ({"types": ["inquiry.received"]}, "/types/0"),
    ],
)
async def test_what_is_not_sent_is_refused(
    post: Post, change: dict[str, object], pointer: str
) -> None:
    body = {"name": "a", "url": "https://example.com/", **change}
    answer = await post.company.ask("POST", "/v1/webhooks", json=body)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_there_are_only_so_many(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_WEBHOOKS", 1)
    webhook = await post.add(post.receivers[0])
    body = {"name": "a", "url": "https://example.com/"}
    answer = await post.company.ask("POST", "/v1/webhooks", json=body)
    assert answer.status_code == 409
    gone = await post.company.ask("DELETE", f"/v1/webhooks/{webhook['webhook_id']}")
    assert gone.status_code == 204
    again = await post.company.ask("GET", f"/v1/webhooks/{webhook['webhook_id']}")
    assert again.status_code == 404


async def test_only_the_admin_knows_of_them(post: Post) -> None:
    for role in ("supervisor", "manager", "ops"):
        manager_id = new_id() if role == "manager" else None
        answer = await post.company.ask("GET", "/v1/webhooks", role=role, manager_id=manager_id)
        assert answer.status_code == 403


async def test_gauges_tell_how_webhooks_are(post: Post) -> None:
    receiver = post.receivers[0]
    await post.add(receiver)
    await post.add(receiver, path="/off", active=False)
    receiver.answer = lambda _: (500, {}, b"")
    await post.company.inquire()
    await post.round()
    async with transaction(post.company.database) as session:
        await show_webhooks(session)
    metrics = metrics_of("routing")

    def shown(state: str) -> float:
        value = metrics.registry.get_sample_value(
            "leadflow_webhooks", {"service": "routing", "state": state}
        )
        assert value is not None
        return value

    assert {state: shown(state) for state in ("well", "failing", "disabled", "off")} == {
        "well": 0,
        "failing": 1,
        "disabled": 0,
        "off": 1,
    }
    waiting = metrics.registry.get_sample_value("leadflow_webhook_pending", {"service": "routing"})
    assert waiting == 1
