"""Contacts become one: leads fold or become siblings; nothing is lost, in any order."""

import asyncio
import random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.routing.handlers import apply
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.database import Database, transaction
from shared.ids import derived_id, new_id
from shared.messaging.heard import Heard
from tests.integration.routing.company import NINE, Company, check_house, contact
from tests.support.telling import Told, interleaved


async def test_inquiries_of_one_contact_share_its_open_lead(company: Company) -> None:
    await company.manager()
    first = await company.inquire()
    second = await company.inquire()
    assert first["lead_id"] == second["lead_id"]
    await company.assign()
    await company.worked("accept", await company.lead(first["lead_id"]))
    third = await company.inquire()
    assert third["lead_id"] == first["lead_id"]
    assert len(third["inquiry_ids"]) == 3
    assert len({item["inquiry_id"] for item in third["inquiries"]}) == 3


async def test_lead_ids_are_the_same_on_a_replay(company: Company) -> None:
    event = company.inquiry()
    await company.hear(event, event)
    await company.hear(event)
    lead = await company.lead_of(event.inquiry_id)
    assert UUID(lead["lead_id"]) == derived_id("lead", event.inquiry_id, "default")
    assert lead["inquiry_ids"] == [str(event.inquiry_id)]
    assert await company.said(lead["lead_id"]) == ["lead.opened"]


async def test_the_younger_waiting_lead_is_folded(company: Company) -> None:
    anna = await company.manager()
    elder = await company.inquire("phone")
    company.pass_time(minutes=1)
    younger = await company.inquire("mail", priority_class="high")
    await company.assign()
    assert (await company.got(f"/v1/managers/{anna}"))["reserved"] == 2
    await company.relink("mail", "phone")
    folded, into = await company.lead(younger["lead_id"]), await company.lead(elder["lead_id"])
    assert (folded["state"], folded["merged_into"]) == ("merged", elder["lead_id"])
    assert (folded["owner_id"], folded["inquiry_ids"]) == (None, [])
    assert set(into["inquiry_ids"]) == {*elder["inquiry_ids"], *younger["inquiry_ids"]}
    assert into["priority_class"] == "high"
    assert (await company.got(f"/v1/managers/{anna}"))["reserved"] == 1
    assert (await company.said(younger["lead_id"]))[-1] == "lead.merged"
    assert (await company.said(elder["lead_id"]))[-1] == "lead.inquiry_attached"
    assert (await company.inquire("mail"))["lead_id"] == elder["lead_id"]
    await company.check()


async def test_a_waiting_lead_folds_into_the_accepted_one(company: Company) -> None:
    await company.manager()
    elder = await company.assigned("phone")
    company.pass_time(minutes=1)
    younger = await company.worked("accept", await company.assigned("mail"))
    await company.relink("phone", "mail")
    assert (await company.lead(elder["lead_id"]))["merged_into"] == younger["lead_id"]
    kept = await company.lead(younger["lead_id"])
    assert (kept["state"], kept["version"]) == ("open", younger["version"])
    await company.check()


async def test_two_accepted_leads_stay_as_siblings(company: Company) -> None:
    await company.manager()
    first = await company.worked("accept", await company.assigned("phone"))
    second = await company.worked("accept", await company.assigned("mail"))
    await company.relink("mail", "phone")
    shown = [await company.lead(lead["lead_id"]) for lead in (first, second)]
    assert [lead["state"] for lead in shown] == ["open", "open"]
    assert shown[0]["sibling_ids"] == [second["lead_id"]]
    assert shown[1]["sibling_ids"] == [first["lead_id"]]
    assert all(lead["sibling_ids"] for lead in await company.leads())


