"""One stranger's form, mail or token names other people's phones: nobody is joined by it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest

from services.intake.domain.identity_resolution import MAX_CONTACTS
from services.intake.domain.keys import MAX_PHONES
from shared.clock import system_clock
from tests.attacks.customers import (
    SECONDS,
    Customer,
    contact_of,
    customers,
    lead_of,
    settled,
    some_addresses,
    some_phones,
    spelling,
    timeline,
)
from tests.support.signer import signer_of
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.e2e]

CUSTOMERS = 40
CHAIN = 12
NAMED = 1200  # phones of the stranger's form
LOT = 30  # phones in one field


async def assert_apart(
    client: httpx.AsyncClient, people: Sequence[Customer], *, largest: int = 1
) -> None:
    """Every customer is a person of their own with an open lead of their own."""
    groups: dict[str, list[str]] = {}
    for customer in people:
        shown = (await client.get(f"/intake/v1/contacts/{customer.contact_id}")).json()
        groups.setdefault(shown["canonical_id"], []).append(customer.contact_id)
        if largest == 1:
            lead = (await client.get(f"/routing/v1/leads/{customer.lead_id}")).json()
            assert lead["state"] == "open", lead
    assert max(map(len, groups.values())) <= largest, groups
    answer = await client.get("/intake/v1/reconciliation")
    assert answer.json()["difference"] == 0, answer.text


async def states(client: httpx.AsyncClient, people: Sequence[Customer]) -> list[str]:
    """Of each customer's lead."""
    answers = [await client.get(f"/routing/v1/leads/{one.lead_id}") for one in people]
    return [answer.json()["state"] for answer in answers]


async def open_proposals(client: httpx.AsyncClient, source_id: str) -> list[Any]:
    params = {"state": "open", "source_id": source_id}
    answer = await client.get("/intake/v1/contact-proposals", params=params)
    items: list[Any] = answer.json()["items"]
    return items


async def asked_by_token(
    stack: Stack, phones: Sequence[str], *, source_id: str | None = None
) -> str:
    """A native inquiry, by a token that may only post for its source; gives the contact."""
    token = None
    if source_id is not None:
        keys = signer_of(stack.keys_file)
        token = keys.mint(role="source", now=system_clock(), source_id=UUID(source_id))
    async with stack.client(token=token) as sender, stack.client() as client:
        body = {"channel": "form", "contact": {"name": "Некто", "phones": list(phones)}}
        answer = await sender.post("/intake/v1/inquiries", json=body)
        assert answer.status_code == 202, answer.text
        return await contact_of(client, await settled(client, answer.json()["receipt_id"]))


