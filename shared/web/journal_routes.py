"""Everything a service has ever emitted, for the other services: the same routes in each."""

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from shared.database import reading
from shared.messaging.outbox.journal import journal_page
from shared.messaging.outbox.walking import OwnJournal, Range
from shared.web import journal_json
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.fields import Body
from shared.web.pagination import MAX_LIMIT

LARGEST = 2**63 - 1  # of what PostgreSQL counts versions and rows with
MOST_RANGES = 500

Topic = Annotated[str, Query(max_length=50, pattern="^[a-z-]+$")]
Place = Annotated[str, Query(max_length=40, pattern="^[0-9]{1,18}-[0-9]{1,18}$")]
Transaction = Annotated[str, Query(max_length=18, pattern="^[0-9]{1,18}$")]


class RangeWish(Body):
    """The versions of a stream above `after`, up to `until`."""

    topic: str = Field(max_length=50, pattern="^[a-z-]+$")
    key: str = Field(max_length=200, pattern=r"^[^\x00]*$")
    after: int = Field(ge=0, le=LARGEST)
    until: int = Field(ge=0, le=LARGEST)


class LackingWish(Body):
    ranges: list[RangeWish] = Field(max_length=MOST_RANGES)


@cache
def journal_router() -> APIRouter:
    """`GET /v1/journal` over the service's own journal, and what catch-up asks of it."""
    router = APIRouter(tags=["journal"], dependencies=[Depends(Allow("service"))])

    @router.get("/v1/journal")
    async def read_journal(
        database: DatabaseOf,
        topic: Annotated[str | None, Query(max_length=50, pattern="^[a-z-]+$")] = None,
        key: Annotated[str | None, Query(max_length=100, pattern="^[A-Za-z0-9_-]+$")] = None,
        after: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = MAX_LIMIT,
    ) -> dict[str, Any]:
        """One stream from a version on, or the whole journal, forward."""
        async with reading(database) as session:
            page = await journal_page(session, topic=topic, key=key, after=after, limit=limit)
        return journal_json.page_as_json(page)

    @router.get("/v1/journal/state")
    async def read_state(
        database: DatabaseOf,
        topic: Annotated[list[Topic], Query(max_length=50)],
        hurry: Annotated[bool, Query()] = False,
    ) -> dict[str, Any]:
        """Whose life the journal is, up to where it is complete, where each topic ends, and how
        far this service has walked what it consumes: with `hurry` it goes on walking at once.
        """
        state = await OwnJournal(database).state(topic, hurry=hurry)
        return journal_json.state_as_json(state)

    @router.get("/v1/journal/heads")
    async def read_heads(
        database: DatabaseOf, topic: Topic, after: Place, until: Transaction
    ) -> dict[str, Any]:
        """The highest versions along a topic, a page at a time; no contents."""
        place = journal_json.position_from_text(after)
        page = await OwnJournal(database).heads(topic, after=place, until=int(until))
        return journal_json.heads_as_json(page)

    @router.post("/v1/journal/lacking")
    async def read_lacking(wish: LackingWish, database: DatabaseOf) -> dict[str, Any]:
        """The events of these ranges, as many as fit on one page."""
        ranges = [Range((item.topic, item.key), item.after, item.until) for item in wish.ranges]
        envelopes = await OwnJournal(database).lacking(ranges)
        return {"items": journal_json.envelopes_as_json(envelopes)}

    return router
