"""Whoever hangs holds up no other: reports go out beside what waits for an answer."""

import asyncio

from services.kpi.use_cases.digests.send import MAILS_AT_ONCE, send_for_ever
from shared.runtime.loop import Progress
from tests.integration.kpi.digesting import Digests, a_recipient, a_report
from tests.support.mail_sink import MailSink
from tests.support.receiver import Receiver
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
