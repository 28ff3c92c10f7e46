"""Contacts become one: leads merge or become siblings; nothing is lost, in any order."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from services.routing.handlers import apply
from shared.contracts.inquiries import InquiryUpdated
from shared.database import transaction
from shared.ids import derived_id
from tests.integration.routing.harness import Company, contact


async def test_inquiries_of_one_contact_share_its_open_lead(company: Company) -> None:
    await company.manager()
    first = await company.inquire()
    second = await company.inquire()
    assert first["lead_id"] == second["lead_id"]
    await company.assign()
    await company.perform("accept", await company.lead(first["lead_id"]))
    third = await company.inquire()
    assert third["lead_id"] == first["lead_id"]
    assert len(third["inquiry_ids"]) == 3
    assert len({item["inquiry_id"] for item in third["inquiries"]}) == 3


async def test_lead_ids_are_the_same_on_a_replay(company: Company) -> None:
    event = company.inquiry()
    await company.consume(event, event)
    await company.consume(event)
    lead = await company.lead_of(event.inquiry_id)
    assert UUID(lead["lead_id"]) == derived_id("lead", event.inquiry_id, "default")
    assert lead["inquiry_ids"] == [str(event.inquiry_id)]
    assert await company.emitted(lead["lead_id"]) == ["lead.opened"]


async def test_the_younger_waiting_lead_is_merged(company: Company) -> None:
    anna = await company.manager()
    elder = await company.inquire("phone")
    company.pass_time(minutes=1)
    younger = await company.inquire("mail", priority_class="high")
    await company.assign()
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 2
    await company.relink("mail", "phone")
    merged, into = await company.lead(younger["lead_id"]), await company.lead(elder["lead_id"])
    assert (merged["state"], merged["merged_into"]) == ("merged", elder["lead_id"])
    assert (merged["owner_id"], merged["inquiry_ids"]) == (None, [])
    assert set(into["inquiry_ids"]) == {*elder["inquiry_ids"], *younger["inquiry_ids"]}
    assert into["priority_class"] == "high"
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 1
    assert (await company.emitted(younger["lead_id"]))[-1] == "lead.merged"
    assert (await company.emitted(elder["lead_id"]))[-1] == "lead.inquiry_attached"
    assert (await company.inquire("mail"))["lead_id"] == elder["lead_id"]
    await company.check()


async def test_a_waiting_lead_merges_into_the_accepted_one(company: Company) -> None:
    await company.manager()
    elder = await company.assigned("phone")
    company.pass_time(minutes=1)
    younger = await company.perform("accept", await company.assigned("mail"))
    await company.relink("phone", "mail")
    assert (await company.lead(elder["lead_id"]))["merged_into"] == younger["lead_id"]
    kept = await company.lead(younger["lead_id"])
    assert (kept["state"], kept["version"]) == ("open", younger["version"])
    await company.check()


async def test_two_accepted_leads_stay_as_siblings(company: Company) -> None:
    await company.manager()
    first = await company.perform("accept", await company.assigned("phone"))
    second = await company.perform("accept", await company.assigned("mail"))
    await company.relink("mail", "phone")
    shown = [await company.lead(lead["lead_id"]) for lead in (first, second)]
    assert [lead["state"] for lead in shown] == ["open", "open"]
    assert shown[0]["sibling_ids"] == [second["lead_id"]]
    assert shown[1]["sibling_ids"] == [first["lead_id"]]
    assert all(lead["sibling_ids"] for lead in await company.leads())


async def test_a_sibling_that_is_returned_takes_in_what_waits_beside_it(company: Company) -> None:
    await company.manager("Anna", capacity=1)
    await company.manager("Boris", capacity=1)
    first = await company.perform("accept", await company.assigned("phone"))
    second = await company.perform("accept", await company.assigned("mail"))
    await company.relink("mail", "phone")
    await company.perform("return", second)
    waits = await company.lead(second["lead_id"])
    assert (waits["state"], waits["owner_id"]) == ("open", None)
    await company.perform("return", first)
    assert (await company.lead(second["lead_id"]))["merged_into"] == first["lead_id"]
    assert len((await company.lead(first["lead_id"]))["inquiry_ids"]) == 2
    await company.check()


async def test_siblings_that_go_untouched_become_one(company: Company) -> None:
    await company.manager("Anna")
    first = await company.perform("accept", await company.assigned("phone"))
    company.pass_time(seconds=1)
    second = await company.perform("accept", await company.assigned("mail"))
    await company.relink("mail", "phone")
    company.pass_time(minutes=31)
    await company.tick()
    found = [await company.lead(lead["lead_id"]) for lead in (first, second)]
    assert [lead["state"] for lead in found] == ["open", "merged"]
    assert found[0]["owner_id"] is None
    await company.check()


async def test_two_accepted_siblings_that_fall_at_once_become_one(company: Company) -> None:
    """Both are returned at once, or one is returned while the other expires: whoever comes first
    waits, and is merged into the one that comes second.
    """
    await company.manager("Anna", capacity=100)
    for name, expires in (("both returned", False), ("one expires", True)):
        first = await company.perform("accept", await company.assigned(f"{name} phone"))
        second = await company.perform("accept", await company.assigned(f"{name} mail"))
        await company.relink(f"{name} mail", f"{name} phone")
        falls: list[Coroutine[Any, Any, object]] = [company.attempt("return", first)]
        if expires:
            company.pass_time(minutes=31)
            falls.append(company.tick())
        else:
            falls.append(company.attempt("return", second))
        await asyncio.gather(*falls)
        leads = [await company.lead(lead["lead_id"]) for lead in (first, second)]
        assert sorted(lead["state"] for lead in leads) == ["merged", "open"]
        assert [lead["owner_id"] for lead in leads] == [None, None]
        assert sum(len(lead["inquiry_ids"]) for lead in leads) == 2
        await company.check()


async def test_merged_leads_always_name_the_one_that_holds_all(company: Company) -> None:
    third = await company.inquire("third")
    company.pass_time(minutes=-1)
    second = await company.inquire("second")
    company.pass_time(minutes=-1)
    first = await company.inquire("first")
    await company.relink("third", "second")
    await company.consume(*(company.relinked(name, "first") for name in ("second", "third")))
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
    first, second = company.received(older), company.received(newer)
    for event in (second, first):
        async with transaction(company.database) as session:
            await apply(session, [event], now=company.now)
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
    await company.consume(event)
    for priority in ("high", "low"):
        await company.consume(
            InquiryUpdated(
                inquiry_id=event.inquiry_id,
                contact_id=event.contact_id,
                changed_at=company.now,
                changes={"priority_class": priority},
            )
        )
    assert (await company.lead_of(event.inquiry_id))["priority_class"] == "high"


async def test_leads_whose_contacts_change_places_do_not_get_in_each_others_way(
    company: Company,
) -> None:
    first, second = await company.inquire("first"), await company.inquire("second")
    await company.consume(company.relinked("first", "second"), company.relinked("second", "first"))
    for lead, canonical in ((first, "second"), (second, "first")):
        found = await company.lead(lead["lead_id"])
        assert (found["state"], found["canonical_contact_id"]) == ("open", str(contact(canonical)))
    await company.consume(company.relinked("first", "third"), company.relinked("second", "second"))
    assert len(await company.leads(state="open")) == 2
    await company.check()
