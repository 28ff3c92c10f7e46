"""One stranger's form, mail or token names other people's phones: nobody is joined by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from shared.ids import new_id
from tests.support.quick_http import QuickPoster
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.e2e]

CUSTOMERS = 40
NAMED = 1200  # phones of the stranger's form
LOT = 30  # phones in one field
SECONDS = 30


@dataclass(frozen=True)
class Customer:
    """Somebody who has asked before: what identifies them, their contact and their lead."""

    points: dict[str, Any]
    contact_id: str
    lead_id: str


def some_phones(count: int) -> list[str]:
    """Numbers that no other test has, all valid."""
    start = new_id().int % 9_000_000
    return [f"+7985{(start + number) % 10_000_000:07d}" for number in range(count)]


def some_addresses(count: int) -> list[str]:
    house = new_id().hex[-12:]
    return [f"customer{number}@h{house}.example.com" for number in range(count)]


async def settled(client: httpx.AsyncClient, receipt: str) -> str:
    """The inquiry of a receipt, once it is normalised."""

    async def ask() -> dict[str, Any]:
        body: dict[str, Any] = (await client.get(f"/intake/v1/receipts/{receipt}")).json()
        return body

    done = await eventually(
        ask,
        seconds=SECONDS,
        what="the receipt is settled",
        until=lambda body: body["state"] != "pending",
    )
    assert done["state"] == "normalised", done
    return str(done["inquiry_ids"][0])


async def timeline(client: httpx.AsyncClient, contact_id: str) -> list[dict[str, Any]]:
    """All lines of a person, oldest first."""
    items: list[dict[str, Any]] = []
    params = {"limit": "200"}
    while True:
        answer = await client.get(f"/history/v1/contacts/{contact_id}/timeline", params=params)
        page = answer.json()
        items += page.get("items", [])
        if page.get("next_cursor") is None:
            return items
        params["cursor"] = page["next_cursor"]


async def lead_of(client: httpx.AsyncClient, inquiry_id: str, contact_id: str) -> str:
    """The lead that holds an inquiry, by the contact's timeline."""

    async def ask() -> list[str]:
        return [
            item["lead_id"]
            for item in await timeline(client, contact_id)
            if item["inquiry_id"] == inquiry_id and item["lead_id"] is not None
        ]

    leads: list[str] = await eventually(ask, seconds=SECONDS, what="the inquiry has a lead")
    return leads[0]


async def contact_of(client: httpx.AsyncClient, inquiry_id: str) -> str:
    return str((await client.get(f"/intake/v1/inquiries/{inquiry_id}")).json()["contact_id"])


async def customers(stack: Stack, points: Sequence[dict[str, Any]]) -> list[Customer]:
    """Each asks once, by themselves, and gets a lead of their own."""
    async with QuickPoster(stack.intake, stack.token()) as poster, stack.client() as client:
        receipts = []
        for point in points:
            body = {"channel": "form", "contact": point, "text": "Прошу перезвонить"}
            status, answer = await poster.post("/v1/inquiries", body, headers={})
            assert status == 202
            receipts.append(answer["receipt_id"])
        found = []
        for receipt, point in zip(receipts, points, strict=True):
            inquiry_id = await settled(client, receipt)
            contact_id = await contact_of(client, inquiry_id)
            lead_id = await lead_of(client, inquiry_id, contact_id)
            found.append(Customer(point, contact_id, lead_id))
    assert len({customer.contact_id for customer in found}) == len(points)
    assert len({customer.lead_id for customer in found}) == len(points)
    return found


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
    answer = await client.get("/intake/v1/conservation")
    assert answer.json().get("difference", 0) == 0, answer.text


async def anonymous_source(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/intake/v1/sources", json={"adapter": "generic-json"})
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
