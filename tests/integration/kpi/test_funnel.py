"""The funnel's numbers, counted by hand, in zones with half hours and changing clocks."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kpi.handlers import apply
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryUpdated
from shared.contracts.leads import (
    LeadInquiryAttached,
    LeadLost,
    LeadMerged,
    LeadReopened,
    LeadReturned,
    LeadWon,
)
from shared.contracts.managers import ManagerChanged
from shared.database import Database
from tests.support.doors import Door
from tests.support.telling import Told, hear, some_id

ANNA, BORIS = some_id("manager", "anna"), some_id("manager", "boris")
SITE, PBX = some_id("source", "site"), some_id("source", "pbx")
MEASURES = ("received", "assigned", "accepted", "contacted", "won", "lost")
WEEK = {"from": "2026-03-02", "to": "2026-03-09", "tz": "UTC"}


async def report(door: Door, path: str, **parameters: str) -> dict[str, Any]:
    answer = await door.client.get(path, params=parameters, headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in MEASURES)


def by(rows: list[dict[str, Any]], name: str) -> dict[Any, tuple[int, ...]]:
    return {row["group"][name]: numbers(row) for row in rows}


def a_week() -> Told:
    """Seven inquiries, one of them a test; five leads of which one is folded into another."""
    told = Told()
    for manager, name in ((ANNA, "Anna"), (BORIS, "Boris")):
        told.tell(
            ManagerChanged(
                manager_id=manager, changed_at=told.at, name=name, capacity=5, time_zone="UTC"
            )
        )
    people = [some_id("contact", number) for number in range(6)]
    won = told.opened("won", inquiry=told.inquiry(1, contact=people[0]), contact=people[0])
    told.assigned(won, people[0], ANNA)
    told.accepted(won, people[0], ANNA)
    told.on_lead(LeadWon, won, people[0], manager_id=ANNA, amount=1500.5, currency="RUB")
    lost = told.opened("lost", inquiry=told.inquiry(2, contact=people[1]), contact=people[1])
    told.assigned(lost, people[1], ANNA)
    told.on_lead(LeadReturned, lost, people[1], manager_id=ANNA, epoch=1)
    told.assigned(lost, people[1], BORIS)
    told.accepted(lost, people[1], BORIS)
    told.on_lead(LeadLost, lost, people[1], loss_reason="price")
    phoned = told.inquiry(3, contact=people[2], channel="call", source_id=PBX, source_key="pbx")
    waiting = told.opened(
        "waiting", inquiry=phoned, contact=people[2], channel="call", source_id=PBX
    )
    again = told.inquiry(4, contact=people[2])
    told.on_lead(LeadInquiryAttached, waiting, people[2], inquiry_id=again)
    twin_inquiry = told.inquiry(5, contact=people[3])
    twin = told.opened("twin", inquiry=twin_inquiry, contact=people[3])
    told.on_lead(LeadMerged, twin, people[3], into=won, inquiry_ids=[twin_inquiry])
    told.on_lead(LeadInquiryAttached, won, people[0], inquiry_id=twin_inquiry, from_lead_id=twin)
    test = told.inquiry("test", contact=people[4], is_test=True)
    tested = told.opened("test", inquiry=test, contact=people[4], is_test=True)
    told.assigned(tested, people[4], ANNA)
    told.inquiry("no lead yet", contact=people[5])
    return told


async def test_totals_and_groups_counted_by_hand(database: Database, door: Door) -> None:
    await hear(database, apply, a_week().heard)
    by_source = await report(door, "/v1/funnel", **WEEK, group_by="source")
    assert by(by_source["rows"], "source") == {
        str(SITE): (5, 2, 2, 0, 1, 1),
        str(PBX): (1, 0, 0, 0, 0, 0),
    }
    assert numbers(by_source["totals"]) == (6, 2, 2, 0, 1, 1)
    assert {row["labels"]["source"] for row in by_source["rows"]} == {"site", "pbx"}
    by_channel = await report(door, "/v1/funnel", **WEEK, group_by="channel")
    assert by(by_channel["rows"], "channel") == {
        "form": (5, 2, 2, 0, 1, 1),
        "call": (1, 0, 0, 0, 0, 0),
    }
    by_manager = await report(door, "/v1/funnel", **WEEK, group_by="manager")
    assert by(by_manager["rows"], "manager") == {
        str(ANNA): (2, 1, 1, 0, 1, 0),
        str(BORIS): (1, 1, 1, 0, 0, 1),
        None: (3, 0, 0, 0, 0, 0),
    }
    assert numbers(by_manager["totals"]) == numbers(by_source["totals"])
    both = await report(door, "/v1/funnel", **WEEK, group_by="channel,manager")
    assert [row["group"] for row in both["rows"]] == [
        {"channel": "call", "manager": None},
        *sorted(
            [{"channel": "form", "manager": str(ANNA)}, {"channel": "form", "manager": str(BORIS)}],
            key=lambda group: str(group["manager"]),
        ),
        {"channel": "form", "manager": None},
    ]


async def test_every_number_leads_to_its_list(database: Database, door: Door) -> None:
    await hear(database, apply, a_week().heard)
    checked = 0
    for group_by in ("source", "channel", "manager", "day"):
        funnel = await report(door, "/v1/funnel", **WEEK, group_by=group_by)
        for row in funnel["rows"]:
            value = row["group"][group_by] or "none"
            for measure in MEASURES:
                found = await walk(door, **WEEK, measure=measure, **{group_by: value}, limit="1")
                assert len(found) == len(set(found)) == row[measure], (row, measure)
                checked += row[measure]
        for measure in MEASURES:
            assert len(await walk(door, **WEEK, measure=measure)) == funnel["totals"][measure]
    assert checked > 40
    assert await walk(door, **WEEK, measure="won") == [str(some_id("lead", "won"))]


async def walk(door: Door, **parameters: str) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        asked = {**parameters, **({"cursor": cursor} if cursor else {})}
        answer = await report(door, "/v1/funnel/leads", **asked)
        name = "inquiry_id" if parameters["measure"] == "received" else "lead_id"
        found += [item[name] for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            assert found == sorted(found, reverse=True)
            return found


MOMENTS = {
    "A": "2026-03-08T04:59:59Z",  # New York: the last second of the 7th
    "B": "2026-03-08T05:00:00Z",  # New York: the first of the 8th, which has 23 hours
    "C": "2026-03-09T03:59:59Z",  # New York: the last of the 8th
    "D": "2026-03-09T04:00:00Z",
    "E": "2026-03-08T18:29:59Z",  # Kolkata: the last of the 8th
    "F": "2026-03-08T18:30:00Z",
    "G": "2026-03-08T21:00:00Z",  # Moscow: the first of the 9th
    "H": "2026-03-08T20:59:59Z",
}


@pytest.mark.parametrize(
    ("tz", "expected"),
    [
        ("America/New_York", {"2026-03-07": 1, "2026-03-08": 6, "2026-03-09": 1}),
        ("Europe/Moscow", {"2026-03-08": 5, "2026-03-09": 3}),
        ("Asia/Kolkata", {"2026-03-08": 3, "2026-03-09": 5}),
        (None, {"2026-03-08": 5, "2026-03-09": 3}),  # the company's own zone
    ],
)
async def test_days_are_those_of_the_zone(
    database: Database, door: Door, tz: str | None, expected: dict[str, int]
) -> None:
    told = Told()
    for name, moment in MOMENTS.items():
        received = datetime.fromisoformat(moment)
        contact = some_id("contact", name)
        inquiry = told.inquiry(name, contact=contact, received_at=received)
        lead = told.opened(name, inquiry=inquiry, contact=contact, received_at=received)
        told.assigned(lead, contact, ANNA)
    await hear(database, apply, told.heard)
    zone = {"tz": tz} if tz else {}
    found = await report(
        door, "/v1/funnel", **{"from": "2026-03-01", "to": "2026-04-01"}, **zone, group_by="day"
    )
    assert {row["group"]["day"]: row["received"] for row in found["rows"]} == expected
    assert {row["group"]["day"]: row["assigned"] for row in found["rows"]} == expected
    for day, number in expected.items():
        after = str(datetime.fromisoformat(day).date() + timedelta(days=1))
        one = await report(door, "/v1/funnel", **{"from": day, "to": after}, **zone)
        assert one["totals"]["received"] == one["totals"]["assigned"] == number


async def test_an_inquiry_follows_its_lead_to_the_manager(database: Database, door: Door) -> None:
    told = Told()
    contact, other = some_id("contact", 1), some_id("contact", 2)
    first, second = told.inquiry(1, contact=contact), told.inquiry(2, contact=contact)
    lead = told.opened(1, inquiry=first, contact=contact)
    told.on_lead(LeadInquiryAttached, lead, contact, inquiry_id=second)
    told.assigned(lead, contact, ANNA)
    there = told.opened(2, inquiry=told.inquiry(3, contact=other), contact=other)
    told.assigned(there, other, BORIS)
    told.on_lead(LeadInquiryAttached, there, other, inquiry_id=second, from_lead_id=lead)
    await hear(database, apply, list(reversed(told.heard)), batch=1)
    found = await report(door, "/v1/funnel", **WEEK, group_by="manager")
    assert {key: row[0] for key, row in by(found["rows"], "manager").items()} == {
        str(ANNA): 1,
        str(BORIS): 2,
    }


async def test_reopening_takes_an_end_back(database: Database, door: Door) -> None:
    told = a_week()
    lost = some_id("lead", "lost")
    told.on_lead(LeadReopened, lost, some_id("contact", 1))
    await hear(database, apply, told.heard)
    found = await report(door, "/v1/funnel", **WEEK)
    assert numbers(found["totals"]) == (6, 2, 2, 0, 1, 0)


async def test_an_inquiry_found_to_be_a_test_is_taken_out(database: Database, door: Door) -> None:
    told = Told()
    contact = some_id("contact", 1)
    inquiry = told.inquiry(1, contact=contact)
    told.tell(
        InquiryUpdated(
            inquiry_id=inquiry, contact_id=contact, changed_at=told.at, changes={"is_test": True}
        )
    )
    await hear(database, apply, told.heard, batch=1)
    assert (await report(door, "/v1/funnel", **WEEK))["totals"]["received"] == 0


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
    await hear(database, apply, a_week().heard)
    found = await report(
        door,
        "/v1/funnel",
        **{"from": "1990-01-01", "to": "2090-01-01", "tz": "Asia/Kolkata", "group_by": "day"},
    )
    assert numbers(found["totals"])[0] == 6


async def test_managers_and_sources_over_the_period(database: Database, door: Door) -> None:
    await hear(database, apply, a_week().heard)
    managers = await report(door, "/v1/managers", **WEEK)
    assert {row["name"]: numbers(row) for row in managers["rows"]} == {
        "Anna": (2, 1, 1, 0, 1, 0),
        "Boris": (1, 1, 1, 0, 0, 1),
    }
    (anna,) = [row for row in managers["rows"] if row["name"] == "Anna"]
    assert anna["won_amounts"] == {"RUB": 1500.5}
    sources = await report(door, "/v1/sources", **WEEK)
    assert {row["key"]: numbers(row) for row in sources["rows"]} == {
        "site": (5, 2, 2, 0, 1, 1),
        "pbx": (1, 0, 0, 0, 0, 0),
    }


async def test_who_may_see_figures(database: Database, door: Door) -> None:
    await hear(database, apply, a_week().heard)
    anna = door.as_("manager", manager_id=ANNA)
    paths = ("/v1/funnel", "/v1/funnel/leads", "/v1/response-times", "/v1/managers", "/v1/sources")
    for path in paths:
        asked = {**WEEK, "measure": "won"}
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
        assert found.status_code == (200 if path == "/v1/managers" else 403)
    own = await door.client.get("/v1/managers", params=WEEK, headers=anna)
    assert [row["manager_id"] for row in own.json()["rows"]] == [str(ANNA)]
    new = door.as_("manager", manager_id=some_id("manager", "new"))
    nothing = await door.client.get("/v1/managers", params=WEEK, headers=new)
    assert [numbers(row) for row in nothing.json()["rows"]] == [(0, 0, 0, 0, 0, 0)]


async def test_presence_counts_each_inquiry_once(database: Database, door: Door) -> None:
    told = a_week()
    told.tell(
        ContactRelinked(
            contact_id=some_id("contact", 0),
            canonical_id=some_id("contact", 1),
            batch_id=some_id("batch"),
            reason="phone",
            relinked_at=told.at,
        )
    )
    await hear(database, apply, told.heard)
    await hear(database, apply, told.heard)
    answer = await door.client.get(
        "/v1/presence", params={"step": "day"}, headers=door.as_("service")
    )
    (bucket,) = answer.json()["buckets"]
    assert bucket["count"] == 7
