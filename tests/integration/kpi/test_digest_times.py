"""Due times of reports when the company moves to another zone, or the machine's clock errs."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.kpi.use_cases.digests.runs import make_run, realign
from tests.integration.kpi.digesting import MOSCOW, Digests, a_recipient, a_report
from tests.support.mail_sink import MailSink


async def test_a_company_that_moves_to_another_zone_is_told_each_day_once(
    digests: Digests, sink: MailSink
) -> None:
    """West, where the day it had this morning comes again, and east, where it came already."""
    database = digests.alerting.database
    west, east = ZoneInfo("Europe/Kaliningrad"), ZoneInfo("Asia/Omsk")
    report = await a_report(digests, await a_recipient(digests))
    digests.alerting.clock[0] = first = datetime.fromisoformat(report["next_at"])  # 8:00 in Moscow
    await digests.turn()
    day = timedelta(days=1)
    await realign(database, west, now=first + day / 4)
    item = await digests.shown(f"/v1/reports/{report['report_id']}")
    assert datetime.fromisoformat(item["next_at"]) == first + day + timedelta(hours=1)
    await realign(database, MOSCOW, now=first + day / 4)
    await make_run(database, report["report_id"], west, now=first + day)
    assert len(await digests.log(report["report_id"])) == 1, "of this day it was told already"
    await make_run(database, report["report_id"], west, now=first + day + timedelta(hours=1))
    assert len(await digests.log(report["report_id"])) == 2
    await realign(database, east, now=first + day + timedelta(hours=2))
    await make_run(database, report["report_id"], east, now=first + 2 * day)
    log = await digests.log(report["report_id"])
    assert [datetime.fromisoformat(item["run_due_at"]) for item in log] == [
        first + 2 * day - timedelta(hours=3), first + day + timedelta(hours=1), first,
    ]  # fmt: skip


async def test_a_clock_that_was_ahead_or_goes_back_neither_silences_nor_repeats(
    digests: Digests, sink: MailSink
) -> None:
    report = await a_report(digests, await a_recipient(digests))
    digests.alerting.clock[0] = first = datetime.fromisoformat(report["next_at"])
    await digests.turn()
    digests.alerting.pass_time(hours=-1)  # the hour comes twice
    await digests.turn()
    digests.alerting.pass_time(hours=1)
    await digests.turn()
    assert len(sink.mails) == 1
    digests.alerting.pass_time(days=40)
    await digests.turn()
    assert len(sink.mails) == 2
    digests.alerting.clock[0] = first + timedelta(hours=1)
    await realign(digests.alerting.database, MOSCOW, now=digests.alerting.now)
    for _day in range(2):
        digests.alerting.pass_time(days=1)
        await digests.turn()
    assert len(sink.mails) == 4
