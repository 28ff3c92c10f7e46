"""A manager finds what their timelines show, and nothing else; who is erased is not found."""

from services.history.handlers import apply
from services.history.use_cases.search.indexing import index
from shared.contracts.contacts import ContactChanged, ContactErased, ContactRelinked
from shared.contracts.inquiry import ContactDetails
from shared.contracts.leads import LeadInquiryAttached, LeadMerged, LeadReturned
from shared.contracts.purchases import PurchaseRecorded
from shared.database import Database, transaction
from tests.integration.history.reading import ANNA, BORIS, CONTACT, OTHER, timeline
from tests.integration.history.reporting import lead_of_anna
from tests.integration.history.search.searching import (
    inquiries,
    make_findable,
    search,
    written,
)
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door


async def test_a_manager_finds_what_is_of_own_leads(database: Database, door: Door) -> None:
    streams = EventStreams()
    mine = written(streams, "mine", contact=CONTACT, text="слово")
    added = written(streams, "added", contact=OTHER, text="слово")
    foreign = written(streams, "foreign", contact=OTHER, text="слово")
    lead = streams.opened("mine", inquiry=mine, contact=CONTACT)
    streams.assigned(lead, CONTACT, ANNA)
    streams.on_lead(LeadInquiryAttached, lead, CONTACT, inquiry_id=added)
    other = streams.opened("other", inquiry=foreign, contact=OTHER)
    streams.assigned(other, OTHER, BORIS)
    streams.emit(
        ContactChanged(
            contact_id=CONTACT, changed_at=streams.at, details=ContactDetails(name="Слово")
        )
    )
    await make_findable(database, streams)
    hers = await search(door, "слово", role="manager", manager=ANNA)
    assert inquiries(hers) == {str(mine), str(added), None}
    assert {item["activity_id"] for item in hers} <= {
        item["activity_id"]
        for of in (("leads", lead), ("contacts", CONTACT))
        for item in await timeline(door, *of, role="manager", manager=ANNA)
    }
    his = await search(door, "слово", role="manager", manager=BORIS)
    assert inquiries(his) == {str(foreign)}
    assert await search(door, "слово", role="manager", manager=BORIS, owner=str(ANNA)) == []
    assert await search(door, "слово", owner=str(ANNA)) == hers
    assert len(await search(door, "слово")) == 4


async def test_what_moves_is_found_by_whom_it_moved_to(database: Database, door: Door) -> None:
    streams = EventStreams()
    first = written(streams, 1, contact=CONTACT, text="слово")
    second = written(streams, 2, contact=OTHER, text="слово")
    elder = streams.opened(1, inquiry=first, contact=CONTACT)
    younger = streams.opened(2, inquiry=second, contact=OTHER)
    streams.assigned(elder, CONTACT, ANNA)
    streams.assigned(younger, OTHER, BORIS)
    await make_findable(database, streams)
    assert inquiries(await search(door, "слово", role="manager", manager=BORIS)) == {str(second)}
    moves = EventStreams(versions=streams.versions, at=streams.at)
    moves.on_lead(LeadMerged, younger, OTHER, into=elder, inquiry_ids=[second])
    moves.on_lead(LeadInquiryAttached, elder, CONTACT, inquiry_id=second, from_lead_id=younger)
    await make_findable(database, moves)
    assert await search(door, "слово", role="manager", manager=BORIS) == []
    found = await search(door, "слово", role="manager", manager=ANNA)
    assert inquiries(found) == {str(first), str(second)}
    moves = EventStreams(versions=moves.versions, at=moves.at)
    moves.on_lead(LeadReturned, elder, CONTACT, manager_id=ANNA, epoch=1)
    await make_findable(database, moves)
    assert await search(door, "слово", role="manager", manager=ANNA) == []


async def test_persons_that_are_one_are_found_together(database: Database, door: Door) -> None:
    streams, _ = lead_of_anna()
    streams.emit(
        ContactChanged(contact_id=OTHER, changed_at=streams.at, details=ContactDetails(name="Зоя"))
    )
    await make_findable(database, streams)
    assert await search(door, "зоя", role="manager", manager=ANNA) == []
    link = EventStreams(versions=streams.versions, at=streams.at)
    link.emit(
        ContactRelinked(
            contact_id=OTHER, canonical_id=CONTACT, batch_id=some_id("batch"), reason="phone",
            relinked_at=link.at,
        )
    )  # fmt: skip
    await make_findable(database, link)
    assert len(await search(door, "зоя", role="manager", manager=ANNA)) == 1


async def test_reports_are_found_once_they_are_confirmed(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    headers = door.as_("manager", manager_id=ANNA)
    body = {"kind": "mail", "lead_id": str(lead), "text": "Отправила смету", "facts": {"a": "дуб"}}
    assert (await door.client.post("/v1/activities", json=body, headers=headers)).status_code == 202
    await index(database)
    assert await search(door, "смета") == []
    await consume(database, apply, streams.events)
    answer = await door.client.post(
        "/v1/activities", json={**body, "kind": "call", "text": "Обсудили смету"}, headers=headers
    )
    assert answer.status_code == 201
    await index(database)
    (found,) = await search(door, "сметы", role="manager", manager=ANNA)
    assert (found["kind"], found["channel"]) == ("activity.recorded", "call")
    assert len(await search(door, "дуб", channel="call")) == 1


async def test_who_is_erased_is_not_found(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    written(streams, "secret", contact=CONTACT, text="тайна")
    written(streams, "kept", contact=OTHER, text="тайна")
    await consume(database, apply, streams.events)
    body = {"kind": "note", "lead_id": str(lead), "text": "тайна"}
    headers = door.as_("manager", manager_id=ANNA)
    assert (await door.client.post("/v1/activities", json=body, headers=headers)).status_code == 201
    await make_findable(database, EventStreams())
    assert len(await search(door, "тайна")) == 3
    erasure = EventStreams(versions=streams.versions, at=streams.at)
    erasure.emit(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=erasure.at))
    await consume(database, apply, erasure.events)
    (kept,) = await search(door, "тайна")
    assert kept["contact_id"] == str(OTHER)
    # What waited when the person was erased, or comes again, does not bring them back.
    async with transaction(database) as session:
        for ids in ("event_id FROM timeline_entry", "activity_id FROM activity"):
            await session.execute(f"INSERT INTO search_queue (document_id) SELECT {ids}")
    await make_findable(database, EventStreams())
    assert len(await search(door, "тайна")) == 1
    async with transaction(database) as session:
        words = await session.execute("SELECT CAST(words AS text) FROM search_document")
    words_left = str(words.scalars())
    assert "10000099" not in words_left, "the digits of their phone, backwards"
    late = EventStreams(versions=dict(erasure.versions), at=erasure.at)
    members = {"purchase_id": some_id("late"), "purchased_at": late.at, "external_id": "Ф-77"}
    late.emit(PurchaseRecorded(contact_id=CONTACT, product="тайна", **members))
    await make_findable(database, late)
    assert len(await search(door, "тайна")) == 1, "not by what is left of them either"
