"""Customers who have asked before an attack, and what became of them: contact, lead, timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from shared.ids import new_id
from tests.support.quick_http import QuickPoster
from tests.support.stack import Stack
from tests.support.waiting import eventually

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
    return [f"klient{number}@дом{house}.рф" for number in range(count)]


def spelling(address: str) -> str:
    """The same address with its domain in ASCII, in capitals."""
    local, _, domain = address.partition("@")
    return f"{local}@{domain.encode('idna').decode()}".upper()


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
