"""A card is what is known of a person, whatever contact they are asked for by."""

from typing import Any

import pytest

from services.history.handlers import apply
from services.history.repository.cards import cards
from shared.contracts.contacts import ConsentRecorded
from shared.contracts.inquiries import InquiryUpdated
from shared.contracts.inquiry import Campaign, ContactDetails
from shared.contracts.leads import LeadStageChanged, LeadWon
from shared.contracts.purchases import PurchaseCancelled
from shared.database import Database
from tests.integration.history.customers.customers import (
    ANNA,
    BORIS,
    ONE,
    RUB,
    TWO,
    bought,
    card_of,
    compute,
    merge,
    told,
)
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door


async def test_all_that_is_known_of_a_person(database: Database, door: Door) -> None:
    streams = EventStreams()
    details = ContactDetails(name="Ivan", phones=("+79990000001",), other={"telegram": "@ivan"})
    inquiry = streams.inquiry(
        1, contact=ONE, region="Москва", product_interest="Окна",
        campaign=Campaign(utm_campaign="spring"),
    )  # fmt: skip
    told(streams, ONE, **details.model_dump(), do_not_contact=["call"])
    lead = streams.opened(1, inquiry=inquiry, contact=ONE)
    streams.assigned(lead, ONE, ANNA)
    streams.on_lead(LeadStageChanged, lead, ONE, from_stage="new", to_stage="offer")
    bought(streams, 1, ONE, 100)
    bought(streams, 1, ONE, 150)  # corrected
    bought(streams, 2, ONE, 70, currency="USD")
    bought(streams, 3, ONE, 999)
    streams.emit(
        PurchaseCancelled(
            contact_id=ONE, purchase_id=some_id("purchase", 3), cancelled_at=streams.at
        )
    )
    streams.emit(ConsentRecorded(contact_id=ONE, given=True, at=streams.at, purpose="marketing"))
    await consume(database, apply, streams.events)
    await compute(database)
    card = await card_of(door, ONE)
    assert card["name"] == "Ivan"
    assert card["phones"] == ["+79990000001"]
    assert card["other"] == {"telegram": "@ivan"}
    assert (card["regions"], card["products"], card["campaigns"]) == (
        ["Москва"],
        ["Окна"],
        ["spring"],
    )
    assert card["channels"] == ["form"]
    assert card["open_stages"] == ["sales/offer"]
    assert card["stages_reached"] == ["new", "offer"]
    assert card["owner_ids"] == [str(ANNA)]
    assert [item["lead_id"] for item in card["leads"]] == [str(lead)]
    assert card["purchase_count"] == 2
    assert card["sums"] == {"RUB": 150.0, "USD": 70.0}
    assert len(card["purchases"]) == 2
    assert card["do_not_contact"] == ["call"]
    assert card["consents"]["marketing"]["given"] is True
    assert card["first_seen_at"] == MORNING.isoformat().replace("+00:00", "Z")


