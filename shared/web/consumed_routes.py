"""What this service has consumed, for a producer that was restored; and its own recovery."""

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from shared.database import transaction
from shared.errors import ConflictError
from shared.messaging.heights import OwnConsumed
from shared.messaging.outbox.gate import overrule
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf

Topic = Annotated[str, Query(max_length=50, pattern="^[a-z-]+$")]
Key = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


class ConsumedDigest(BaseModel):
    """How many streams were consumed up to the key `last`, and a number over their keys and
    versions, as text: it does not fit a JSON reader's doubles.
    """

    streams: int
    digest: str
    last: str
    more: bool


class ConsumedHeights(BaseModel):
    """The highest version consumed of each stream, in the order of keys."""

    heights: dict[str, int]
    more: bool


@cache
def consumed_router() -> APIRouter:
    """`GET /v1/consumed…` for producers, and an operator's order to one that waits."""
    router = APIRouter()
    services = Depends(Allow("service"))

    @router.get("/v1/consumed/digest", tags=["journal"], dependencies=[services])
    async def read_consumed_digest(
        database: DatabaseOf, topic: Topic, after: Key = ""
    ) -> ConsumedDigest:
        """What was consumed of a topic, as one number for a range of keys."""
        part = await OwnConsumed(database).digest(topic, after=after)
        streams, digest = part.digest
        return ConsumedDigest(streams=streams, digest=str(digest), last=part.last, more=part.more)

    @router.get("/v1/consumed/heights", tags=["journal"], dependencies=[services])
    async def read_consumed_heights(
        database: DatabaseOf, topic: Topic, until: Key, after: Key = ""
    ) -> ConsumedHeights:
        """What was consumed of a topic, a page at a time; no contents."""
        page = await OwnConsumed(database).heights(topic, after=after, until=until)
        return ConsumedHeights(heights=dict(page.heights), more=page.more)

    @router.post(
        "/v1/recovery/overrule",
        tags=["operations"],
        dependencies=[Depends(Allow("ops"))],
        status_code=202,
    )
    async def overrule_recovery(database: DatabaseOf) -> None:
        """Go on without those that cannot be asked what they have consumed: a new life begins."""
        async with transaction(database) as session:
            if not await overrule(session):
                raise ConflictError("Nothing waits: the outbox is open.")

    return router
