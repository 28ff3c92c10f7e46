"""When a customer was first contacted, and how long that took, counted by hand."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.kpi.handlers import apply
from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import CallObserved, InquiryUpdated
from shared.contracts.inquiry import Call
from shared.contracts.leads import LeadInquiryAttached, LeadLost, LeadMerged
from shared.database import Database
from tests.support.event_streams import MORNING, EventStreams, consume, interleaved, some_id
from tests.support.http_client import Door

ANNA, BORIS = some_id("manager", "anna"), some_id("manager", "boris")
CONTACT, OTHER = some_id("contact", 1), some_id("contact", 2)
WEEK = {"from": "2026-03-02", "to": "2026-03-09", "tz": "UTC"}


def a_lead(
    name: object = 1, *, contact: UUID = CONTACT, manager: UUID = ANNA
) -> tuple[EventStreams, UUID]:
    """Received at 9:00, opened at 9:01, assigned at 9:02."""
    streams = EventStreams()
    lead = streams.opened(
        name,
        inquiry=streams.inquiry(name, contact=contact),
        contact=contact,
        received_at=MORNING,
    )
    streams.assigned(lead, contact, manager)
    return streams, lead


def activity(minutes: float, *, lead: UUID | None = None, **more: Any) -> ActivityRecorded:
    """Something outgoing at so many minutes past nine, reported at once unless said otherwise."""
    at = MORNING + timedelta(minutes=minutes)
    members = {
        "activity_id": some_id("activity", minutes, *more.values()),
        "contact_id": CONTACT,
        "lead_id": lead,
        "manager_id": ANNA,
        "kind": "call",
        "direction": "outgoing",
        "at": at,
        "learned_at": at,
    }
    return ActivityRecorded(**{**members, **more})


def observed(minutes: float, *, contact: UUID = CONTACT, **call: Any) -> CallObserved:
    at = MORNING + timedelta(minutes=minutes)
    return CallObserved(
        observation_id=some_id("observed", minutes),
        contact_id=contact,
        source_id=some_id("source", "pbx"),
        occurred_at=at,
        received_at=at,
        call=Call(**{"direction": "outgoing", "outcome": "answered", **call}),
    )


async def response(door: Door, **parameters: str) -> dict[str, Any]:
    answer = await door.client.get(
        "/v1/response-times", params={**WEEK, **parameters}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def seconds(door: Door) -> float | None:
    """First response of the only lead, or None while nobody was contacted."""
    totals = (await response(door))["totals"]
    assert totals["count"] == (0 if totals["p50_seconds"] is None else 1)
    found: float | None = totals["p50_seconds"]
    return found


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (lambda lead: activity(10, lead=lead), 600),
        (lambda lead: activity(10, lead=lead, kind="mail"), 600),
        (lambda lead: activity(10, lead=lead, kind="message"), 600),
        (lambda lead: activity(10, lead=lead, kind="meeting", direction=None), 600),
        (lambda lead: activity(10, lead=lead, kind="note", direction=None), None),
        (lambda lead: activity(10, lead=lead, kind="task", direction=None), None),
        (lambda lead: activity(10, lead=lead, kind="mail", direction="incoming"), None),
        (lambda lead: activity(10, lead=lead, direction="incoming"), None),
        (
            lambda lead: activity(
                10, lead=lead, direction="incoming", facts={"outcome": "answered"}
            ),
            600,
        ),
        # Reported before the assignment at 9:02: no.
        (lambda lead: activity(1, lead=lead), None),
        # Reported after, said to have been before: counts from the assignment.
        (lambda lead: activity(1, lead=lead, learned_at=MORNING + timedelta(minutes=5)), 120),
        (lambda _lead: activity(10), 600),
        (lambda _lead: activity(10, contact_id=OTHER), None),
        (lambda _lead: observed(10), 600),
        (lambda _lead: observed(1), None),
        (lambda _lead: observed(10, outcome="missed"), None),
        (lambda _lead: observed(10, direction="internal"), None),
        (lambda _lead: observed(10, contact=OTHER), None),
    ],
)
async def test_what_counts_as_contact(
    database: Database, door: Door, event: Any, expected: float | None
) -> None:
    streams, lead = a_lead()
    streams.emit(event(lead))
    await consume(database, apply, interleaved(streams.events, random.Random(3)), batch=1)
    assert await seconds(door) == expected


async def test_the_first_contact_counts(database: Database, door: Door) -> None:
    streams, lead = a_lead()
    for minutes in (30, 10, 20):
        streams.emit(activity(minutes, lead=lead))
    await consume(database, apply, streams.events)
    assert await seconds(door) == 600


async def test_a_call_after_the_end_of_a_lead_is_not_its_contact(
    database: Database, door: Door
) -> None:
    streams, lead = a_lead()
    streams.on_lead(LeadLost, lead, CONTACT, loss_reason="spam", at=MORNING + timedelta(minutes=5))
    streams.emit(observed(10))
    await consume(database, apply, streams.events)
    assert await seconds(door) is None


async def test_an_answered_incoming_call_is_contact_before_any_assignment(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    call = Call(
        direction="incoming", outcome="answered", answered_at=MORNING - timedelta(seconds=90)
    )
    inquiry = streams.inquiry(1, contact=CONTACT, channel="call", call=call)
    streams.opened(1, inquiry=inquiry, contact=CONTACT, received_at=MORNING)
    await consume(database, apply, streams.events)
    assert await seconds(door) == 0  # answered before the exchange told of it


async def test_a_missed_call_that_is_answered_later(database: Database, door: Door) -> None:
    streams = EventStreams()
    missed = Call(direction="incoming", outcome="missed")
    first = streams.inquiry(1, contact=CONTACT, channel="call", call=missed)
    lead = streams.opened(1, inquiry=first, contact=CONTACT, received_at=MORNING)
    await consume(database, apply, streams.events)
    assert await seconds(door) is None
    answered = Call(
        direction="incoming", outcome="answered", answered_at=MORNING + timedelta(minutes=3)
    )
    later = EventStreams(versions=streams.versions, at=streams.at)
    second = later.inquiry(2, contact=CONTACT, channel="call", call=answered)
    later.on_lead(LeadInquiryAttached, lead, CONTACT, inquiry_id=second)
    await consume(database, apply, later.events)
    assert await seconds(door) == 180


async def test_a_corrected_outcome_takes_the_contact_back(database: Database, door: Door) -> None:
    streams = EventStreams()
    answered = Call(direction="incoming", outcome="answered", answered_at=MORNING)
    inquiry = streams.inquiry(1, contact=CONTACT, channel="call", call=answered)
    streams.opened(1, inquiry=inquiry, contact=CONTACT, received_at=MORNING)
    changes = {"call": {"direction": "incoming", "outcome": "voicemail"}}
    streams.emit(
        InquiryUpdated(
            inquiry_id=inquiry, contact_id=CONTACT, changed_at=streams.at, changes=changes
        )
    )
    await consume(database, apply, streams.events, batch=1)
    assert await seconds(door) is None


@pytest.mark.parametrize("seed", range(4))
async def test_contact_of_a_joined_person_counts(database: Database, door: Door, seed: int) -> None:
    streams, _ = a_lead()
    streams.emit(observed(10, contact=OTHER))
    streams.emit(
        ContactRelinked(
            contact_id=OTHER,
            canonical_id=CONTACT,
            batch_id=some_id("batch"),
            reason="phone",
            relinked_at=streams.at,
        )
    )
    await consume(database, apply, interleaved(streams.events, random.Random(seed)), batch=1)
    assert await seconds(door) == 600


@pytest.mark.parametrize("seed", range(4))
async def test_contact_on_a_merged_lead_counts_for_its_successor(
    database: Database, door: Door, seed: int
) -> None:
    streams, lead = a_lead()
    twin = streams.opened(
        2, inquiry=streams.inquiry(2, contact=OTHER), contact=OTHER, received_at=MORNING
    )
    streams.emit(activity(10, lead=twin, contact_id=OTHER))
    streams.on_lead(LeadMerged, twin, OTHER, into=lead, inquiry_ids=[])
    await consume(database, apply, interleaved(streams.events, random.Random(seed)), batch=2)
    assert await seconds(door) == 600


async def test_median_and_decile_by_group(database: Database, door: Door) -> None:
    everything: list[Any] = []
    for number, minutes in enumerate((3, 5, 7, 9, 60)):
        contact = some_id("contact", "p", number)
        manager = BORIS if number == 4 else ANNA
        streams, lead = a_lead(number, contact=contact, manager=manager)
        streams.emit(activity(minutes, lead=lead, contact_id=contact))
        everything += streams.events
    silent, _ = a_lead("silent", contact=OTHER)
    await consume(database, apply, [*everything, *silent.events])
    found = await response(door, group_by="manager")
    rows = {row["group"]["manager"]: row for row in found["rows"]}
    assert (rows[str(ANNA)]["count"], rows[str(BORIS)]["count"]) == (4, 1)
    assert rows[str(ANNA)]["p50_seconds"] == 6 * 60
    assert rows[str(ANNA)]["p90_seconds"] == pytest.approx(8.4 * 60)
    assert rows[str(BORIS)]["p50_seconds"] == rows[str(BORIS)]["p90_seconds"] == 3600
    assert found["totals"]["count"] == 5
    assert found["totals"]["p50_seconds"] == 7 * 60
    nothing = await response(door, **{"from": "2025-01-01", "to": "2025-01-02"})
    assert nothing["rows"] == []
    assert {name: value for name, value in nothing["totals"].items() if value} == {}
    assert found["totals"]["within_5"] == 2
