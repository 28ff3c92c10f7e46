"""Timelines hold what belongs to them, whatever came first, and show it to whom it concerns."""

import random

import pytest

from services.history.handlers import apply
from shared.contracts.contacts import ContactErased, ContactRelinked
from shared.contracts.inquiries import CallObserved
from shared.contracts.inquiry import Call
from shared.contracts.leads import LeadInquiryAttached, LeadMerged, LeadReopened, LeadReturned
from shared.contracts.managers import ManagerChanged
from shared.contracts.purchases import PurchaseRecorded
from shared.database import Database, transaction
from tests.integration.history.reading import ANNA, CONTACT, OTHER, kinds, timeline
from tests.support.event_streams import EventStreams, consume, interleaved, some_id
from tests.support.http_client import Door


async def test_an_event_of_every_topic_leaves_one_entry(database: Database) -> None:
    streams = EventStreams()
    inquiry = streams.inquiry("a", contact=CONTACT)
    lead = streams.opened("a", inquiry=inquiry, contact=CONTACT)
    streams.assigned(lead, CONTACT, ANNA)
    streams.emit(
        ManagerChanged(manager_id=ANNA, changed_at=streams.at, capacity=5, time_zone="UTC")
    )
    streams.emit(
        PurchaseRecorded(
            contact_id=CONTACT, purchase_id=some_id("order"), amount=5, purchased_at=streams.at
        )
    )
    await consume(database, apply, streams.events)
    await consume(database, apply, streams.events)
    async with transaction(database) as session:
        rows = (await session.execute("SELECT kind FROM timeline_entry")).scalars()
    assert sorted(rows) == [
        "inquiry.received",
        "lead.assigned",
        "lead.opened",
        "manager.changed",
        "purchase.recorded",
    ]


@pytest.mark.parametrize("backwards", [False, True])
async def test_what_came_before_the_lead_is_on_its_timeline(
    database: Database, door: Door, *, backwards: bool
) -> None:
    streams = EventStreams()
    first = streams.inquiry("first", contact=CONTACT)
    late = streams.inquiry("late", contact=OTHER)
    lead = streams.opened("a", inquiry=first, contact=CONTACT)
    streams.on_lead(LeadInquiryAttached, lead, CONTACT, inquiry_id=late)
    received = streams.events[2:] + streams.events[1::-1] if backwards else streams.events
    await consume(database, apply, received, batch=1)
    items = await timeline(door, "leads", lead)
    assert kinds(items) == [
        "inquiry.received",
        "inquiry.received",
        "lead.opened",
        "lead.inquiry_attached",
    ]
    await consume(database, apply, received, batch=1)
    assert await timeline(door, "leads", lead) == items
    assert [item["at"] for item in items] == sorted(item["at"] for item in items)
    assert items[0]["text"] == "words of first"
    assert items[0]["facts"]["contact"]["phones"] == ["+79990000001"]
    assert items[0]["actor"] == "customer"


@pytest.mark.parametrize("also_attached", [True, False])
@pytest.mark.parametrize("seed", range(4))
async def test_a_merged_lead_goes_on_in_the_lead_it_was_merged_into(
    database: Database, door: Door, seed: int, *, also_attached: bool
) -> None:
    streams = EventStreams()
    first, second = streams.inquiry(1, contact=CONTACT), streams.inquiry(2, contact=OTHER)
    elder = streams.opened(1, inquiry=first, contact=CONTACT)
    younger = streams.opened(2, inquiry=second, contact=OTHER)
    streams.on_lead(LeadMerged, younger, OTHER, into=elder, inquiry_ids=[second])
    if also_attached:
        streams.on_lead(
            LeadInquiryAttached, elder, CONTACT, inquiry_id=second, from_lead_id=younger
        )
    await consume(database, apply, interleaved(streams.events, random.Random(seed)), batch=2)
    items = await timeline(door, "leads", elder)
    assert kinds(items).count("inquiry.received") == 2
    assert {"lead.opened", "lead.merged"} <= set(kinds(items))
    assert kinds(await timeline(door, "leads", younger)).count("lead.merged") == 1


