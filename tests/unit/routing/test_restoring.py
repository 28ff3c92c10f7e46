"""The fold of leads' events where streams are read in parts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.routing.domain.restoring import Restored, restored
from shared.contracts.leads import LeadEvent, LeadInquiryAttached, LeadMerged, LeadOpened
from shared.ids import derived_id

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTACT, SOURCE = derived_id("contact"), derived_id("source")
ONE, TWO, THREE = (derived_id("lead", number) for number in (1, 2, 3))


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def opened(lead_id: UUID, minutes: int) -> LeadOpened:
    return LeadOpened(
        lead_id=lead_id,
        contact_id=CONTACT,
        version=1,
        at=at(minutes),
        inquiry_id=inquiry(lead_id),
        pool="default",
        pipeline="default",
        stage="new",
        channel="form",
        source_id=SOURCE,
        priority_class="normal",
        work_units=1.0,
        received_at=at(minutes),
    )


def inquiry(lead_id: UUID) -> UUID:
    return derived_id("inquiry", lead_id)


def merged(lead_id: UUID, into: UUID, minutes: int) -> LeadMerged:
    return LeadMerged(
        lead_id=lead_id,
        contact_id=CONTACT,
        version=2,
        at=at(minutes),
        into=into,
        inquiry_ids=[inquiry(lead_id)],
    )


def moved(inquiry_id: UUID, lead_id: UUID, minutes: int) -> LeadInquiryAttached:
    return LeadInquiryAttached(
        lead_id=lead_id,
        contact_id=CONTACT,
        version=1,
        at=at(minutes),
        inquiry_id=inquiry_id,
        from_lead_id=derived_id("another"),
    )


def after(*events: LeadEvent, before: Restored | None = None) -> Restored:
    leads = before.leads if before else {}
    return restored(leads, {}, events, now=NINE)


def test_a_lead_that_was_merged_into_an_unread_one_begins_that_one() -> None:
    rows = after(opened(ONE, 1), merged(ONE, TWO, 2))
    assert (rows.leads[ONE].merged_into, rows.leads[TWO].state) == (TWO, "open")
    assert rows.placings[inquiry(ONE)].lead_id == TWO
    rows = after(opened(TWO, 0), before=rows)
    assert rows.leads[TWO].opened_at == at(0)


def test_what_a_merged_lead_was_merged_into_is_followed() -> None:
    rows = after(opened(THREE, 0), opened(TWO, 1), merged(TWO, THREE, 3))
    rows = after(opened(ONE, 1), merged(ONE, TWO, 2), before=rows)
    assert rows.leads[ONE].merged_into == THREE
    assert rows.placings[inquiry(ONE)].lead_id == THREE


def test_of_leads_merged_into_one_another_the_eldest_merge_was_taken_back() -> None:
    rows = after(opened(ONE, 0), opened(TWO, 1), merged(ONE, TWO, 2), merged(TWO, ONE, 5))
    assert (rows.leads[ONE].state, rows.leads[TWO].merged_into) == ("open", ONE)


def test_of_two_places_the_later_one_counts_whatever_is_read_first() -> None:
    inquiry_id = inquiry(ONE)
    events = [opened(ONE, 1), opened(TWO, 0), moved(inquiry_id, TWO, 3), moved(inquiry_id, ONE, 2)]
    assert after(*events).placings[inquiry_id].lead_id == TWO
    rows = after(opened(TWO, 0), moved(inquiry_id, TWO, 3), opened(ONE, 1))
    assert rows.placings[inquiry_id].lead_id == TWO
    assert rows.placings[inquiry_id].received_at == at(1), "its own facts, by its opening"


def test_events_of_a_lead_that_nobody_has_seen_opened_are_passed_over() -> None:
    rows = after(moved(inquiry(ONE), TWO, 3))
    assert (rows.leads, rows.placings) == ({}, {})
