"""Conversions, stages, reasons and curves, counted by hand."""

from datetime import timedelta

import pytest

from services.kpi.handlers import apply
from shared.contracts.contacts import ContactErased
from shared.contracts.leads import LeadLost, LeadParked, LeadStageChanged, LeadWon
from shared.database import Database
from tests.integration.kpi.week import ANNA, WEEK, report
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door

MINUTE = timedelta(minutes=1)


def four_leads() -> EventStreams:
    """Received at nine: one is sold after an hour, one is lost after two, two are still open."""
    streams = EventStreams()
    for number in range(4):
        contact = some_id("contact", number)
        inquiry = streams.inquiry(number, contact=contact, received_at=MORNING)
        lead = streams.opened(number, inquiry=inquiry, contact=contact, received_at=MORNING)
        if number < 3:
            streams.assigned(lead, contact, ANNA)
        step = {"lead": lead, "contact": contact}
        if number < 2:
            for minutes, stage in ((20, "talks"), (30, "new"), (40, "talks")):
                at = MORNING + minutes * MINUTE
                streams.on_lead(LeadStageChanged, **step, from_stage="new", to_stage=stage, at=at)
        if number == 0:
            at = MORNING + 60 * MINUTE
            streams.on_lead(LeadWon, **step, amount=100, currency="RUB", at=at)
        if number == 1:
            at = MORNING + 120 * MINUTE
            streams.on_lead(LeadLost, **step, loss_reason="price", at=at)
    return streams


async def test_conversions_by_axis(database: Database, door: Door) -> None:
    await consume(database, apply, four_leads().events)
    for axis in ("company", "source", "channel", "campaign", "pipeline", "day", "week", "month"):
        (row,) = (await report(door, "/v1/conversions", **WEEK, group_by=axis))["rows"]
        assert (row["leads"], row["assigned"], row["won"], row["lost"], row["open"]) == (
            (4, 3, 1, 1, 2)
        ), axis
        assert (row["conversion"], row["closed_conversion"]) == (0.25, 0.5)
        assert row["won_amounts"] == {"RUB": 100}
    by_manager = (await report(door, "/v1/conversions", **WEEK, group_by="manager"))["rows"]
    assert [(row["value"], row["leads"]) for row in by_manager] == [(str(ANNA), 3), (None, 1)]


async def test_stages_and_reasons(database: Database, door: Door) -> None:
    await consume(database, apply, four_leads().events)
    rows = (await report(door, "/v1/conversions/stages", **WEEK))["rows"]
    assert [(row["stage"], row["entered"], row["entered_then"]) for row in rows] == [
        ("new", 4, 4),
        ("talks", 2, 2),
    ]
    # Ten minutes and then twenty or eighty.
    assert (rows[1]["left"], rows[1]["p50_seconds"]) == (2, 60 * 60)
    reasons = (await report(door, "/v1/conversions/loss-reasons", **WEEK))["rows"]
    assert reasons == [{"reason": "price", "lost": 1, "lost_then": 1}]


async def test_open_leads_are_censored(database: Database, door: Door) -> None:
    await consume(database, apply, four_leads().events)
    curve = await report(door, "/v1/conversions/curve", **WEEK)
    assert curve["leads"] == 4
    (point,) = curve["points"]
    assert (point["time"], point["at_risk"], point["events"]) == (60, 4, 1)
    assert point["surviving"] == 0.75
    assert curve["p50_minutes"] is None
    to_talks = await report(door, "/v1/conversions/curve", **WEEK, stage="talks")
    assert [(each["time"], each["surviving"]) for each in to_talks["points"]] == [(20, 0.5)]
    assert to_talks["p50_minutes"] == 20
    nowhere = await report(door, "/v1/conversions/curve", **WEEK, stage="nowhere")
    assert (nowhere["leads"], nowhere["points"]) == (4, [])


def two_are_forgotten() -> EventStreams:
    """As above, but the two that were open are set aside after half an hour; of one the manager had
    time until then.
    """
    streams = four_leads()
    at = MORNING + 30 * MINUTE
    for number in (2, 3):
        contact = some_id("contact", number)
        streams.emit(ContactErased(contact_id=contact, birth_ids=[contact], erased_at=at))
        lead = {"lead": some_id("lead", number), "contact": contact}
        streams.on_lead(LeadParked, **lead, reason="erased", at=at)
    return streams


async def test_leads_of_the_forgotten_are_not_open(database: Database, door: Door) -> None:
    await consume(database, apply, two_are_forgotten().events)
    (row,) = (await report(door, "/v1/conversions", **WEEK))["rows"]
    assert (row["leads"], row["won"], row["lost"], row["open"], row["set_aside"]) == (4, 1, 1, 0, 2)
    assert row["closed_conversion"] == 0.5
    for measure, aside in (("open", []), ("set_aside", [2, 3]), ("leads", [0, 1, 2, 3])):
        page = await report(door, "/v1/funnel/leads", **WEEK, measure=measure)
        ids = sorted(str(some_id("lead", number)) for number in aside)
        assert sorted(item["lead_id"] for item in page["items"]) == ids
        assert page["total"] == len(aside)


async def test_leads_of_the_forgotten_are_watched_up_to_then(
    database: Database, door: Door
) -> None:
    await consume(database, apply, two_are_forgotten().events)
    (point,) = (await report(door, "/v1/conversions/curve", **WEEK))["points"]
    assert (point["time"], point["at_risk"], point["surviving"]) == (60, 2, 0.5)


async def test_a_supervisor_makes_a_lead_of_the_forgotten_work_again(
    database: Database, door: Door
) -> None:
    streams = two_are_forgotten()
    contacts = [some_id("contact", number) for number in (2, 3)]
    step = {"lead": some_id("lead", 2), "contact": contacts[0]}
    streams.on_lead(LeadStageChanged, **step, from_stage="new", to_stage="talks")
    streams.on_lead(LeadWon, **step, amount=5, currency="RUB")
    streams.assigned(some_id("lead", 3), contacts[1], ANNA)
    await consume(database, apply, streams.events)
    (row,) = (await report(door, "/v1/conversions", **WEEK))["rows"]
    assert (row["won"], row["open"], row["set_aside"]) == (2, 1, 0)


@pytest.mark.parametrize("path", ["", "/stages", "/loss-reasons"])
async def test_days_between_quarters_of_an_hour_are_refused(door: Door, path: str) -> None:
    answer = await door.client.get(
        f"/v1/conversions{path}",
        params={"from": "1971-01-01", "to": "1971-01-02", "tz": "Africa/Monrovia"},
        headers=door.as_("supervisor"),
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/tz"
