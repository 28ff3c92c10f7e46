"""The funnel's numbers, counted by hand, in zones with half hours and changing clocks."""

from datetime import datetime, timedelta

import pytest

from services.kpi.domain import largest
from services.kpi.repository.reports import summed as reading
from shared.contracts.inquiries import InquiryUpdated
from shared.contracts.leads import (
    LeadInquiryAttached,
    LeadReopened,
    LeadWon,
)
from shared.database import Database
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import (
    ANNA,
    BORIS,
    MEASURES,
    PBX,
    SITE,
    WEEK,
    a_week,
    by,
    numbers,
    report,
)
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door


async def test_totals_and_groups_counted_by_hand(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_week().events)
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


@pytest.mark.parametrize("compare", [{}, {"compare": "previous"}])
async def test_the_largest_groups_are_shown(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch, compare: dict[str, str]
) -> None:
    await consume(database, apply_and_tell, a_week().events)
    whole = await report(door, "/v1/funnel", **WEEK, group_by="channel,manager", **compare)
    assert (len(whole["rows"]), whole["more"]) == (4, 0)
    monkeypatch.setattr(largest, "MOST_GROUPS", 2)
    asked = {**WEEK, "group_by": "channel,manager", **compare}
    funnel = await report(door, "/v1/funnel", **asked)
    received = {row["received"] for row in whole["rows"]}
    assert received == {1, 2}
    assert funnel["rows"] == [row for row in whole["rows"] if row["received"] == 2]
    assert funnel["more"] == 2
    assert funnel["totals"] == whole["totals"]
    times = await report(door, "/v1/response-times", **asked)
    assert times["more"] == 0
    assert largest.most_groups(["day"]) is None


NOW_AND_BEFORE: tuple[dict[str, str], ...] = ({}, {"compare": "previous"})


async def test_more_dimensions_than_are_counted_quickly_are_for_few_leads(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await consume(database, apply_and_tell, a_week().events)
    many = {"/v1/funnel": "source,channel,manager,day", "/v1/response-times": "source,channel,day"}
    for path, group_by in many.items():
        assert (await report(door, path, **WEEK, group_by=group_by))["more"] == 0
    monkeypatch.setattr(reading, "EXACT_LEADS", 2)
    for path, group_by in many.items():
        for compare in NOW_AND_BEFORE:
            asked = {**WEEK, **compare, "group_by": group_by}
            answer = await door.client.get(path, params=asked, headers=door.as_("supervisor"))
            assert answer.status_code == 422, answer.text
            assert [error["pointer"] for error in answer.json()["errors"]] == ["/group_by"]
        fewer = group_by.rpartition(",")[0]
        assert (await report(door, path, **WEEK, group_by=fewer))["more"] == 0


async def test_every_number_leads_to_its_list(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_week().events)
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
    streams = EventStreams()
    for name, moment in MOMENTS.items():
        received = datetime.fromisoformat(moment)
        contact = some_id("contact", name)
        inquiry = streams.inquiry(name, contact=contact, received_at=received)
        lead = streams.opened(name, inquiry=inquiry, contact=contact, received_at=received)
        streams.assigned(lead, contact, ANNA)
    await consume(database, apply_and_tell, streams.events)
    zone = {"tz": tz} if tz else {}
    found = await report(
        door, "/v1/funnel", **{"from": "2026-03-01", "to": "2026-04-01"}, **zone, group_by="day"
    )
    for measure in ("received", "assigned"):
        counts = {row["group"]["day"]: row[measure] for row in found["rows"] if row[measure]}
        assert counts == expected
    for day, number in expected.items():
        after = str(datetime.fromisoformat(day).date() + timedelta(days=1))
        one = await report(door, "/v1/funnel", **{"from": day, "to": after}, **zone)
        assert one["totals"]["received"] == one["totals"]["assigned"] == number


async def test_an_inquiry_follows_its_lead_to_the_manager(database: Database, door: Door) -> None:
    streams = EventStreams()
    contact, other = some_id("contact", 1), some_id("contact", 2)
    first, second = streams.inquiry(1, contact=contact), streams.inquiry(2, contact=contact)
    lead = streams.opened(1, inquiry=first, contact=contact)
    streams.on_lead(LeadInquiryAttached, lead, contact, inquiry_id=second)
    streams.assigned(lead, contact, ANNA)
    there = streams.opened(2, inquiry=streams.inquiry(3, contact=other), contact=other)
    streams.assigned(there, other, BORIS)
    streams.on_lead(LeadInquiryAttached, there, other, inquiry_id=second, from_lead_id=lead)
    # Backwards, but in order within each stream, as the kernel hands them over.
    backwards = list(reversed(streams.events))
    received = sorted(backwards, key=lambda item: item.version)
    await consume(database, apply_and_tell, received, batch=1)
    found = await report(door, "/v1/funnel", **WEEK, group_by="manager")
    assert {key: row[0] for key, row in by(found["rows"], "manager").items()} == {
        str(ANNA): 1,
        str(BORIS): 2,
    }


async def test_reopening_takes_an_end_back(database: Database, door: Door) -> None:
    streams = a_week()
    lost = some_id("lead", "lost")
    streams.on_lead(LeadReopened, lost, some_id("contact", 1))
    await consume(database, apply_and_tell, streams.events)
    found = await report(door, "/v1/funnel", **WEEK)
    assert numbers(found["totals"]) == (6, 2, 2, 0, 1, 0)


async def test_a_sale_that_is_taken_back_and_made_again_counts_once(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    contact = some_id("contact", 1)
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=contact), contact=contact)
    streams.assigned(lead, contact, ANNA)
    streams.accepted(lead, contact, ANNA)
    streams.on_lead(LeadWon, lead, contact, manager_id=ANNA, amount=100, currency="RUB")
    streams.on_lead(LeadReopened, lead, contact, reason="more", closed_as="won")
    await consume(database, apply_and_tell, streams.events)
    found = await report(door, "/v1/funnel", **WEEK)
    assert numbers(found["totals"]) == (1, 1, 1, 0, 0, 0)
    sold = (await report(door, "/v1/sources", **WEEK))["rows"][0]
    assert sold["figures"]["amounts"] == {}
    again = EventStreams(versions=streams.versions, at=streams.at)
    again.assigned(lead, contact, BORIS)
    again.accepted(lead, contact, BORIS)
    again.on_lead(LeadWon, lead, contact, manager_id=BORIS, amount=80, currency="RUB")
    await consume(database, apply_and_tell, again.events)
    found = await report(door, "/v1/funnel", **WEEK, group_by="manager")
    assert by(found["rows"], "manager")[str(BORIS)] == (1, 1, 1, 0, 1, 0)
    sold = (await report(door, "/v1/sources", **WEEK))["rows"][0]
    assert sold["figures"]["amounts"] == {"RUB": 80}


async def test_an_inquiry_found_to_be_a_test_is_taken_out(database: Database, door: Door) -> None:
    streams = EventStreams()
    contact = some_id("contact", 1)
    inquiry = streams.inquiry(1, contact=contact)
    streams.emit(
        InquiryUpdated(
            inquiry_id=inquiry, contact_id=contact, changed_at=streams.at, changes={"is_test": True}
        )
    )
    await consume(database, apply_and_tell, streams.events, batch=1)
    assert (await report(door, "/v1/funnel", **WEEK))["totals"]["received"] == 0
