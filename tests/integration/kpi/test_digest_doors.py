"""The doors of scheduled reports: previews, refusals by name, and what deleting means."""

from typing import Any

import pytest

from tests.integration.kpi.digesting import (
    DAILY,
    DIGEST,
    FUNNEL,
    Digests,
    a_recipient,
    a_report,
    sheets_of,
)
from tests.integration.kpi.plans.planning import a_version, get, orders, put
from tests.integration.kpi.plans.test_control import YEAR
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import consume
from tests.support.mail_sink import MailSink


async def test_a_preview_sends_nothing(digests: Digests, sink: MailSink) -> None:
    await digests.live()
    path = f"/v1/reports/{DIGEST}/preview"
    answer = await digests.alerting.ask("GET", f"{path}?lang=en", role="supervisor")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "Анна" in answer.text
    book = await digests.alerting.ask("GET", f"{path}?format=xlsx")
    assert book.content.startswith(b"PK")
    await digests.turn()
    assert not sink.mails


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"sections": []}, "/sections"),
        ({"sections": [{"report": "nothing"}]}, "/sections/0/report"),
        ({"sections": [{"report": "funnel", "period": "ever"}]}, "/sections/0/period"),
        ({"sections": [{"report": "funnel", "group_by": "moon"}]}, "/sections/0/group_by"),
        ({"sections": [{"report": "managers", "group_by": "source"}]}, "/sections/0/group_by"),
        ({"sections": [{"report": "sales", "attribution": "linear"}]}, "/sections/0/attribution"),
        ({"sections": [FUNNEL, {"report": "plan-control"}]}, "/sections/1/plan_id"),
        (
            {"sections": [{"report": "plan-control", "plan_id": DIGEST, "version": 1}]},
            "/sections/0/plan_id",
        ),
        ({"schedule": {"every": "week", "at": "08:00"}}, "/schedule/weekday"),
        ({"schedule": {"every": "day", "at": "08:00", "day": 3}}, "/schedule/day"),
        ({"schedule": {"every": "month", "at": "08:00", "day": 32}}, "/schedule/day"),
        ({"schedule": DAILY | {"at": 9}}, "/schedule/at"),
        ({"schedule": DAILY | {"time_zone": "Mars/Base"}}, "/schedule/time_zone"),
        ({"recipient_ids": [DIGEST]}, "/recipient_ids/0"),
        ({"files": ["pdf"]}, "/files/0"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(
    digests: Digests, change: dict[str, Any], pointer: str
) -> None:
    body = {"name": "Утро", "sections": [FUNNEL], "schedule": DAILY} | change
    answer = await digests.alerting.ask("POST", "/v1/reports", json=body)
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_what_a_plan_needs_and_an_address_lacks_is_said_in_words(digests: Digests) -> None:
    body = {"name": "Утро", "sections": [{"report": "plan-control"}], "schedule": DAILY}
    answer = await digests.alerting.ask("POST", "/v1/reports", json=body)
    assert answer.json()["errors"] == [
        {"pointer": f"/sections/0/{name}", "detail": "is needed by plan-control"}
        for name in ("plan_id", "version")
    ]
    body = {"name": "Анна", "mails": ["anna.example"], "language": "ru"}
    answer = await digests.alerting.ask("POST", "/v1/recipients", json=body)
    assert answer.json()["errors"] == [
        {"pointer": "/mails/0", "detail": "is no mail address: name@company.example is one"}
    ]


async def test_whom_a_report_names_stays_and_a_deleted_report_is_not_sent(
    digests: Digests, sink: MailSink
) -> None:
    recipient_id = await a_recipient(digests)
    report = await a_report(digests, recipient_id)
    answer = await digests.alerting.ask("DELETE", f"/v1/recipients/{recipient_id}")
    assert answer.status_code == 409
    path = f"/v1/reports/{report['report_id']}"
    await digests.alerting.ask("POST", f"{path}/send")
    assert (await digests.alerting.ask("DELETE", path)).status_code == 204
    await digests.turn()
    assert not sink.mails
    assert (await digests.alerting.ask("GET", path)).status_code == 404
    nobody = await a_report(digests)
    answer = await digests.alerting.ask("POST", f"/v1/reports/{nobody['report_id']}/send")
    assert answer.status_code == 409


async def test_a_part_shows_a_plan_against_what_was_sold(digests: Digests, sink: MailSink) -> None:
    await consume(digests.alerting.database, apply_and_tell, orders().events)
    door = digests.alerting.door
    version = await a_version(door, **YEAR)
    await put(door, version, 1, 300, node={"region": "Москва"})
    await put(door, version, 2, 66, node={"region": "Омск", "month": "2026-03"})
    _, _, _, plan_id, _, number = version.split("/")
    plan = {"report": "plan-control", "plan_id": plan_id, "version": int(number)}
    sections = [{**plan, "axis": "region"}, plan]
    report = await a_report(digests, await a_recipient(digests), sections=sections)
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    await digests.send()
    (mail,) = sink.mails
    control = await get(door, f"{version}/control", axis="region")
    by_region, whole = list(sheets_of(mail).values())[:2]
    figures = [item["figures"] for item in control["items"]] + [control["totals"]]
    for name, member in (("План", "plan"), ("Факт", "fact"), ("Нужно в день", "required")):
        place = by_region[0].index(name)
        assert [row[place] for row in by_region[1:]] == [each[member] for each in figures]
    assert whole[1][whole[0].index("Факт")] == control["totals"]["fact"]
    await door.client.delete(f"/v1/plans/{plan_id}", headers=door.as_("supervisor"))
    await digests.alerting.ask("POST", f"/v1/reports/{report['report_id']}/send")
    await digests.send()
    (latest, _) = await digests.log(report["report_id"])
    assert (latest["outcome"], latest["error"]) == ("given_up", "report_not_found")