async def test_an_order_that_a_win_names_is_one_purchase_with_it(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    for number, order in enumerate(("A-17", "A-17", "B-1", None)):
        contact = ONE if number == 0 else TWO
        inquiry = streams.inquiry(number, contact=contact)
        lead = streams.opened(number, inquiry=inquiry, contact=contact)
        facts = {"facts": {"order_id": order}} if order else {}
        streams.on_lead(LeadWon, lead, contact, amount=100, **RUB, **facts)
    bought(streams, 1, ONE, 90, external_id="A-17")
    bought(streams, 2, TWO, 10, external_id="A-17")  # two have this number once they are merged
    bought(streams, 3, TWO, 70, external_id="B-1")
    streams.emit(
        PurchaseCancelled(
            contact_id=TWO, purchase_id=some_id("purchase", 3), cancelled_at=streams.at
        )
    )
    await consume(database, apply, streams.events)
    await compute(database)
    assert (await card_of(door, ONE))["sums"] == {"RUB": 90.0}
    theirs = await card_of(door, TWO)
    assert (theirs["purchase_count"], theirs["sums"]) == (2, {"RUB": 110.0})

    before = len(streams.events)
    merge(streams, TWO, ONE)
    await consume(database, apply, streams.events[before:])
    await compute(database)
    assert (await card_of(door, ONE))["sums"] == {"RUB": 400.0}


async def test_a_card_is_of_one_moment(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = EventStreams()
    streams.inquiry(1, contact=ONE)
    bought(streams, 1, ONE, 100)
    await consume(database, apply, streams.events)
    await compute(database)
    list_purchases = cards.list_purchases

    async def after_another(*args: Any, **named: Any) -> Any:
        before = len(streams.events)
        bought(streams, 2, ONE, 50)
        await consume(database, apply, streams.events[before:])
        await compute(database)
        return await list_purchases(*args, **named)

    monkeypatch.setattr(cards, "list_purchases", after_another)
    card = await card_of(door, ONE)
    assert (card["sums"], len(card["purchases"])) == ({"RUB": 100.0}, 1)
    monkeypatch.undo()
    assert (await card_of(door, ONE))["sums"] == {"RUB": 150.0}


async def test_a_withdrawal_of_every_use_withdraws_each(database: Database, door: Door) -> None:
    streams = EventStreams()
    for given, purpose in ((True, "marketing"), (False, None), (True, "personal_data")):
        streams.emit(ConsentRecorded(contact_id=ONE, given=given, at=streams.at, purpose=purpose))
    await consume(database, apply, streams.events)
    await compute(database)
    consents = (await card_of(door, ONE))["consents"]
    assert {purpose: item["given"] for purpose, item in consents.items()} == {
        "any": False,
        "marketing": False,
        "personal_data": True,
    }


async def test_merged_contacts_are_one_card_and_part_again(database: Database, door: Door) -> None:
    streams = EventStreams()
    streams.inquiry(1, contact=ONE)
    streams.inquiry(2, contact=TWO)
    merge(streams, TWO, ONE)
    await consume(database, apply, streams.events)
    await compute(database)
    both = await card_of(door, TWO)
    assert both == await card_of(door, ONE)
    assert both["person_id"] == str(ONE)
    assert both["contact_ids"] == sorted([str(ONE), str(TWO)])
    assert both["names"] == ["Customer 1", "Customer 2"]
    assert both["inquiry_count"] == 2
    merge(streams, TWO, TWO)
    await consume(database, apply, streams.events[-1:])
    await compute(database)
    for contact, name in ((ONE, "Customer 1"), (TWO, "Customer 2")):
        card = await card_of(door, contact)
        assert (card["person_id"], card["names"]) == (str(contact), [name])


async def test_tests_of_the_set_up_and_corrections(database: Database, door: Door) -> None:
    streams = EventStreams()
    streams.inquiry(1, contact=ONE, is_test=True, region="Test")
    second = streams.inquiry(2, contact=ONE, region="Тверь")
    streams.emit(
        InquiryUpdated(
            inquiry_id=second, contact_id=ONE, changed_at=streams.at, changes={"region": "Тула"}
        )
    )
    await consume(database, apply, streams.events)
    await compute(database)
    card = await card_of(door, ONE)
    assert card["inquiry_count"] == 1
    assert card["regions"] == ["Тула"]


async def test_a_manager_sees_persons_of_own_leads_only(database: Database, door: Door) -> None:
    streams = EventStreams()
    for number, (contact, manager) in enumerate(((ONE, ANNA), (TWO, BORIS))):
        lead = streams.opened(
            number, inquiry=streams.inquiry(number, contact=contact), contact=contact
        )
        streams.assigned(lead, contact, manager)
    await consume(database, apply, streams.events)
    await compute(database)
    headers = door.as_("manager", manager_id=ANNA)
    mine = await door.client.get("/v1/contacts", headers=headers)
    assert [item["person_id"] for item in mine.json()["items"]] == [str(ONE)]
    counts = await door.client.get("/v1/contacts/counts?group_by=owner", headers=headers)
    assert counts.json() == {"total": 1, "groups": [{"value": str(ANNA), "count": 1}]}
    assert (await door.client.get(f"/v1/contacts/{TWO}", headers=headers)).status_code == 404
    labels = await door.client.put(
        f"/v1/contacts/{TWO}/labels", json={}, headers={**headers, "If-Match": '"0"'}
    )
    assert labels.status_code == 404
    await card_of(door, ONE, role="manager", manager=ANNA)


async def test_filters_orders_and_pages(database: Database, door: Door) -> None:
    streams = EventStreams()
    contacts = [some_id("contact", number) for number in range(7)]
    for number, contact in enumerate(contacts):
        streams.inquiry(number, contact=contact, region="north" if number % 2 else "south")
    lead = streams.opened("w", inquiry=streams.inquiry("w", contact=ONE), contact=ONE)
    streams.on_lead(LeadWon, lead, ONE, amount=500, **RUB)
    await consume(database, apply, streams.events)
    await compute(database)
    headers = door.as_("supervisor")

    async def walk(query: str) -> list[str]:
        ids, cursor = [], ""
        while True:
            answer = await door.client.get(f"/v1/contacts?limit=2&{query}{cursor}", headers=headers)
            assert answer.status_code == 200, answer.text
            ids += [item["person_id"] for item in answer.json()["items"]]
            if answer.json()["next_cursor"] is None:
                return ids
            cursor = f"&cursor={answer.json()['next_cursor']}"

    texts = [str(contact) for contact in contacts]
    assert await walk("sort=first_seen") == texts
    assert await walk("sort=-first_seen") == texts[::-1]
    assert (await walk("sort=-last_seen"))[0] == str(ONE)
    assert sorted(await walk("sort=person_id")) == await walk("sort=person_id") == sorted(texts)
    assert await walk("region=north&sort=first_seen") == texts[1::2]
    assert await walk("name=CUSTOMER%203") == [texts[3]]
    assert await walk("has_purchases=true") == [str(ONE)]
    by_purchase = [str(ONE), *sorted(set(texts) - {str(ONE)})]
    assert await walk("sort=-last_purchase") == by_purchase, "who has bought nothing comes last"
    assert len(await walk("has_purchases=false")) == 6
    assert len(await walk("phone=%2B79990000001")) == 7
    assert len(await walk("phone=8 (999) 000-00-01")) == 7
    assert await walk("phone=8 (999) 000-00-02") == []
    assert await walk(f"source={some_id('other')}") == []
    assert await walk("first_seen_from=2030-01-01T00:00:00Z") == []
    counts = await door.client.get("/v1/contacts/counts?group_by=region", headers=headers)
    assert counts.json()["groups"] == [
        {"value": "south", "count": 4},
        {"value": "north", "count": 3},
    ]
    won = await card_of(door, ONE)
    assert (won["won_lead_count"], won["sums"]) == (1, {"RUB": 500.0})
    assert won["purchases"][0]["purchase_id"] == str(lead)
