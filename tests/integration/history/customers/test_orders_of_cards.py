"""Lists of persons hold in every order whom the counts count."""

from services.history.handlers import apply
from shared.database import Database
from tests.integration.history.customers.customers import compute, told
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door


async def test_each_order_lists_whom_the_counts_count(database: Database, door: Door) -> None:
    """Somebody whom the company rang, and who has never asked, was seen at no time."""
    streams = EventStreams()
    contacts = [some_id("contact", number) for number in range(5)]
    for number, contact in enumerate(contacts[:2]):
        streams.inquiry(number, contact=contact)
    for contact in contacts[2:]:
        told(streams, contact, name="Rung up")
    await consume(database, apply, streams.events)
    await compute(database)
    headers = door.as_("supervisor")
    counts = await door.client.get("/v1/contacts/counts", headers=headers)
    assert counts.json()["total"] == len(contacts)
    unseen = sorted(map(str, contacts[2:]))
    for order in ("", "sort=last_seen", "sort=first_seen", "sort=-first_seen"):
        for size in (1, 2, 3, 5):  # pages that end before, at and behind the last who was seen
            ids: list[str] = []
            cursor: str | None = ""
            while cursor is not None:
                answer = await door.client.get(
                    f"/v1/contacts?limit={size}&{order}{cursor}", headers=headers
                )
                assert answer.status_code == 200, answer.text
                ids += [item["person_id"] for item in answer.json()["items"]]
                following = answer.json()["next_cursor"]
                cursor = following and f"&cursor={following}"
            assert ids[2:] == unseen
            assert sorted(ids) == sorted(map(str, contacts))
