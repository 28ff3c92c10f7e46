"""Reading timelines as a test does it."""

from typing import Any
from uuid import UUID

from tests.support.event_streams import some_id
from tests.support.http_client import Door

ANNA, BORIS = some_id("manager", "anna"), some_id("manager", "boris")


CONTACT, OTHER = some_id("contact", 1), some_id("contact", 2)


async def timeline(
    door: Door, what: str, id_: UUID, *, role: str = "supervisor", manager: UUID | None = None
) -> list[dict[str, Any]]:
    answer = await door.client.get(
        f"/v1/{what}/{id_}/timeline", headers=door.as_(role, manager_id=manager)
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def kinds(items: list[dict[str, Any]]) -> list[str]:
    return [item["kind"] for item in items]
