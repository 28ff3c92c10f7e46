"""Reports refuse what makes no sense, and show themselves to those whom they concern."""

from decimal import Decimal
from uuid import UUID

import pytest

from services.kpi.repository.reports import figures
from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactRelinked
from shared.contracts.leads import LeadWon
from shared.database import Database, Session
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import ANNA, SITE, WEEK, a_week, numbers, report
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"from": "2026-03-09"}, "/to"),
        ({"from": "2026-03-10"}, "/to"),
        ({"from": "yesterday"}, "/from"),
        ({"to": "1969-01-01"}, "/to"),
        ({"from": "0001-01-01"}, "/from"),
        ({"from": "1970-01-01", "to": "2190-01-01"}, "/to"),
        ({"tz": "Mars/Olympus"}, "/tz"),
        ({"tz": "../etc/passwd"}, "/tz"),
        ({"tz": ""}, "/tz"),
        ({"tz": "\0"}, "/tz"),
        ({"group_by": "colour"}, "/group_by"),
        ({"group_by": "day,day"}, "/group_by"),
        ({"group_by": ""}, "/group_by"),
    ],
)
async def test_what_cannot_be_reported_is_named(
    door: Door, changed: dict[str, str], pointer: str
) -> None:
    for path in ("/v1/funnel", "/v1/response-times"):
        answer = await door.client.get(
            path, params={**WEEK, **changed}, headers=door.as_("supervisor")
        )
        assert answer.status_code == 422, answer.text
        assert pointer in {error["pointer"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"measure": "liked"}, "/measure"),
        ({"day": "2026-04-01"}, "/day"),
        ({"manager": "nobody"}, "/manager"),
        ({"source": "x"}, "/source"),
        ({"cursor": "x"}, "/cursor"),
        ({"channel": "\0"}, "/channel"),
    ],
)
async def test_a_list_that_cannot_be_shown_is_named(
    door: Door, changed: dict[str, str], pointer: str
) -> None:
    answer = await door.client.get(
        "/v1/funnel/leads",
        params={**WEEK, "measure": "won", **changed},
        headers=door.as_("supervisor"),
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_many_years_are_one_report(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_week().events)
    found = await report(
        door,
        "/v1/funnel",
        **{"from": "1990-01-01", "to": "2090-01-01", "tz": "Asia/Kolkata", "group_by": "day"},
    )
    assert numbers(found["totals"])[0] == 6


async def test_managers_and_sources_over_the_period(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_week().events)
    managers = await report(door, "/v1/managers", **WEEK)
    assert {row["name"]: numbers(row) for row in managers["rows"]} == {
        "Anna": (2, 1, 1, 0, 1, 0),
        "Boris": (1, 1, 1, 0, 0, 1),
    }
    (anna,) = [row for row in managers["rows"] if row["name"] == "Anna"]
    assert anna["won_amounts"] == {"RUB": 1500.5}
    sources = await report(door, "/v1/sources", **WEEK)
    assert {row["labels"]["source"]: row["figures"]["inquiries"] for row in sources["rows"]} == {
        "site": 5,
        "pbx": 1,
    }


async def test_a_report_sees_all_facts_at_one_moment(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = a_week()
    await consume(database, apply_and_tell, streams.events)
    streams.on_lead(
        LeadWon, some_id("lead", "won"), some_id("contact", 0), amount=9, currency="EUR"
    )
    list_names = figures.list_manager_names

    async def list_before_more_comes(session: Session) -> dict[UUID, str | None]:
        names = await list_names(session)
        await consume(database, apply_and_tell, streams.events[-1:])
        return names

    monkeypatch.setattr(figures, "list_manager_names", list_before_more_comes)
    for amounts in ({"RUB": 1500.5}, {"EUR": 9.0}):
        managers = await report(door, "/v1/managers", **WEEK)
        (anna,) = [row for row in managers["rows"] if row["name"] == "Anna"]
        assert anna["won_amounts"] == amounts


async def test_amounts_are_added_exactly_and_apart_by_currency(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    amounts = (("RUB", "0.1"), ("RUB", "0.2"), ("USD", "19.99"))
    for number, (currency, amount) in enumerate(amounts):
        contact = some_id("contact", number)
        lead = streams.opened(
            number, inquiry=streams.inquiry(number, contact=contact), contact=contact
        )
        streams.accepted(lead, contact, ANNA)
        members = {"manager_id": ANNA, "amount": Decimal(amount), "currency": currency}
        streams.on_lead(LeadWon, lead, contact, **members)
    await consume(database, apply_and_tell, streams.events)
    (anna,) = (await report(door, "/v1/managers", **WEEK))["rows"]
    assert anna["won_amounts"] == {"RUB": 0.3, "USD": 19.99}


async def test_a_test_is_in_no_figure_even_when_it_was_won(database: Database, door: Door) -> None:
    streams = a_week()
    paths = ("/v1/funnel", "/v1/response-times", "/v1/managers", "/v1/sources")
    await consume(database, apply_and_tell, streams.events)
    figures_before = [await report(door, path, **WEEK) for path in paths]
    count, lead, person = len(streams.events), some_id("lead", "test"), some_id("contact", 4)
    streams.accepted(lead, person, ANNA)
    streams.emit(
        ActivityRecorded(
            activity_id=some_id("activity", "test"),
            contact_id=person,
            lead_id=lead,
            manager_id=ANNA,
            kind="call",
            direction="outgoing",
            at=streams.at,
            learned_at=streams.at,
        )
    )
    streams.on_lead(LeadWon, lead, person, manager_id=ANNA, amount=99, currency="RUB")
    await consume(database, apply_and_tell, streams.events[count:])
    assert [await report(door, path, **WEEK) for path in paths] == figures_before
    for measure in ("received", "won"):
        leads = await report(door, "/v1/funnel/leads", **WEEK, measure=measure)
        assert str(lead) not in {item["lead_id"] for item in leads["items"]}


async def test_who_may_see_figures(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_week().events)
    anna = door.as_("manager", manager_id=ANNA)
    paths = ("/v1/funnel", "/v1/funnel/leads", "/v1/response-times", "/v1/managers", "/v1/sources")
    for path in paths:
        asked = {**WEEK, "measure": "won"} if path.endswith("leads") else WEEK
        assert (await door.client.get(path, params=asked)).status_code == 401
        for role in ("admin", "supervisor"):
            answer = await door.client.get(path, params=asked, headers=door.as_(role))
            assert answer.status_code == 200
        for headers in (
            door.as_("ops"),
            door.as_("service"),
            door.as_("source", source_id=SITE),
        ):
            refused = await door.client.get(path, params=asked, headers=headers)
            assert refused.status_code == 403
        found = await door.client.get(path, params=asked, headers=anna)
        own_is_shown = path in {"/v1/managers", "/v1/funnel/leads"}
        assert found.status_code == (200 if own_is_shown else 403)
    own = await door.client.get("/v1/managers", params=WEEK, headers=anna)
    assert [row["manager_id"] for row in own.json()["rows"]] == [str(ANNA)]
    new = door.as_("manager", manager_id=some_id("manager", "new"))
    nothing = await door.client.get("/v1/managers", params=WEEK, headers=new)
    assert [numbers(row) for row in nothing.json()["rows"]] == [(0, 0, 0, 0, 0, 0)]


async def test_reconciliation_counts_each_inquiry_once(database: Database, door: Door) -> None:
    streams = a_week()
    streams.emit(
        ContactRelinked(
            contact_id=some_id("contact", 0),
            canonical_id=some_id("contact", 1),
            batch_id=some_id("batch"),
            reason="phone",
            relinked_at=streams.at,
        )
    )
    await consume(database, apply_and_tell, streams.events)
    await consume(database, apply_and_tell, streams.events)
    answer = await door.client.get(
        "/v1/reconciliation", params={"step": "day"}, headers=door.as_("service")
    )
    (bucket,) = answer.json()["digests"]
    assert bucket["count"] == 7
