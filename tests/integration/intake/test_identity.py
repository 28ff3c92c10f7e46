"""Who is who: recognised by exact phone or e-mail, merged when one inquiry joins two."""

import asyncio
import random
from itertools import pairwise
from typing import Any

import pytest

from services.intake.domain.identity_resolution import MAX_CONTACTS
from tests.integration.intake.harness import House, one
from tests.support.waiting import passed

ANNA = {"phones": ["+79161234567"]}
ANNA_MAIL = {"emails": ["anna@example.com"]}
BOTH = {**ANNA, **ANNA_MAIL, "name": "Анна"}


async def ask(house: House, contact: dict[str, Any], **more: Any) -> str:
    """One inquiry, normalised at once; gives its contact id."""
    house.time.pass_(minutes=1)
    answer = await house.native({"channel": "form", "contact": contact, **more})
    assert answer.status_code == 202, answer.text
    await house.normalise()
    receipt = await house.receipt(answer)
    inquiry = await house.get(f"/v1/inquiries/{receipt['inquiry_ids'][0]}")
    return str(inquiry["contact_id"])


async def test_the_same_phone_is_the_same_contact(house: House) -> None:
    first = await ask(house, ANNA)
    second = await ask(house, {"phones": ["8 916 123 45 67"]})
    assert first == second
    assert [event["is_repeat"] for event in await house.emitted("inquiry.received")] == [
        False,
        True,
    ]


async def test_nobody_is_recognised_by_name_alone(house: House) -> None:
    assert await ask(house, {"name": "Анна"}) != await ask(house, {"name": "Анна"})


async def test_an_inquiry_that_joins_two_merges_them(house: House) -> None:
    phone, mail = await ask(house, ANNA), await ask(house, ANNA_MAIL)
    assert phone != mail
    survivor_id = await ask(house, BOTH)
    assert survivor_id == phone, "the oldest survives"
    event = one(await house.emitted("contact.relinked"))
    assert (event["contact_id"], event["canonical_id"]) == (mail, phone)
    assert event["_key"] == mail
    survivor = await house.get(f"/v1/contacts/{phone}")
    assert survivor["merged_ids"] == [mail]
    assert survivor["details"]["name"] == "Анна"
    assert {(point["kind"], point["value"]) for point in survivor["points"]} == {
        ("phone", "+79161234567"),
        ("email", "anna@example.com"),
    }
    loser = await house.get(f"/v1/contacts/{mail}")
    assert loser["canonical_id"] == phone
    rows = await house.rows("SELECT contact_id FROM inquiry ORDER BY received_at")
    assert [str(row["contact_id"]) for row in rows] == [phone, mail, phone], "frozen at birth"
    assert await ask(house, ANNA_MAIL) == mail, "whoever gave the point: a split parts it again"
    whole = await house.get("/v1/inquiries", contact_id=mail)
    assert len(whole["items"]) == 4


async def test_a_merge_of_merged_ones_is_told_flat(house: House) -> None:
    oldest = await ask(house, {"phones": ["+79160000001"]})
    second = await ask(house, {"phones": ["+79160000002"]})
    third = await ask(house, {"phones": ["+79160000003"]})
    await ask(house, {"phones": ["+79160000002", "+79160000003"]})
    await ask(house, {"phones": ["+79160000001", "+79160000003"]})
    events = await house.emitted("contact.relinked")
    assert [(event["contact_id"], event["canonical_id"]) for event in events[:1]] == [
        (third, second)
    ]
    later = events[1:]
    assert {(event["contact_id"], event["canonical_id"]) for event in later} == {
        (second, oldest),
        (third, oldest),
    }
    assert len({event["batch_id"] for event in later}) == 1
    assert later[0]["batch_id"] != events[0]["batch_id"]
    rows = await house.rows("SELECT DISTINCT canonical_id FROM contact")
    assert [str(row["canonical_id"]) for row in rows] == [oldest]


async def test_one_batch_gives_what_one_by_one_gives(house: House) -> None:
    """The youngest is merged first, so that the chain within the batch is as long as it may be."""
    bodies: list[dict[str, Any]] = [
        {"phones": ["+79160000001"]},
        {"emails": ["a@example.com"]},
        {"phones": ["+79160000003"]},
        {"emails": ["d@example.com"]},
        {"phones": ["+79160000003"], "emails": ["d@example.com"]},
        {"phones": ["+79160000003"], "emails": ["a@example.com"]},
        {"phones": ["+79160000001"], "emails": ["a@example.com"]},
        {"emails": ["d@example.com"]},
    ]
    for contact in bodies:
        house.time.pass_(minutes=1)
        await house.native({"channel": "form", "contact": contact})
    await house.normalise()
    contacts = await house.rows("SELECT contact_id, canonical_id FROM contact ORDER BY created_at")
    assert len(contacts) == MAX_CONTACTS
    assert {row["canonical_id"] for row in contacts} == {contacts[0]["contact_id"]}
    events = await house.emitted("contact.relinked")
    assert {event["canonical_id"] for event in events} == {str(contacts[0]["contact_id"])}
    assert len(events) == MAX_CONTACTS - 1
    repeats = [event["is_repeat"] for event in await house.emitted("inquiry.received")]
    assert repeats == [False] * 4 + [True] * 4


