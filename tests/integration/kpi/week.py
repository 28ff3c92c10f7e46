"""A week of facts whose figures are known, and how a test asks for reports."""

from typing import Any

from shared.contracts.leads import (
    LeadInquiryAttached,
    LeadLost,
    LeadMerged,
    LeadReturned,
    LeadWon,
)
from shared.contracts.managers import ManagerChanged
from tests.support.event_streams import EventStreams, some_id
from tests.support.http_client import Door

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


def a_week() -> EventStreams:
    """Seven inquiries, one of them a test; five leads of which one is merged into another."""
    streams = EventStreams()
    for manager, name in ((ANNA, "Anna"), (BORIS, "Boris")):
        streams.emit(
            ManagerChanged(
                manager_id=manager, changed_at=streams.at, name=name, capacity=5, time_zone="UTC"
            )
        )
    people = [some_id("contact", number) for number in range(6)]
    won = streams.opened("won", inquiry=streams.inquiry(1, contact=people[0]), contact=people[0])
    streams.assigned(won, people[0], ANNA)
    streams.accepted(won, people[0], ANNA)
    streams.on_lead(LeadWon, won, people[0], manager_id=ANNA, amount=1500.5, currency="RUB")
    lost = streams.opened("lost", inquiry=streams.inquiry(2, contact=people[1]), contact=people[1])
    streams.assigned(lost, people[1], ANNA)
    streams.on_lead(LeadReturned, lost, people[1], manager_id=ANNA, epoch=1)
    streams.assigned(lost, people[1], BORIS)
    streams.accepted(lost, people[1], BORIS)
    streams.on_lead(LeadLost, lost, people[1], loss_reason="price")
    phoned = streams.inquiry(3, contact=people[2], channel="call", source_id=PBX, source_key="pbx")
    waiting = streams.opened(
        "waiting", inquiry=phoned, contact=people[2], channel="call", source_id=PBX
    )
    again = streams.inquiry(4, contact=people[2])
    streams.on_lead(LeadInquiryAttached, waiting, people[2], inquiry_id=again)
    twin_inquiry = streams.inquiry(5, contact=people[3])
    twin = streams.opened("twin", inquiry=twin_inquiry, contact=people[3])
    streams.on_lead(LeadMerged, twin, people[3], into=won, inquiry_ids=[twin_inquiry])
    streams.on_lead(LeadInquiryAttached, won, people[0], inquiry_id=twin_inquiry, from_lead_id=twin)
    test = streams.inquiry("test", contact=people[4], is_test=True)
    tested = streams.opened("test", inquiry=test, contact=people[4], is_test=True)
    streams.assigned(tested, people[4], ANNA)
    streams.inquiry("no lead yet", contact=people[5])
    return streams
