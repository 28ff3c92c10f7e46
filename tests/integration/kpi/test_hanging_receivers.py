"""Whoever hangs holds up no other: reports go out beside what waits for an answer."""

import asyncio

from services.kpi.use_cases.alerts.send import tries_of
from services.kpi.use_cases.deliveries.tries import MAILS_AT_ONCE, try_for_ever
from services.kpi.use_cases.digests.send import send_for_ever
from shared.runtime.loop import Progress
from tests.integration.kpi.alerting import Alerting, a_rule
from tests.integration.kpi.digesting import Digests, a_recipient, a_report
from tests.support.mail_sink import MailSink
from tests.support.receiver import Receiver, receiver
from tests.support.waiting import eventually


async def test_a_mail_server_that_hangs_holds_up_no_webhook_and_nothing_is_sent_twice(
    digests: Digests, sink: MailSink, desk: Receiver
) -> None:
    addresses = [f"head-{number}@company.example" for number in range(MAILS_AT_ONCE + 2)]
    ids = [await a_recipient(digests, mails=[address]) for address in addresses]
    ids.append(await a_recipient(digests, mails=[], url=desk.url + "/r"))
    report = await a_report(digests, *ids)
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    sink.gate.clear()

    async def begun() -> bool:
        return len(desk.requests) == 1 and sink.under_way == MAILS_AT_ONCE

    async def over() -> bool:
        log = await digests.log(report["report_id"])
        return all(item["outcome"] == "delivered" for item in log)

    sending = asyncio.create_task(send_for_ever(digests.desk, Progress()))
    try:
        await eventually(begun, seconds=30, what="mails that hang, and a webhook that came")
        assert sink.mails == []
        sink.gate.set()
        await eventually(over, seconds=30, what="the end of all deliveries")
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert sorted(sink.recipients) == addresses
    assert len(desk.requests) == 1


async def test_a_host_that_hangs_holds_up_no_other_and_is_asked_one_thing_at_a_time(
    alerting: Alerting, desk: Receiver
) -> None:
    async with receiver() as other:
        urls = [f"{desk.url}/{name}" for name in "abc"] + [f"{other.url}/{name}" for name in "de"]
        people = [await alerting.add("/v1/recipients", name=url, url=url) for url in urls]
        await a_rule(alerting, *people)
        await alerting.look()
        desk.gate.clear()

        async def begun() -> bool:
            return len(other.requests) == 2 and len(desk.under_way) == 1

        async def over() -> bool:
            return len(desk.requests) == 3 and not desk.under_way

        sending = asyncio.create_task(try_for_ever(tries_of(alerting.sender), Progress()))
        try:
            await eventually(begun, seconds=30, what="one host that hangs, and all of the other")
            assert len(desk.requests) == 1
            desk.gate.set()
            await eventually(over, seconds=30, what="the end of all deliveries")
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    assert (desk.most_together, other.most_together) == (1, 1)
    assert sorted(request.path for request in desk.requests) == ["/a", "/b", "/c"]