@pytest.mark.parametrize("seed", range(6))
async def test_any_batch_gives_what_one_by_one_gives(house: House, seed: int) -> None:
    """Some inquiries may merge whom they name, others only propose them."""
    dice = random.Random(seed)
    story = [(dice.random() < 0.5, dice.sample(range(6), dice.randint(1, 3))) for _ in range(20)]
    together = await _lived(house, 1, story, at_once=True)
    assert together == await _lived(house, 2, story, at_once=False)


async def _lived(
    house: House, life: int, story: list[tuple[bool, list[int]]], *, at_once: bool
) -> list[Any]:
    """Of each inquiry the first ones of its contact and of its person, and whether it is a repeat;
    then the proposals.
    """
    for may_merge in (True, False):
        await house.source(key=f"{may_merge}-{life}", adapter="native", may_merge=may_merge)
    receipt_ids = []
    for may_merge, numbers in story:
        house.time.pass_(minutes=1)
        contact = {
            "phones": [f"+7916000{life}00{number}" for number in numbers if number % 2],
            "emails": [f"{number}@{life}.example.com" for number in numbers if not number % 2],
        }
        body = {"channel": "form", "contact": contact, "source_key": f"{may_merge}-{life}"}
        receipt_ids.append((await house.native(body)).json()["receipt_id"])
        await passed(0.002, pause_seconds=0.001)  # ids of one millisecond have no order
        if not at_once:
            await house.normalise()
    await house.normalise()
    rows = await house.rows(
        "SELECT CAST(submission_id AS text), CAST(inquiry_id AS text), contact_id, canonical_id"
        " FROM inquiry JOIN contact USING (contact_id)"
    )
    by_receipt = {row["submission_id"]: row for row in rows}
    inquiries = [by_receipt[receipt_id] for receipt_id in receipt_ids]
    contacts, people = ([row[name] for row in inquiries] for name in ("contact_id", "canonical_id"))
    events = await house.emitted("inquiry.received")
    repeats = {event["inquiry_id"]: event["is_repeat"] for event in events}
    proposals = [
        (sorted(map(contacts.index, (row["low_id"], row["high_id"]))), row["state"])
        for row in await house.rows("SELECT low_id, high_id, state FROM contact_proposal")
        if row["low_id"] in contacts
    ]
    return [
        *(
            (contacts.index(row["contact_id"]), people.index(row["canonical_id"]))
            for row in inquiries
        ),
        *(repeats[row["inquiry_id"]] for row in inquiries),
        *sorted(proposals),
    ]


async def test_a_test_inquiry_makes_nobody_a_repeat_customer(house: House) -> None:
    await ask(house, ANNA, is_test=True)
    await ask(house, ANNA)
    assert [event["is_repeat"] for event in await house.emitted("inquiry.received")] == [
        False,
        False,
    ]


async def test_names_once_given_are_not_overwritten(house: House) -> None:
    contact = await ask(house, {**ANNA, "name": "Анна"})
    await ask(house, {**ANNA, "name": "asdf", "company": "Ромашка"})
    person = await house.get(f"/v1/contacts/{contact}")
    assert person["details"]["name"] == "Анна"
    assert person["details"]["company"] == "Ромашка"
    events = await house.emitted("contact.changed")
    assert [event["details"]["company"] for event in events] == [None, "Ромашка"]
    await ask(house, ANNA)
    assert len(await house.emitted("contact.changed")) == 2, "nothing new, nothing said"


@pytest.mark.parametrize("attempt", range(3))
async def test_merges_from_several_normalisers_leave_one_truth(house: House, attempt: int) -> None:
    """Some inquiry names every pair of neighbours: whoever works on it, rows and events agree."""
    phones = [f"+7916000{attempt}{number:03d}" for number in range(12)]
    for first, second in pairwise(phones):
        for contact in ({"phones": [first]}, {"phones": [second]}, {"phones": [first, second]}):
            await house.native({"channel": "form", "contact": contact})
    await asyncio.gather(*(house.normalise() for _ in range(3)), return_exceptions=True)
    while await house.rows("SELECT 1 FROM submission WHERE state = 'pending'"):
        await house.normalise()
    sizes = await house.rows("SELECT count(*) AS n FROM contact GROUP BY canonical_id")
    assert 1 < max(row["n"] for row in sizes) <= MAX_CONTACTS
    assert len(await house.rows("SELECT 1 FROM contact_point WHERE contact_id IS NOT NULL")) == 12
    latest: dict[str, str] = {}
    for event in await house.emitted("contact.relinked"):
        latest[event["contact_id"]] = event["canonical_id"]
    rows = await house.rows(
        "SELECT contact_id, canonical_id FROM contact WHERE contact_id <> canonical_id"
    )
    assert latest == {str(row["contact_id"]): str(row["canonical_id"]) for row in rows}
