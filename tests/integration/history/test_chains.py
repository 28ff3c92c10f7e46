"""The timeline is sealed link by link, and verifying it names the first place that differs."""

import asyncio
import random
from datetime import timedelta

import pytest

from services.history.handlers import apply
from services.history.repository.projections import clear
from services.history.tables import PROJECTIONS
from services.history.use_cases.chain.seal import SEALED_AT_ONCE, seal_loop
from shared.contracts.catalog import consumed_by
from shared.contracts.contacts import ContactErased, ContactRelinked
from shared.database import Database, transaction
from shared.runtime.loop import running
from tests.integration.history.reporting import ANNA, CONTACT, lead_of_anna
from tests.integration.history.sealing import seal, tamper, verified
from tests.integration.history.test_forgetting import erasures_waiting
from tests.support.event_streams import MORNING, EventStreams, consume, contents, some_id
from tests.support.http_client import Door
from tests.support.random_story import SmallWorld
from tests.support.waiting import eventually

INTACT = {"intact": True, "waiting": 0, "difference": None, "next_cursor": None}


async def test_what_was_sealed_is_intact(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    fresh = await verified(door, "leads", lead)
    assert fresh == {**INTACT, "verified": 0, "waiting": 3}
    assert await seal(database) == 3
    assert await verified(door, "leads", lead) == {**INTACT, "verified": 3}
    assert await verified(door, "contacts", CONTACT) == {**INTACT, "verified": 3}
    for what in ("leads", "contacts"):
        answer = await door.client.get(
            f"/v1/{what}/{some_id('nobody')}/timeline/verify", headers=door.as_("supervisor")
        )
        assert answer.status_code == 404


async def test_the_worker_seals_by_itself(database: Database, door: Door) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    async with running([seal_loop(database, clock=lambda: MORNING)]):

        async def all_sealed() -> bool:
            answer = await verified(door, "leads", lead)
            return bool(answer["verified"] == 3 and answer["waiting"] == 0)

        await eventually(all_sealed, seconds=10, what="the entries are sealed")


NAMED = (
    ("UPDATE timeline_entry SET text = 'other words' WHERE kind = 'inquiry.received'", "changed"),
    ("UPDATE timeline_entry SET text = NULL WHERE kind = 'inquiry.received'", "changed"),
    ("UPDATE timeline_entry SET at = at + interval '1 s' WHERE kind = 'lead.assigned'", "changed"),
    (
        "UPDATE timeline_entry SET facts = facts || '{\"epoch\": 2}' WHERE lead_id = :lead",
        "changed",
    ),
    ("UPDATE timeline_entry SET actor = 'somebody' WHERE kind = 'lead.opened'", "changed"),
    ("UPDATE chain_link SET salt = NULL WHERE salt IS NOT NULL", "changed"),
    ("DELETE FROM timeline_entry WHERE kind = 'lead.opened'", "missing"),
    ("DELETE FROM chain_link WHERE subject = :lead AND number = 1", "missing"),
    (
        (
            "INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, lead_id, facts)"
            " VALUES (uuidv7(), 'lead.accepted', now(), now(), 'manager', :lead, '{}')"
        ),
        "added",
    ),
    (
        "UPDATE chain_link SET number = 3 - number WHERE subject = :lead AND number < 3",
        "reordered",
    ),
    ("UPDATE activity SET text = 'I never said so'", "changed"),
    ("DELETE FROM activity", "missing"),
)


@pytest.mark.parametrize(("statement", "fault"), NAMED)
async def test_the_first_place_that_differs_is_named(
    database: Database, door: Door, statement: str, fault: str
) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    await door.client.post(
        "/v1/activities",
        json={"lead_id": str(lead), "kind": "note", "text": "she said so"},
        headers=door.as_("manager", manager_id=ANNA),
    )
    await seal(database)
    if "number = 3 - number" in statement:  # the key is checked row by row
        await tamper(database, "UPDATE chain_link SET number = number + 9 WHERE number < 3")
        statement = (
            "UPDATE chain_link SET number = 12 - number WHERE subject = :lead AND number > 9"
        )
        await tamper(
            database,
            "UPDATE chain_link SET number = number - 9 WHERE subject <> :lead AND number > 9",
            lead=lead,
        )
    await tamper(database, statement, **({"lead": lead} if ":lead" in statement else {}))
    answer = await verified(door, "leads", lead)
    assert answer["intact"] is False
    assert answer["difference"]["fault"] == fault
    assert answer["next_cursor"] is None
    if fault != "added":
        assert answer["difference"]["number"] in {1, 2, 3}


async def test_a_late_fact_has_its_place_by_time_and_its_link_by_learning(
    database: Database, door: Door
) -> None:
    streams, _ = lead_of_anna()
    await consume(database, apply, streams.events)
    await seal(database)
    late = streams.inquiry(2, contact=CONTACT, occurred_at=MORNING - timedelta(days=40))
    await consume(database, apply, streams.events[-1:])
    await seal(database)
    answer = await door.client.get(
        f"/v1/contacts/{CONTACT}/timeline", headers=door.as_("supervisor")
    )
    assert answer.json()["items"][0]["inquiry_id"] == str(late)
    async with transaction(database) as session:
        number = await session.scalar(
            "SELECT number FROM chain_link JOIN timeline_entry USING (event_id)"
            " WHERE inquiry_id = :inquiry",
            {"inquiry": late},
        )
    assert number == 2
    assert await verified(door, "contacts", CONTACT) == {**INTACT, "verified": 4}


async def test_blanked_words_stay_sealed_and_cannot_be_guessed(
    database: Database, door: Door
) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    await seal(database)
    streams.emit(ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=streams.at))
    await consume(database, apply, streams.events[-1:])
    assert await verified(door, "leads", lead) == {**INTACT, "verified": 3, "waiting": 1}
    async with transaction(database) as session:
        assert await session.scalar("SELECT count(salt) FROM chain_link") == 0
    await seal(database)
    await tamper(
        database, "UPDATE timeline_entry SET text = 'secret' WHERE kind = 'inquiry.received'"
    )
    answer = await verified(door, "leads", lead)
    assert answer["difference"]["fault"] == "changed"


