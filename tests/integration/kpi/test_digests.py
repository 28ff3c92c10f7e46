"""Scheduled reports: due once, sent by mail and webhook with the numbers of the API."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from services.kpi.domain import largest
from services.kpi.routes.digest_sections import read_parts
from services.kpi.use_cases.digests.page import page, plain
from services.kpi.use_cases.digests.parts import Occasion
from services.kpi.use_cases.digests.runs import make_run
from tests.integration.kpi.digesting import (
    DIGEST,
    FUNNEL,
    MOSCOW,
    TUESDAY_NIGHT,
    Digests,
    a_recipient,
    a_report,
    html_of,
    sheets_of,
)
from tests.support.mail_sink import MailSink
from tests.support.receiver import Receiver


async def test_the_morning_digest_is_there_and_comes_with_the_numbers_of_the_api(
    digests: Digests, sink: MailSink
) -> None:
    await digests.live()
    await digests.turn()
    assert not sink.mails
    (item,) = await digests.alerting.items("/v1/reports")
    assert (item["report_id"], item["state"], item["next_at"]) == (DIGEST, "ready", None)
    assert item["lacks"] == ["recipients", "mail_server"], "the door of this test knows no server"
    recipient_id = await a_recipient(digests)
    answer = await digests.put(DIGEST, recipient_ids=[recipient_id])
    assert answer.json()["lacks"] == ["mail_server"]
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["next_at"]) == (
        "scheduled",
        "2026-02-24T05:00:00Z",
    )
    digests.alerting.pass_time(hours=5)
    await digests.turn()
    (mail,) = sink.mails
    assert mail["to"] == "head@company.example"
    assert mail["subject"] == "Leadflow: Утренняя сводка / Morning digest"
    assert parsedate_to_datetime(mail["date"]) == digests.alerting.now
    sheets = sheets_of(mail)
    days = "from=2026-02-23&to=2026-02-24&tz=Europe/Moscow"
    funnel = await digests.shown(f"/v1/funnel?{days}&group_by=source&compare=previous")
    heading, *rows = sheets["1. Воронка"]
    received = heading.index("Обращения")
    assert [row[received] for row in rows] == [
        *(row["received"] for row in funnel["rows"]),
        funnel["totals"]["received"],
    ]
    before = heading.index("Период до: Обращения")
    assert rows[-1][before] == funnel["totals"]["previous"]["received"] > 0
    managers = await digests.shown(f"/v1/managers?{days}&compare=previous")
    heading, *rows = sheets["2. Менеджеры"]
    assert [row[heading.index("Продано")] for row in rows] == [
        row["won"] for row in managers["rows"]
    ]
    assert [row[heading.index("Имя")] for row in rows] == [row["name"] for row in managers["rows"]]
    sales = await digests.shown(
        "/v1/sales?from=2026-02-01&to=2026-02-24&tz=Europe/Moscow&group_by=day"
    )
    heading, *rows = sheets["4. Продажи"]
    amount = heading.index("Деньги: RUB: Сумма")
    assert rows[-1][amount] == float(sales["totals"]["figures"]["money"]["RUB"]["amount"])
    assert len(rows) == len(sales["rows"]) + 1
    page = html_of(mail)
    assert page.count("<svg ") >= 3
    assert "Анна «Первая» &lt;Ко&gt;" in page
    assert "<Ко>" not in page


async def test_a_due_time_is_sent_once_whoever_leads_and_however_often_it_restarts(
    digests: Digests, sink: MailSink
) -> None:
    report = await a_report(digests, await a_recipient(digests))
    digests.alerting.clock[0] = datetime.fromisoformat(report["next_at"])
    database, now = digests.alerting.database, digests.alerting.now
    for _leader in range(3):  # each has seen that it is due
        await make_run(database, report["report_id"], MOSCOW, now=now)
        await digests.send()
    assert len(sink.mails) == 1
    digests.alerting.pass_time(days=3, hours=5)
    await digests.turn()
    await digests.turn()
    assert len(sink.mails) == 2  # what was missed is made up for once
    log = await digests.log(report["report_id"])
    assert [item["run_due_at"] for item in log] == [
        (now + timedelta(days=days)).isoformat().replace("+00:00", "Z") for days in (3, 0)
    ]
    item = await digests.shown(f"/v1/reports/{report['report_id']}")
    assert datetime.fromisoformat(item["next_at"]) == now + timedelta(days=4)


async def test_whoever_asks_twice_at_once_has_it_sent_once(
    digests: Digests, sink: MailSink
) -> None:
    """And again, if it is asked for after it came, or for somebody else."""
    report = await a_report(digests, await a_recipient(digests))
    path = f"/v1/reports/{report['report_id']}/send"
    answers = await asyncio.gather(*(digests.alerting.ask("POST", path) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [202] * 4, answers[0].text
    ids = {item["delivery_id"] for answer in answers for item in answer.json()["items"]}
    assert len(ids) == 1
    await digests.send()
    assert len(sink.mails) == 1
    await digests.alerting.ask("POST", path)
    other = await a_recipient(digests, mails=["other@company.example"])
    await digests.put(report["report_id"], recipient_ids=[other])
    await digests.alerting.ask("POST", path)
    await digests.send()
    assert sorted(mail["to"] for mail in sink.mails[1:]) == [
        "head@company.example", "other@company.example",
    ]  # fmt: skip


async def test_a_webhook_is_signed_and_tells_what_the_api_answers(
    digests: Digests, desk: Receiver
) -> None:
    await digests.live()
    made = await digests.alerting.add(
        "/v1/recipients", name="Desk", url=desk.url + "/r", language="en", mails=[]
    )
    sections = [FUNNEL, {"report": "sources", "period": "last_week"}]
    report = await a_report(digests, made["recipient_id"], sections=sections)
    answer = await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    assert answer.status_code == 202, answer.text
    await digests.send()
    (request,) = desk.requests
    moment = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    signed = Webhook(made["secret"]).sign(
        request.headers["webhook-id"], moment, request.body.decode()
    )
    assert request.headers["webhook-signature"] == signed
    told = json.loads(request.body)
    assert told["type"] == "report.made"
    funnel, sources = told["data"]["sections"]
    days = "from=2026-02-23&to=2026-02-24&tz=Europe/Moscow"
    shown = await digests.shown(f"/v1/funnel?{days}&group_by=channel&compare=previous")
    assert (funnel["rows"], funnel["totals"]) == (shown["rows"], shown["totals"])
    week = "from=2026-02-16&to=2026-02-23&tz=Europe/Moscow"
    shown = await digests.shown(f"/v1/sources?{week}")
    assert (sources["rows"], sources["totals"]) == (shown["rows"], shown["totals"])


async def test_of_many_groups_the_largest_are_sent(
    digests: Digests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the address answers them, and both say how many more there are."""
    await digests.live()
    monkeypatch.setattr(largest, "MOST_GROUPS", 2)
    occasion = Occasion(TUESDAY_NIGHT, MOSCOW, "ru", TUESDAY_NIGHT, MOSCOW)
    week = "from=2026-02-16&to=2026-02-23&tz=Europe/Moscow"
    names = ("funnel", "response-times")
    for group_by, compare in (("channel,day", ""), ("day,manager", "&compare=previous")):
        section: dict[str, Any] = {"period": "last_week", "group_by": group_by}
        if compare:
            section["compare"] = "previous"
        sections = [{"report": name, **section} for name in names]
        parts = await read_parts(digests.alerting.database, sections, occasion)
        for name, part in zip(names, parts, strict=True):
            shown = await digests.shown(f"/v1/{name}?{week}&group_by={group_by}{compare}")
            told = {member: part.data[member] for member in ("rows", "totals", "more")}
            assert told == {member: shown[member] for member in told}
            if name != "funnel":
                continue  # hardly anybody was contacted in that week
            assert len(shown["rows"]) == 2
            assert shown["more"] > 0
            words = f"Не вошло самых малых групп: {shown['more']}."
            assert words in plain("Отчёт", [part], "ru", moment="сегодня", has_files=True)
            assert words in page("Отчёт", [part], "ru", moment="сегодня", has_files=True)


