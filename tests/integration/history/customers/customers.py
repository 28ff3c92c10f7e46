"""The customer base as tests use it: cards computed to the end, and what the doors answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.history.use_cases.cards import refresh
from shared.contracts.contacts import ContactChanged, ContactRelinked
from shared.contracts.inquiry import ContactDetails
from shared.contracts.purchases import PurchaseRecorded
from shared.database import Database, transaction
from tests.support.event_streams import MORNING, EventStreams, some_id
from tests.support.http_client import Door

EVENING = MORNING.replace(hour=18)
ANNA, BORIS = some_id("manager", "anna"), some_id("manager", "boris")
ONE, TWO = some_id("contact", 1), some_id("contact", 2)
RUB = {"currency": "RUB"}


async def compute(
    database: Database, *, now: datetime = EVENING, until: datetime | None = None
) -> None:
    """Let the loop work until nothing is due any more, all up to `until` being consumed."""
    while await refresh.work(database, now=now, walked_until=lambda: until):
        pass
    async with transaction(database) as session:
        put_off = await session.scalar(
            "SELECT count(*) FROM card_due WHERE due_at > :now", {"now": now}
        )
    assert put_off == 0, "a card could not be computed"


def merge(streams: EventStreams, contact: UUID, into: UUID) -> None:
    streams.emit(
        ContactRelinked(
            contact_id=contact,
            canonical_id=into,
            batch_id=some_id("batch"),
            reason="phone",
            relinked_at=streams.at,
        )
    )


def told(streams: EventStreams, contact: UUID, **members: Any) -> None:
    details = ContactDetails(
        **{name: members.pop(name) for name in list(members) if name in ContactDetails.model_fields}
    )
    streams.emit(
        ContactChanged(contact_id=contact, changed_at=streams.at, details=details, **members)
    )


def bought(streams: EventStreams, name: object, contact: UUID, amount: int, **members: Any) -> None:
    purchase = {"purchased_at": streams.at, "currency": "RUB"} | members
    streams.emit(
        PurchaseRecorded(
            contact_id=contact, purchase_id=some_id("purchase", name), amount=amount, **purchase
        )
    )


async def card_of(
    door: Door, contact: UUID, *, role: str = "supervisor", manager: UUID | None = None
) -> dict[str, Any]:
    answer = await door.client.get(
        f"/v1/contacts/{contact}", headers=door.as_(role, manager_id=manager)
    )
    assert answer.status_code == 200, answer.text
    card: dict[str, Any] = answer.json()
    return card


async def emitted(database: Database) -> list[tuple[str, str, str | None]]:
    """The events about segments: what, whose, why."""
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT type, key, payload ->> 'reason' AS reason FROM journal"
            " WHERE topic = 'segments' ORDER BY id"
        )
        return [(row.type.split(".")[1], row.key, row.reason) for row in rows]


async def new_segment(
    door: Door, content: dict[str, Any], *, name: str = "some", **more: Any
) -> dict[str, Any]:
    answer = await door.client.post(
        "/v1/segments",
        json={"name": name, "filter": content, **more},
        headers=door.as_("supervisor"),
    )
    assert answer.status_code == 201, answer.text
    segment: dict[str, Any] = answer.json()
    return segment


async def members_of(
    door: Door, segment_id: str, *, role: str = "supervisor", manager: UUID | None = None
) -> list[str]:
    answer = await door.client.get(
        f"/v1/segments/{segment_id}/members", headers=door.as_(role, manager_id=manager)
    )
    assert answer.status_code == 200, answer.text
    return [item["person_id"] for item in answer.json()["items"]]