async def test_an_entry_being_sealed_while_its_person_is_forgotten(
    database: Database, door: Door
) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    erasure = streams.emit(
        ContactErased(contact_id=CONTACT, birth_ids=[CONTACT], erased_at=streams.at)
    )
    async with transaction(database) as session:
        await apply(session, [erasure], now=MORNING)
        sealing = asyncio.create_task(seal(database))

        async def settled() -> bool:
            return sealing.done() or await erasures_waiting(database) == 1

        await eventually(settled, seconds=5, what="the seal waits for the erasure")
    await sealing
    await seal(database)
    assert await verified(door, "leads", lead) == {**INTACT, "verified": 4}
    async with transaction(database) as session:
        assert await session.scalar("SELECT count(salt) FROM chain_link") == 0


async def test_what_is_rebuilt_is_what_was_sealed(database: Database, door: Door) -> None:
    streams = SmallWorld(random.Random(7)).live(150)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("history")]
    await consume(database, apply, events)
    await seal(database)
    before = await contents(database, PROJECTIONS)
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply, events, batch=7)
    assert await contents(database, PROJECTIONS) == before
    assert await seal(database) == len({item.envelope.event_id for item in events})
    async with transaction(database) as session:
        assert await session.scalar("SELECT count(*) FROM chain_link") == len(events)
        lead_ids = (await session.execute("SELECT lead_id FROM lead")).scalars()
        contact_ids = (await session.execute("SELECT contact_id FROM contact_link")).scalars()
    assert lead_ids
    for what, ids in (("leads", lead_ids), ("contacts", contact_ids)):
        for id_ in ids:
            answer = await verified(door, what, id_)
            assert answer == {**INTACT, "verified": answer["verified"]}


async def test_a_person_is_verified_under_every_contact_id_and_lead(
    database: Database, door: Door
) -> None:
    streams, lead = lead_of_anna()
    other = some_id("contact", "other")
    streams.inquiry(2, contact=other)
    link = ContactRelinked(
        contact_id=other,
        canonical_id=CONTACT,
        batch_id=some_id("batch"),
        reason="phone",
        relinked_at=streams.at,
    )
    streams.emit(link)
    await consume(database, apply, streams.events)
    await seal(database)
    await tamper(database, "UPDATE timeline_entry SET text = 'x' WHERE contact_id = :o", o=other)
    assert (await verified(door, "contacts", CONTACT))["difference"]["subject"] == str(other)
    assert (await verified(door, "leads", lead))["intact"] is True


async def test_a_long_chain_is_verified_in_parts(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = EventStreams()
    for number in range(25):
        streams.inquiry(number, contact=CONTACT)
    await consume(database, apply, streams.events)
    await seal(database)
    monkeypatch.setattr("services.history.use_cases.chain.verify.VERIFIED_AT_ONCE", 10)
    counts, cursor = [], None
    while True:
        answer = await verified(door, "contacts", CONTACT, cursor=cursor)
        counts.append(answer["verified"])
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert counts == [10, 10, 5]
    await tamper(database, "UPDATE chain_link SET hash = digest WHERE number = 21")
    assert (await verified(door, "contacts", CONTACT))["intact"] is True
    assert SEALED_AT_ONCE > 25
