"""What becomes of what is not taken: nobody is told twice, none is told at night, all is seen."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.kpi.use_cases.deliveries.gauges import show_overdue
from services.kpi.use_cases.deliveries.sending import new_mail
from shared.database import transaction
from shared.observability.metrics import metrics_of
from tests.integration.kpi.alerting import HEAD, Alerting, a_rule
from tests.integration.kpi.digesting import Digests, a_recipient, a_report
from tests.support.loopback import Answer
from tests.support.mail_sink import MailSink
from tests.support.receiver import Receiver

GREY, GONE, WELL = (f"{name}@company.example" for name in ("grey", "gone", "well"))
NIGHT = {"quiet_from": "22:00", "quiet_to": "08:00", "time_zone": "UTC"}


async def the_log(alerting: Alerting, recipient: Mapping[str, Any]) -> list[dict[str, Any]]:
    return await alerting.items(f"/v1/recipients/{recipient['recipient_id']}/deliveries")


async def test_addresses_that_are_refused_are_tried_alone_and_nobody_is_told_twice(
    digests: Digests, sink: MailSink
) -> None:
    sink.answers = {GREY: "450 4.2.0 greylisted, come back", GONE: "550 5.1.1 no such user"}
    recipient_id = await a_recipient(digests, mails=[GREY, WELL, GONE])
    report = await a_report(digests, recipient_id)
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    await digests.send()
    (item,) = await digests.log(report["report_id"])
    assert (item["outcome"], item["error"]) == ("failed", "recipient_450")
    assert item["open_mails"] == [GREY, GONE]
    del sink.answers[GREY]
    digests.alerting.pass_time(minutes=1)
    await digests.send()
    (item,) = await digests.log(report["report_id"])
    assert (item["outcome"], item["error"]) == ("given_up", "recipient_550")
    assert (item["open_mails"], item["attempts"]) == ([GONE], 2)
    assert sink.recipients == [WELL, GREY]
    assert {mail["to"] for mail in sink.mails} == {f"{GREY}, {WELL}, {GONE}", f"{GREY}, {GONE}"}


async def test_a_server_that_fails_in_between_is_asked_for_those_who_are_left(
    alerting: Alerting, sink: MailSink
) -> None:
    sink.answers = {GREY: "450 4.2.0 greylisted, come back"}
    recipient = await alerting.add("/v1/recipients", name="Head", mails=[GREY, WELL])
    await a_rule(alerting, recipient)
    await alerting.look()
    await alerting.send()
    sink.answers, sink.answer = {}, "451 later"
    alerting.pass_time(minutes=1)
    await alerting.send()
    (item,) = await the_log(alerting, recipient)
    assert (item["error"], item["open_mails"]) == ("content_451", [GREY])
    sink.answer = "250 OK"
    alerting.pass_time(minutes=1)
    await alerting.send()
    (item,) = await the_log(alerting, recipient)
    assert (item["outcome"], item["error"], item["open_mails"]) == ("delivered", None, None)
    assert sink.recipients == [WELL, GREY]


async def test_what_is_tried_late_is_not_told_at_night(alerting: Alerting, sink: MailSink) -> None:
    """Neither what failed in the evening, nor what nobody was there to send; a test is."""
    alerting.clock[0] = alerting.now.replace(hour=21, minute=50)
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD, **NIGHT)
    await a_rule(alerting, recipient, name="failed")
    sink.answer = "451 later"
    await alerting.look()
    await alerting.send()
    await a_rule(alerting, recipient, name="unsent", threshold=4)
    await alerting.look()
    sink.answer = "250 OK"
    alerting.pass_time(minutes=30)
    await alerting.send()
    assert sink.mails == []
    await alerting.ask("POST", f"/v1/recipients/{recipient['recipient_id']}/test")
    await alerting.send()
    assert len(sink.mails) == 1
    alerting.clock[0] = alerting.now.replace(hour=8, minute=0) + timedelta(days=1)
    await alerting.send()
    assert len(sink.mails) == 3
    log = await the_log(alerting, recipient)
    assert sorted(item["attempts"] for item in log) == [1, 1, 2]


async def test_a_report_that_is_tried_late_waits_for_the_morning_too(
    digests: Digests, sink: MailSink
) -> None:
    daily = {"every": "day", "at": "21:55", "time_zone": "UTC"}
    report = await a_report(digests, await a_recipient(digests, **NIGHT), schedule=daily)
    digests.alerting.clock[0] = digests.alerting.now.replace(hour=21, minute=55)
    await digests.make()
    digests.alerting.pass_time(hours=1)
    await digests.send()
    assert sink.mails == []
    (item,) = await digests.log(report["report_id"])
    assert (item["outcome"], item["attempts"]) == ("waiting", 0)
    digests.alerting.pass_time(hours=10)
    await digests.send()
    assert len(sink.mails) == 1


async def test_whoever_was_switched_off_meanwhile_is_not_told(
    digests: Digests, sink: MailSink
) -> None:
    recipient_id = await a_recipient(digests)
    report = await a_report(digests, recipient_id)
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    body = {"name": "Head", **HEAD, "active": False}
    answer = await digests.alerting.ask(
        "PUT", f"/v1/recipients/{recipient_id}", json=body, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 200, answer.text
    await digests.send()
    assert sink.mails == []
    (item,) = await digests.log(report["report_id"])
    assert (item["outcome"], item["due_at"]) == ("needless", None)


@pytest.mark.parametrize(
    ("answer", "outcome", "seconds"),
    [
        ((410, {}, b""), "given_up", None),
        ((429, {"retry-after": "3600"}, b""), "failed", 3600),
        ((503, {"retry-after": "120"}, b""), "failed", 120),
        ((302, {"location": "https://elsewhere.example/"}, b""), "failed", 5),
        ((404, {}, b""), "failed", 5),
    ],
)
async def test_a_webhook_is_asked_again_when_it_wants_to_be(
    alerting: Alerting, desk: Receiver, answer: Answer, outcome: str, seconds: int | None
) -> None:
    """And whoever says that they are gone is not."""
    desk.answer = lambda _: answer
    recipient = await alerting.add("/v1/recipients", name="Desk", url=desk.url + "/a")
    await a_rule(alerting, recipient)
    await alerting.look()
    await alerting.send()
    (item,) = await the_log(alerting, recipient)
    assert (item["outcome"], item["error"]) == (outcome, f"status_{answer[0]}")
    due_at = None if seconds is None else alerting.now + timedelta(seconds=seconds)
    assert item["due_at"] == (due_at and due_at.isoformat().replace("+00:00", "Z"))
    assert len(desk.requests) == 1


async def test_operators_see_what_does_not_reach_people_from_the_first_try(
    digests: Digests, sink: MailSink
) -> None:
    labels = {"service": "kpi", "kind": "report", "way": "mail"}
    registry = metrics_of("kpi").registry

    async def overdue() -> tuple[float | None, bool]:
        async with transaction(digests.alerting.database) as session:
            await show_overdue(session)
        seconds = registry.get_sample_value("leadflow_overdue_delivery_seconds", labels)
        return registry.get_sample_value("leadflow_overdue_deliveries", labels), bool(seconds)

    def counted(outcome: str) -> float:
        sample = {**labels, "outcome": outcome}
        return registry.get_sample_value("leadflow_deliveries_total", sample) or 0

    assert await overdue() == (0, False)
    before = counted("failed"), counted("delivered")
    report = await a_report(digests, await a_recipient(digests))
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    sink.answer = "451 later"
    with capture_logs() as lines:
        await digests.send()
    assert await overdue() == (1, True)
    (line,) = [line for line in lines if line["event"] == "delivery.not_sent"]
    assert (line["kind"], line["name"], line["state"]) == ("report", "mail", "failed")
    assert (line["reason"], line["attempts"]) == ("content_451", 1)
    (item,) = await digests.log(report["report_id"])
    assert (line["delivery_id"], line["recipient_id"]) == (
        item["delivery_id"], item["recipient_id"],
    )  # fmt: skip
    assert "@" not in str(line)
    sink.answer = "250 OK"
    digests.alerting.pass_time(minutes=1)
    await digests.send()
    assert await overdue() == (0, False)
    assert (counted("failed"), counted("delivered")) == (before[0] + 1, before[1] + 1)


def test_no_name_begins_a_header() -> None:
    message = new_mail("Отчёт\r\nBcc: all@company.example\u2028\x85X: 1", "слова")
    assert message["bcc"] is None
    assert message["x"] is None
    assert message["subject"] == "Leadflow: Отчёт Bcc: all@company.example X: 1"
