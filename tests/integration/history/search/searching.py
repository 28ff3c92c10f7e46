"""A company whose customers wrote something, and searching in it as a test does it."""

from typing import Any
from uuid import UUID

from services.history.handlers import apply
from services.history.use_cases.search.indexing import index
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import ContactDetails
from shared.database import Database
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door


async def make_findable(database: Database, streams: EventStreams) -> None:
    """Consume what was emitted, and make documents of all that waits."""
    await consume(database, apply, streams.events)
    while await index(database):
        pass


async def search(
    door: Door, q: str, *, role: str = "supervisor", manager: UUID | None = None, **params: Any
) -> list[dict[str, Any]]:
    """All pages of what is found."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = await door.client.get(
            "/v1/search",
            params={"q": q, **params, **({"cursor": cursor} if cursor else {})},
            headers=door.as_(role, manager_id=manager),
        )
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return items


def inquiries(items: list[dict[str, Any]]) -> set[str]:
    return {item["inquiry_id"] for item in items}


def matches(item: dict[str, Any]) -> list[str]:
    """The pieces that are what was searched for."""
    return [
        piece["text"]
        for excerpt in item["excerpts"]
        for piece in excerpt["pieces"]
        if piece["match"]
    ]


def written(
    streams: EventStreams,
    name: object,
    *,
    contact: UUID,
    details: ContactDetails | None = None,
    **more: Any,
) -> UUID:
    """An inquiry of somebody who gave no name and no phone, unless `details` do."""
    inquiry_id = some_id("inquiry", name)
    members = {"channel": "form", "source_id": some_id("site"), "received_at": streams.at, **more}
    streams.emit(
        InquiryReceived(
            inquiry_id=inquiry_id,
            contact_id=contact,
            contact=details or ContactDetails(),
            **members,
        )
    )
    return inquiry_id