async def test_a_sibling_that_is_returned_takes_in_what_waits_beside_it(company: Company) -> None:
    await company.manager("Anna", capacity=1)
    await company.manager("Boris", capacity=1)
    first = await company.worked("accept", await company.assigned("phone"))
    second = await company.worked("accept", await company.assigned("mail"))
    await company.relink("mail", "phone")
    await company.worked("return", second)
    waits = await company.lead(second["lead_id"])
    assert (waits["state"], waits["owner_id"]) == ("open", None)
    await company.worked("return", first)
    assert (await company.lead(second["lead_id"]))["merged_into"] == first["lead_id"]
    assert len((await company.lead(first["lead_id"]))["inquiry_ids"]) == 2
    await company.check()


async def test_siblings_that_go_untouched_become_one(company: Company) -> None:
    await company.manager("Anna")
    first = await company.worked("accept", await company.assigned("phone"))
    company.pass_time(seconds=1)
    second = await company.worked("accept", await company.assigned("mail"))
    await company.relink("mail", "phone")
    company.pass_time(minutes=31)
    await company.tick()
    found = [await company.lead(lead["lead_id"]) for lead in (first, second)]
    assert [lead["state"] for lead in found] == ["open", "merged"]
    assert found[0]["owner_id"] is None
    await company.check()


async def test_merged_leads_always_name_the_one_that_holds_all(company: Company) -> None:
    third = await company.inquire("third")
    company.pass_time(minutes=-1)
    second = await company.inquire("second")
    company.pass_time(minutes=-1)
    first = await company.inquire("first")
    await company.relink("third", "second")
    await company.relink("second", "first")
    assert (await company.lead(second["lead_id"]))["merged_into"] == first["lead_id"]
    assert (await company.lead(third["lead_id"]))["merged_into"] == first["lead_id"]
    assert len((await company.lead(first["lead_id"]))["inquiry_ids"]) == 3


async def test_a_split_loses_nothing(company: Company) -> None:
    first = await company.inquire("phone")
    await company.relink("mail", "phone")
    second = await company.inquire("mail")
    assert second["lead_id"] == first["lead_id"]
    await company.relink("mail", "mail")
    third = await company.inquire("mail")
    assert third["lead_id"] != first["lead_id"]
    assert len((await company.lead(first["lead_id"]))["inquiry_ids"]) == 2
    await company.check()


async def test_an_older_link_never_overwrites_a_newer_one(company: Company) -> None:
    older, newer = company.relinked("mail", "elsewhere"), company.relinked("mail", "phone")
    first, second = company.told(older), company.told(newer)
    for heard in (second, first):
        async with transaction(company.database) as session:
            await apply(session, [heard], now=company.now)
    rows = await company.rows(
        "SELECT canonical_id FROM contact_link WHERE contact_id = :id", id=contact("mail")
    )
    assert rows[0]["canonical_id"] == contact("phone")


async def test_tests_stay_among_themselves(company: Company) -> None:
    real = await company.inquire()
    test = await company.inquire(is_test=True)
    assert (real["is_test"], test["is_test"]) == (False, True)
    assert real["lead_id"] != test["lead_id"]


async def test_a_correction_makes_a_lead_more_pressing_never_less(company: Company) -> None:
    event = company.inquiry()
    await company.hear(event)
    for priority in ("high", "low"):
        await company.hear(
            InquiryUpdated(
                inquiry_id=event.inquiry_id,
                contact_id=event.contact_id,
                changed_at=company.now,
                changes={"priority_class": priority},
            )
        )
    assert (await company.lead_of(event.inquiry_id))["priority_class"] == "high"


PEOPLE = 4