async def anonymous_source(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post("/intake/v1/sources", json={"adapter": "generic-json", **more})
    assert answer.status_code == 201, answer.text
    source: dict[str, Any] = answer.json()
    return source


async def forms(stack: Stack, key: str, bodies: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
    """A stranger posts these forms; gives the inquiries, once they are normalised."""
    async with stack.stranger() as stranger, stack.client() as client:
        receipts = []
        for body in bodies:
            answer = await stranger.post(
                f"/intake/v1/hooks/{key}",
                content=urlencode(body),
                headers={"content-type": "application/x-www-form-urlencoded"},
            )
            assert answer.status_code == 200, answer.text
            receipts.append(answer.headers["Leadflow-Receipt"])
        return [await settled(client, receipt) for receipt in receipts]


def phone_form(phones: Sequence[str]) -> list[tuple[str, str]]:
    """One form with any number of phones, as many in a field as are read."""
    lots = [phones[first : first + LOT] for first in range(0, len(phones), LOT)]
    return [(f"phone_{place}", ",".join(lot)) for place, lot in enumerate(lots, start=2)]


async def test_a_form_of_1200_phones_joins_nobody(victim: Stack) -> None:
    phones = some_phones(NAMED)
    people = await customers(victim, [{"phones": [phone]} for phone in phones[:CUSTOMERS]])
    async with victim.client() as client:
        source = await anonymous_source(client)
        inquiry_id = (await forms(victim, source["key"], [phone_form(phones)]))[0]
        contact_id = await contact_of(client, inquiry_id)
        await lead_of(client, inquiry_id, contact_id)
        await assert_apart(client, people)
        assert len(await open_proposals(client, source["source_id"])) <= 2


async def test_a_form_of_addresses_in_every_spelling_joins_nobody(victim: Stack) -> None:
    addresses = some_addresses(CUSTOMERS)
    people = await customers(victim, [{"emails": [address]} for address in addresses])
    async with victim.client() as client:
        source = await anonymous_source(client)
        spellings = [
            *(spelling(address) for address in addresses[:2]),
            *addresses,
            *map(str.upper, addresses),
        ]
        body = [(f"email_{place}", address) for place, address in enumerate(spellings, start=2)]
        inquiry_id = (await forms(victim, source["key"], [body]))[0]
        await lead_of(client, inquiry_id, await contact_of(client, inquiry_id))
        await assert_apart(client, people)


async def test_a_chain_of_forms_joins_nobody(victim: Stack) -> None:
    """Form k names customers k and k + 1; a second chain names people who are yet to come."""
    phones = some_phones(3 * CHAIN)
    coming = phones[CHAIN:]
    people = await customers(victim, [{"phones": [phone]} for phone in phones[:CHAIN]])
    async with victim.client() as client:
        source = await anonymous_source(client)
        chain = [phone_form(pair) for pair in (*pairwise(phones[:CHAIN]), *pairwise(coming))]
        for inquiry_id in await forms(victim, source["key"], chain):
            await lead_of(client, inquiry_id, await contact_of(client, inquiry_id))
        await assert_apart(client, people)
        births = [await asked_by_token(victim, [phone]) for phone in coming]
        assert max(map(births.count, births)) <= MAX_PHONES


async def test_a_source_token_builds_no_giant(victim: Stack) -> None:
    phones = some_phones(CHAIN)
    people = await customers(victim, [{"phones": [phone]} for phone in phones])
    async with victim.client() as client:
        source = await anonymous_source(client)
        await asked_by_token(victim, phones[:45], source_id=source["source_id"])
        await assert_apart(client, people)
        for pair in pairwise(phones):
            await asked_by_token(victim, pair, source_id=source["source_id"])
        await assert_apart(client, people)
        for pair in pairwise(phones):
            await asked_by_token(victim, pair)
        await assert_apart(client, people, largest=MAX_CONTACTS)


async def test_undo_gives_the_customers_their_leads_and_timelines_again(victim: Stack) -> None:
    addresses = some_addresses(CHAIN)
    people = await customers(victim, [{"emails": [address]} for address in addresses])
    async with victim.client() as client:
        source = await anonymous_source(client, may_merge=True)
        bodies = [
            [("email", left), ("email_2", right)]
            for left, right in zip(addresses[::2], addresses[1::2], strict=True)
        ]
        for inquiry_id in await forms(victim, source["key"], bodies):
            await lead_of(client, inquiry_id, await contact_of(client, inquiry_id))
        await eventually(
            lambda: states(client, people),
            seconds=SECONDS,
            what="leads of the joined are merged",
            until=lambda seen: seen.count("merged") == CHAIN // 2,
        )
        period = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
        body = {"source_id": source["source_id"], **period}
        undone = (await client.post("/intake/v1/contact-merges/undo", json=body)).json()
        assert (undone["undone"], undone["remaining"]) == (CHAIN // 2, 0), undone
        await eventually(
            lambda: states(client, people),
            seconds=SECONDS,
            what="every lead is in the queue again",
            until=lambda seen: seen == ["open"] * CHAIN,
        )
        await forms(victim, source["key"], bodies)
        await assert_apart(client, people)
        for customer in people:
            lines = await timeline(client, customer.contact_id)
            contacts = {line["contact_id"] for line in lines}
            assert contacts == {customer.contact_id}, "timelines part again"
