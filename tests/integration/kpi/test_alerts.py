"""Alerts: raised once, told by mail and webhook, after quiet hours, and over when it is over."""

import json
from datetime import UTC, datetime

from standardwebhooks import Webhook

from services.kpi.use_cases.restore import restore
from shared.contracts.indicators import AlertRaised
from shared.database import transaction
from tests.integration.kpi.alerting import HEAD, Alerting, a_rule
from tests.support.event_streams import some_id
from tests.support.journal_events import journal_events
from tests.support.mail_sink import MailSink
from tests.support.receiver import Receiver


async def test_it_is_raised_once_told_by_each_way_and_over_when_it_is_over(
    alerting: Alerting, sink: MailSink, desk: Receiver
) -> None:
    recipient = await alerting.add("/v1/recipients", name="Head", url=desk.url + "/a", **HEAD)
    rule = await a_rule(alerting, recipient)
    alerting.streams.inquiry(1, contact=some_id("contact", 1))
    await alerting.consume()
    for _ in range(3):
        await alerting.look()
        await alerting.send()
        alerting.pass_time(minutes=1)
    (alert,) = await alerting.items("/v1/alerts?open=true")
    assert (alert["rule_id"], alert["value"], alert["resolved_at"]) == (rule["rule_id"], "1", None)
    (mail,) = sink.mails
    assert mail["to"] == "head@company.example"
    assert mail["subject"].startswith("Leadflow: Внимание: обращения, компания — 1 за 24 ч")
    (request,) = desk.requests
    moment = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    message_id = request.headers["webhook-id"]
    signed = Webhook(recipient["secret"]).sign(message_id, moment, request.body.decode())
    assert request.headers["webhook-signature"] == signed
    told = json.loads(request.body)
    assert (told["type"], told["data"]["value"]) == ("alert.raised", "1")
    for number in (2, 3):
        alerting.streams.inquiry(number, contact=some_id("contact", number))
    await alerting.consume()
    await alerting.look()
    await alerting.send()
    assert await alerting.items("/v1/alerts?open=true") == []
    (alert,) = await alerting.items(f"/v1/alerts?rule_id={rule['rule_id']}")
    assert alert["resolved_at"] is not None
    assert [json.loads(item.body)["type"] for item in desk.requests] == [
        "alert.raised",
        "alert.resolved",
    ]
    assert len(sink.mails) == 2
    events = await journal_events(alerting.database)
    assert [type(item.event) for item in events] == [AlertRaised]


async def test_each_value_of_an_axis_is_judged_by_itself(
    alerting: Alerting, sink: MailSink
) -> None:
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    await a_rule(alerting, recipient, axis="source", comparison="falls", threshold=50, least=4)
    for number in range(4):
        alerting.streams.inquiry(number, contact=some_id("contact", number))
    shop = {"source_id": some_id("source", "shop"), "source_key": "shop"}
    alerting.streams.inquiry("shop", contact=some_id("contact", 9), **shop)
    alerting.pass_time(hours=24)
    alerting.streams.at = alerting.now
    alerting.pass_time(hours=1)
    alerting.streams.inquiry("later", contact=some_id("contact", 9), **shop)
    await alerting.consume()
    await alerting.look()
    await alerting.send()
    (alert,) = await alerting.items("/v1/alerts")
    assert (alert["label"], alert["value"], alert["before"]) == ("site", "0", "4")
    (mail,) = sink.mails
    assert mail["subject"] == (
        "Leadflow: Внимание: обращения, источник «site» — 0 (было 4) за 24 ч,"
        " порог: спад не больше 50 %."
    )


async def test_at_night_it_waits_and_what_is_over_by_morning_is_not_told(
    alerting: Alerting, sink: MailSink
) -> None:
    quiet = {"quiet_from": "09:00", "quiet_to": "14:00", "time_zone": "UTC"}
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD, **quiet)
    await a_rule(alerting, recipient, name="stays")
    await a_rule(alerting, recipient, name="passes", threshold=2, tell_resolved=False)
    await alerting.look()
    await alerting.send()
    assert not sink.mails
    for number in (1, 2):
        alerting.streams.inquiry(number, contact=some_id("contact", number))
    await alerting.consume()
    await alerting.look()
    alerting.pass_time(hours=4)
    await alerting.send()
    (mail,) = sink.mails
    assert "порог: не ниже 3" in mail["subject"]
    outcomes = await alerting.items(f"/v1/recipients/{recipient['recipient_id']}/deliveries")
    assert sorted(item["outcome"] for item in outcomes) == ["delivered", "needless"]


async def test_what_is_not_taken_is_tried_again_for_a_day(
    alerting: Alerting, sink: MailSink, desk: Receiver
) -> None:
    recipient = await alerting.add("/v1/recipients", name="Head", url=desk.url, **HEAD)
    await a_rule(alerting, recipient)
    desk.answer = lambda _: (503, {}, b"")
    sink.answer = "451 later"
    await alerting.look()
    await alerting.send()
    log = f"/v1/recipients/{recipient['recipient_id']}/deliveries"
    assert {(item["outcome"], item["error"]) for item in await alerting.items(log)} == {
        ("failed", "content_451"),
        ("failed", "status_503"),
    }
    sink.answer = "250 OK"
    alerting.pass_time(minutes=1)
    await alerting.send()
    assert len(sink.mails) == 1
    for _ in range(40):
        alerting.pass_time(hours=1)
        await alerting.send()
    by_way = {item["way"]: item for item in await alerting.items(log)}
    assert by_way["mail"]["outcome"] == "delivered"
    assert by_way["webhook"]["outcome"] == "given_up"
    assert by_way["webhook"]["due_at"] is None
    ids = {item.headers["webhook-id"] for item in desk.requests}
    assert len(ids) == 1
    assert len(desk.requests) == by_way["webhook"]["attempts"]


async def test_an_address_that_does_not_exist_is_given_up_at_once(
    alerting: Alerting, sink: MailSink
) -> None:
    sink.recipient = "550 no such user"
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    answer = await alerting.ask("POST", f"/v1/recipients/{recipient['recipient_id']}/test")
    assert answer.status_code == 202
    await alerting.send()
    (delivery,) = await alerting.items(f"/v1/recipients/{recipient['recipient_id']}/deliveries")
    assert (delivery["outcome"], delivery["error"]) == ("given_up", "recipient_550")


async def test_an_older_copy_lists_what_was_raised_after_it(alerting: Alerting) -> None:
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    await a_rule(alerting, recipient)
    await alerting.look()
    (alert,) = await alerting.items("/v1/alerts")
    events = await journal_events(alerting.database)
    async with transaction(alerting.database) as session:
        await session.execute("DELETE FROM alert")
        await restore(session, events, now=alerting.now)
        await restore(session, events, now=alerting.now)
    (restored,) = await alerting.items("/v1/alerts")
    assert restored == alert


async def test_secrets_are_sealed_and_told_once(alerting: Alerting, desk: Receiver) -> None:
    recipient = await alerting.add("/v1/recipients", name="Head", url=desk.url)
    async with transaction(alerting.database) as session:
        stored = await session.scalar("SELECT secret FROM recipient")
    assert recipient["secret"] not in stored
    (item,) = await alerting.items("/v1/recipients")
    assert "secret" not in item