async def test_what_is_not_taken_is_tried_again_under_one_id_and_given_up_after_a_day(
    digests: Digests, sink: MailSink
) -> None:
    report = await a_report(digests, await a_recipient(digests))
    sink.answer = "451 later"
    digests.alerting.clock[0] = datetime.fromisoformat(report["next_at"])
    await digests.turn()
    (item,) = await digests.log(report["report_id"])
    assert (item["outcome"], item["error"], item["attempts"]) == ("failed", "content_451", 1)
    sink.answer = "250 OK"
    digests.alerting.pass_time(minutes=1)
    await digests.turn()
    (item,) = await digests.log(report["report_id"])
    assert (item["outcome"], item["attempts"], item["due_at"]) == ("delivered", 2, None)
    (mail,) = sink.mails
    assert mail["message-id"] == f"<{item['delivery_id']}@leadflow>"
    sink.answer = "451 later"
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    for _ in range(10):
        await digests.send()
        digests.alerting.pass_time(hours=6)
    (latest, *_) = await digests.log(report["report_id"])
    assert (latest["outcome"], latest["error"]) == ("given_up", "content_451")


async def test_quiet_hours_hold_back_what_is_scheduled_but_not_what_is_asked_for(
    digests: Digests, sink: MailSink
) -> None:
    quiet = {"quiet_from": "07:00", "quiet_to": "10:00", "time_zone": "Europe/Moscow"}
    report = await a_report(digests, await a_recipient(digests, **quiet))
    due = digests.alerting.clock[0] = datetime.fromisoformat(report["next_at"])
    await digests.turn()
    assert not sink.mails
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    await digests.turn()
    assert len(sink.mails) == 1
    digests.alerting.pass_time(hours=2)
    await digests.turn()
    assert len(sink.mails) == 2
    scheduled = (await digests.log(report["report_id"]))[-1]
    assert datetime.fromisoformat(scheduled["run_due_at"]) == due


async def test_each_recipient_reads_their_language_and_tables_are_attached(
    digests: Digests, sink: MailSink
) -> None:
    await digests.live()
    russian = await a_recipient(digests)
    english = await a_recipient(digests, language="en")
    sections = [
        {"report": name, "period": "last_week"}
        for name in ("funnel", "response-times", "managers", "sources", "sales", "load")
    ]
    report = await a_report(digests, russian, english, sections=sections, files=["csv"])
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    await digests.send()
    pages = sorted(html_of(mail) for mail in sink.mails)
    assert "Managers" in pages[0]
    assert "Менеджеры" in pages[1]
    for mail in sink.mails:
        names = [part.get_filename() for part in mail.iter_attachments()]
        assert names[0] == "1-funnel-2026-02-16-2026-02-22.csv"
        assert len(names) == 6