def some_story(choice: random.Random, steps: int) -> list[Heard]:
    """Inquiries, merges and splits as intake tells them: links always flattened."""
    told = Told()
    canonical = {person: person for person in range(PEOPLE)}
    for step in range(steps):
        person = choice.randrange(PEOPLE)
        if choice.random() < 0.55:
            told.tell(
                InquiryReceived(
                    inquiry_id=derived_id("story inquiry", step),
                    contact_id=contact(person),
                    source_id=derived_id("story source"),
                    channel="form",
                    received_at=told.at,
                    is_test=choice.random() < 0.1,
                )
            )
            continue
        into = person if choice.random() < 0.3 else canonical[choice.randrange(PEOPLE)]
        moving = [other for other, now in canonical.items() if now == canonical[person]]
        for other in [person] if into == person else moving:
            canonical[other] = into
            told.tell(
                ContactRelinked(
                    contact_id=contact(other),
                    canonical_id=contact(into),
                    batch_id=derived_id("story batch", step),
                    reason="phone",
                    relinked_at=told.at,
                )
            )
    return told.heard


_CLEAR = """
TRUNCATE leads, lead_inquiries, contact_link, assignments, passed_over, decisions,
    decision_batches, stream, journal, pending CASCADE
"""
_ACCEPT_SOME = """
UPDATE leads SET owner_id = :somebody, accepted_at = now()
WHERE state = 'open' AND owner_id IS NULL AND get_byte(uuid_send(lead_id), 0) % 3 = :third
"""


async def outcome(database: Database) -> dict[str, Any]:
    """What must not depend on the order: where contacts point, and which inquiries are placed."""

    async def rows(statement: str) -> list[Any]:
        async with transaction(database) as session:
            return list((await session.execute(statement)).mappings())

    assert not await rows(
        "SELECT 1 FROM lead_inquiries JOIN leads USING (lead_id) WHERE leads.state = 'merged'"
    )
    links = await rows("SELECT contact_id, canonical_id FROM contact_link")
    placed = await rows("SELECT inquiry_id, contact_id FROM lead_inquiries")
    assert not await rows(
        """SELECT 1 FROM leads JOIN contact_link AS c USING (contact_id)
        WHERE leads.canonical_id <> c.canonical_id"""
    )
    assert not await rows(
        """SELECT canonical_id FROM leads WHERE state = 'open' AND accepted_at IS NULL
        GROUP BY canonical_id, pipeline, is_test HAVING count(*) > 1"""
    )
    return {
        "links": {row["contact_id"]: row["canonical_id"] for row in links},
        "placed": {row["inquiry_id"]: row["contact_id"] for row in placed},
    }


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32),
    order=st.randoms(use_true_random=False),
    batch=st.integers(1, 7),
    accepting=st.booleans(),
)
async def test_every_interleaving_places_every_inquiry_once_and_links_the_same(
    database: Database, seed: int, order: random.Random, batch: int, accepting: bool
) -> None:
    story = some_story(random.Random(seed), 16)
    found = []
    for events, size in ((story, len(story)), (interleaved(story, order), batch)):
        async with transaction(database) as session:
            await session.execute(_CLEAR)
        for first in range(0, len(events), size):
            async with transaction(database) as session:
                await apply(session, events[first : first + size], now=NINE)
            if accepting:
                async with transaction(database) as session:
                    await session.execute(_ACCEPT_SOME, {"somebody": new_id(), "third": first % 3})
        found.append(await outcome(database))
    assert found[0] == found[1]
    inquiries = [item.event for item in story if isinstance(item.event, InquiryReceived)]
    assert set(found[0]["placed"]) == {event.inquiry_id for event in inquiries}


async def test_streams_heard_at_once_leave_a_sound_house(company: Company) -> None:
    """Two topics, two connections, the same contacts: whoever comes second sees the first."""
    story = some_story(random.Random(7), 120)
    topics = {
        topic: [item for item in story if item.envelope.topic == topic]
        for topic in ("inquiries", "contacts")
    }

    async def hear(events: list[Heard]) -> None:
        for first in range(0, len(events), 3):
            async with transaction(company.database) as session:
                await apply(session, events[first : first + 3], now=NINE)

    await asyncio.gather(*(hear(events) for events in topics.values()))
    found = await outcome(company.database)
    assert len(found["placed"]) == len(topics["inquiries"])
    await check_house(company.rows)