@pytest.mark.parametrize("seed", range(4))
async def test_a_lead_that_was_opened_again_has_its_own_timeline(
    database: Database, door: Door, seed: int
) -> None:
    streams = EventStreams()
    first, second = streams.inquiry(1, contact=CONTACT), streams.inquiry(2, contact=OTHER)
    elder = streams.opened(1, inquiry=first, contact=CONTACT)
    younger = streams.opened(2, inquiry=second, contact=OTHER)
    streams.on_lead(LeadMerged, younger, OTHER, into=elder, inquiry_ids=[second])
    streams.on_lead(LeadInquiryAttached, elder, CONTACT, inquiry_id=second, from_lead_id=younger)
    streams.on_lead(LeadReopened, younger, OTHER, reason="contacts_parted")
    streams.on_lead(LeadInquiryAttached, younger, OTHER, inquiry_id=second, from_lead_id=elder)
    await consume(database, apply, interleaved(streams.events, random.Random(seed)), batch=2)
    for lead, contact in ((elder, CONTACT), (younger, OTHER)):
        items = await timeline(door, "leads", lead)
        words = [item for item in items if item["kind"] == "inquiry.received"]
        assert [item["contact_id"] for item in words] == [str(contact)]


async def test_an_inquiry_that_moved_is_on_one_timeline_only(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    first, second = streams.inquiry(1, contact=CONTACT), streams.inquiry(2, contact=CONTACT)
    lead = streams.opened(1, inquiry=first, contact=CONTACT)
    streams.on_lead(LeadInquiryAttached, lead, CONTACT, inquiry_id=second)
    other = streams.opened(3, inquiry=streams.inquiry(3, contact=OTHER), contact=OTHER)
    streams.on_lead(LeadInquiryAttached, other, OTHER, inquiry_id=second, from_lead_id=lead)
    await consume(database, apply, list(reversed(streams.events)), batch=1)
    left = [item["inquiry_id"] for item in await timeline(door, "leads", lead)]
    there = [item["inquiry_id"] for item in await timeline(door, "leads", other)]
    assert left.count(str(first)) == 2  # received, opened
    assert [
        item["kind"]
        for item in await timeline(door, "leads", lead)
        if item["inquiry_id"] == str(second)
    ] == ["lead.inquiry_attached"]  # what was done on this lead stays told here
    assert there.count(str(second)) == 2


async def test_a_person_is_one_timeline_under_every_contact_id(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    streams.inquiry(1, contact=CONTACT)
    streams.inquiry(2, contact=OTHER)
    call = Call(direction="outgoing", outcome="answered")
    streams.emit(
        CallObserved(
            observation_id=some_id("call"),
            contact_id=OTHER,
            source_id=some_id("pbx"),
            occurred_at=streams.at,
            received_at=streams.at,
            call=call,
        )
    )
    await consume(database, apply, streams.events)
    assert len(await timeline(door, "contacts", CONTACT)) == 1
    relinks = EventStreams(versions=streams.versions, at=streams.at)
    for canonical in (CONTACT, OTHER):
        relinks.emit(
            ContactRelinked(
                contact_id=OTHER,
                canonical_id=canonical,
                batch_id=some_id("batch"),
                reason="phone",
                relinked_at=relinks.at,
            )
        )
    joined, split = relinks.events
    await consume(database, apply, [joined])
    for asked in (CONTACT, OTHER):
        found = await timeline(door, "contacts", asked)
        assert kinds(found).count("inquiry.received") == 2
        assert "call.observed" in kinds(found)
    await consume(database, apply, [split, joined])  # an older mapping changes nothing
    assert kinds(await timeline(door, "contacts", CONTACT)) == ["inquiry.received"]


@pytest.mark.parametrize("seed", range(4))
async def test_a_forgotten_person_leaves_no_words(
    database: Database, door: Door, seed: int
) -> None:
    streams = EventStreams()
    inquiry = streams.inquiry("secret", contact=CONTACT)
    lead = streams.opened("secret", inquiry=inquiry, contact=CONTACT)
    streams.on_lead(LeadReturned, lead, CONTACT, manager_id=ANNA, epoch=1, reason="spoke to secret")
    streams.inquiry("kept", contact=OTHER)
    canonical = some_id("contact", "canonical")
    streams.emit(ContactErased(contact_id=canonical, birth_ids=[CONTACT], erased_at=streams.at))
    await consume(database, apply, interleaved(streams.events, random.Random(seed)), batch=2)
    items = await timeline(door, "leads", lead)
    assert kinds(items).count("inquiry.received") == 1
    assert "secret" not in str(items)
    assert "+7999" not in str(items)
    assert items[0]["facts"]["channel"] == "form"
    assert "kept" in str(await timeline(door, "contacts", OTHER))
