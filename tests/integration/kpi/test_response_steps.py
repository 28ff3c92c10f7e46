"""How long the steps of a lead take, by the clock and in working time; what managers did."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.kpi.handlers import apply
from shared.contracts.activities import ActivityRecorded
from shared.contracts.leads import LeadDeclined, LeadLeaseExpired, LeadWon
from shared.contracts.managers import ManagerChanged
from shared.database import Database
from tests.integration.kpi.week import ANNA, BORIS, WEEK, report
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door

CONTACT = some_id("contact", 1)
PROMISES = ("accept_due", "accept_kept", "touch_due", "touch_kept")
# At work from ten past nine by UTC, which is when Moscow's clock shows ten past twelve.
CALENDAR = {"shifts": [{"days": [1, 2, 3, 4, 5], "from": "12:10", "to": "18:00"}]}


def one_sale() -> EventStreams:
    """Received at 9:00, assigned at 9:03, accepted at 9:04, called at 9:15, sold at 10:15."""
    streams = EventStreams()
    for manager_id, calendar in ((ANNA, CALENDAR), (BORIS, None)):
        streams.emit(
            ManagerChanged(
                manager_id=manager_id,
                changed_at=streams.at,
                capacity=5,
                time_zone="Europe/Moscow",
                calendar=calendar,
            )
        )
    inquiry = streams.inquiry(1, contact=CONTACT, received_at=MORNING)
    lead = streams.opened(1, inquiry=inquiry, contact=CONTACT, received_at=MORNING)
    streams.at = MORNING + timedelta(minutes=3)
    streams.assigned(lead, CONTACT, ANNA)
    streams.accepted(lead, CONTACT, ANNA)
    called_at = MORNING + timedelta(minutes=15)
    streams.emit(
        ActivityRecorded(
            activity_id=some_id("call"),
            contact_id=CONTACT,
            lead_id=lead,
            manager_id=ANNA,
            kind="call",
            direction="outgoing",
            at=called_at,
            learned_at=called_at,
        )
    )
    sold_at = called_at + timedelta(hours=1)
    streams.on_lead(LeadWon, lead, CONTACT, amount=100, currency="RUB", at=sold_at)
    return streams


async def test_steps_by_the_clock_and_in_working_time(database: Database, door: Door) -> None:
    await consume(database, apply, one_sale().events)
    by_clock = (await report(door, "/v1/response-times/steps", **WEEK))["rows"]
    assert {row["step"]: row["p50_seconds"] for row in by_clock} == {
        "owner": 180,
        "accept": 60,
        "first_touch": 900,
        "sale": 3600,
    }
    assert [row["within_5"] for row in by_clock] == [1, 1, 0, 0]
    worked = (await report(door, "/v1/response-times/steps", **WEEK, time="working"))["rows"]
    assert {row["step"]: row["p99_seconds"] for row in worked} == {
        "owner": 0,
        "accept": 0,
        "first_touch": 300,
        "sale": 3600,
    }
    nobody = {"from": "2025-01-01", "to": "2025-01-02", "time": "working"}
    rows = (await report(door, "/v1/response-times/steps", **nobody))["rows"]
    assert {row["count"] for row in rows} == {0}


async def test_what_managers_did(database: Database, door: Door) -> None:
    streams = one_sale()
    contact = some_id("contact", 2)
    lead = streams.opened(2, inquiry=streams.inquiry(2, contact=contact), contact=contact)
    streams.assigned(lead, contact, BORIS)
    streams.on_lead(LeadLeaseExpired, lead, contact, manager_id=BORIS, epoch=1, deadline="accept")
    streams.assigned(lead, contact, ANNA)
    await consume(database, apply, streams.events)
    rows = (await report(door, "/v1/managers", **WEEK))["rows"]
    anna, boris = (
        next(row["activity"] for row in rows if row["manager_id"] == str(each))
        for each in (ANNA, BORIS)
    )
    assert (anna["assigned"], anna["accepted"], anna["contacted"], anna["won"]) == (2, 1, 1, 1)
    assert (anna["accept_due"], anna["accept_kept"], anna["touch_kept"]) == (1, 1, 1)
    assert anna["average_check"] == anna["won_amounts"] == {"RUB": 100}
    assert (boris["assigned"], boris["expired"], boris["won"]) == (1, 1, 0)
    assert boris["average_check"] == {}


async def test_a_promise_counts_once_it_is_kept_or_broken(database: Database, door: Door) -> None:
    streams = EventStreams()
    leads = [_received(streams, number) for number in range(4)]
    streams.assigned(*leads[0], ANNA)  # accepted, and the customer still may be rung
    streams.accepted(*leads[0], ANNA)
    streams.assigned(*leads[1], ANNA)  # nobody took it on in time, so nobody could ring either
    streams.at += timedelta(minutes=5)
    expiry: dict[str, Any] = {"manager_id": ANNA, "epoch": 1, "deadline": "accept"}
    streams.on_lead(LeadLeaseExpired, *leads[1], **expiry)
    streams.assigned(*leads[2], BORIS)  # given on at once
    streams.on_lead(LeadDeclined, *leads[2], manager_id=BORIS, epoch=1)
    streams.assigned(*leads[3], BORIS)  # handed over at once to one who still has time
    streams.assigned(*leads[3], ANNA)
    await consume(database, apply, streams.events)
    rows = (await report(door, "/v1/managers", **WEEK))["rows"]
    for manager, numbers in ((ANNA, (2, 1, 0, 0)), (BORIS, (0, 0, 0, 0))):
        did = next(row["activity"] for row in rows if row["manager_id"] == str(manager))
        assert tuple(did[name] for name in PROMISES) == numbers
        for name, number in zip(PROMISES, numbers, strict=True):
            asked = {**WEEK, "measure": name, "manager": str(manager)}
            page = await report(door, "/v1/funnel/activity/leads", **asked)
            assert len(page["items"]) == page["total"] == number, name


def _received(streams: EventStreams, number: int) -> tuple[UUID, UUID]:
    """A lead and its contact."""
    contact = some_id("contact", number)
    inquiry = streams.inquiry(number, contact=contact)
    return streams.opened(number, inquiry=inquiry, contact=contact), contact
