"""Contacts part again: what was merged because of them waits again, whoever had swallowed it."""

from typing import Any

import pytest

from shared.contracts.contacts import MERGE_UNDONE, SPLIT
from tests.integration.routing.harness import Company, contact


async def joined(company: Company, *names: str) -> list[Any]:
    """Each asks, a minute after the one before; then all are found to be the first of them."""
    leads = []
    for name in names:
        leads.append(await company.inquire(name))
        company.pass_time(minutes=1)
    await company.consume(*(company.relinked(name, names[0]) for name in names[1:]))
    return leads


async def test_a_lead_merged_by_mistake_goes_back_to_the_queue(company: Company) -> None:
    await company.manager()
    mine, other = await joined(company, "Анна", "Борис")
    assert (await company.lead(other["lead_id"]))["state"] == "merged"
    await company.relink("Борис", "Борис", reason=MERGE_UNDONE)
    back, kept = await company.lead(other["lead_id"]), await company.lead(mine["lead_id"])
    assert (back["state"], back["merged_into"], back["owner_id"]) == ("open", None, None)
    assert back["inquiry_ids"] == other["inquiry_ids"]
    assert kept["inquiry_ids"] == mine["inquiry_ids"]
    assert (await company.emitted(other["lead_id"]))[-2:] == [
        "lead.reopened",
        "lead.inquiry_attached",
    ]
    await company.assign()
    assert (await company.lead(other["lead_id"]))["owner_id"] is not None
    assert (await company.inquire("Борис"))["lead_id"] == other["lead_id"]
    await company.check()


async def test_an_accepted_lead_gives_back_what_it_swallowed(company: Company) -> None:
    await company.manager()
    mine, other = await joined(company, "Анна", "Борис")
    await company.assign()
    await company.perform("accept", await company.lead(mine["lead_id"]))
    second = await company.inquire("Борис")
    assert second["lead_id"] == mine["lead_id"]
    await company.relink("Борис", "Борис", reason=SPLIT)
    back, kept = await company.lead(other["lead_id"]), await company.lead(mine["lead_id"])
    assert back["state"] == "open"
    assert len(back["inquiry_ids"]) == 2, "what he asked meanwhile comes with him"
    assert (kept["inquiry_ids"], kept["accepted_at"] is not None) == (mine["inquiry_ids"], True)
    await company.check()


async def test_a_closed_lead_keeps_what_was_merged_into_it(company: Company) -> None:
    await company.manager()
    mine, other = await joined(company, "Анна", "Борис")
    await company.assign()
    accepted = await company.perform("accept", await company.lead(mine["lead_id"]))
    await company.perform("lost", accepted, loss_reason="price")
    await company.relink("Борис", "Борис", reason=SPLIT)
    assert (await company.lead(other["lead_id"]))["state"] == "merged"
    assert (await company.inquire("Борис"))["lead_id"] not in {mine["lead_id"], other["lead_id"]}
    await company.check()


async def test_who_parts_together_shares_one_lead(company: Company) -> None:
    leads = await joined(company, "Анна", "Борис", "Вера")
    parted = [company.relinked(name, "Борис", reason=SPLIT) for name in ("Борис", "Вера")]
    for event in reversed(parted):
        await company.consume(event)
    shown = [await company.lead(lead["lead_id"]) for lead in leads]
    assert [lead["state"] for lead in shown].count("open") == 2
    swallowed = next(lead for lead in shown if lead["state"] == "merged")
    into = await company.lead(swallowed["merged_into"])
    assert (into["state"], len(into["inquiry_ids"])) == ("open", 2)
    assert into["canonical_contact_id"] == str(contact("Борис"))
    await company.check()


async def test_whoever_opened_the_lead_takes_it_along(company: Company) -> None:
    mine, other = await joined(company, "Анна", "Борис")
    await company.relink("Борис", "Борис", reason=SPLIT)
    await company.relink("Борис", "Анна")
    await company.relink("Анна", "Анна", reason=SPLIT)
    await company.relink("Борис", "Борис", reason=SPLIT)
    for lead in (mine, other):
        shown = await company.lead(lead["lead_id"])
        assert (shown["state"], shown["inquiry_ids"]) == ("open", lead["inquiry_ids"])
    await company.check()


async def test_a_lead_follows_its_contact_to_another_who_waits(company: Company) -> None:
    """Both are found to be somebody else, and one is split off before the other is consumed."""
    elder = await company.inquire("Вера")
    mine, other = await joined(company, "Анна", "Борис")
    await company.relink("Борис", "Вера")
    late = [
        company.relinked("Анна", "Вера"),
        company.relinked("Анна", "Анна", reason=SPLIT),
    ]
    await company.consume(*late)
    moved = await company.lead(other["lead_id"])
    assert (moved["state"], moved["merged_into"]) == ("merged", elder["lead_id"])
    assert set((await company.lead(elder["lead_id"]))["inquiry_ids"]) == {
        *elder["inquiry_ids"],
        *other["inquiry_ids"],
    }
    assert (await company.lead(mine["lead_id"]))["inquiry_ids"] == mine["inquiry_ids"]
    await company.check()


@pytest.mark.parametrize("accepted", [False, True])
async def test_who_parts_early_is_not_held_by_a_late_link(company: Company, accepted: bool) -> None:
    """The split is consumed before what it was a split from."""
    await company.manager()
    mine, other = await joined(company, "Анна", "Борис")
    if accepted:
        await company.assign()
        await company.perform("accept", await company.lead(mine["lead_id"]))
    await company.relink("Борис", "Вера")
    await company.relink("Борис", "Борис", reason=SPLIT)
    await company.relink("Анна", "Вера")
    for lead in (mine, other):
        shown = await company.lead(lead["lead_id"])
        assert (shown["state"], shown["inquiry_ids"]) == ("open", lead["inquiry_ids"])
    await company.check()


async def test_people_part_though_none_of_their_own_contacts_does(company: Company) -> None:
    """Вера takes in two and parts from one of them: a third who joined her later stays hers."""
    await company.manager()
    mine, other, third = await joined(company, "Вера", "Анна", "Борис")
    await company.relink("Борис", "Глеб")
    await company.relink("Вера", "Глеб")
    await company.relink("Вера", "Вера", reason=SPLIT)
    fourth = await company.inquire("Дина", received_at=company.now.replace(hour=1))
    await company.relink("Дина", "Вера")
    await company.relink("Анна", "Глеб")
    shown = await company.lead(fourth["lead_id"])
    assert set(shown["inquiry_ids"]) == {*fourth["inquiry_ids"], *mine["inquiry_ids"]}
    theirs = await company.lead(third["lead_id"])
    assert set(theirs["inquiry_ids"]) == {*other["inquiry_ids"], *third["inquiry_ids"]}
    await company.check()


async def test_hundreds_of_leads_come_back(company: Company) -> None:
    """Undoing what made them one person gives each customer their own place in the queue."""
    names = [f"customer {number}" for number in range(300)]
    await company.consume(*(company.inquiry(name) for name in names))
    await company.consume(*(company.relinked(name, names[0]) for name in names[1:]))
    assert len(await company.leads(state="open")) == 1
    for first in range(1, len(names), 100):
        lot = names[first : first + 100]
        await company.consume(*(company.relinked(name, name, reason=MERGE_UNDONE) for name in lot))
    leads = await company.leads(state="open")
    assert len(leads) == len(names)
    assert all(len(lead["inquiry_ids"]) == 1 for lead in leads)
    await company.check()
