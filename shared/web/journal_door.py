"""Everything a service has ever said, for the other services: the same door in each of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from shared.database import reading
from shared.messaging.journal import as_json, journal_page
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.pagination import MAX_LIMIT


def journal_router() -> APIRouter:
    """`GET /v1/journal` over the service's own journal."""
    router = APIRouter(tags=["journal"], dependencies=[Depends(Allow("service"))])

    @router.get("/v1/journal")
    async def read_journal(
        database: DatabaseOf,
        topic: Annotated[str | None, Query(max_length=50, pattern="^[a-z_]+$")] = None,
        key: Annotated[str | None, Query(max_length=100, pattern="^[A-Za-z0-9_-]+$")] = None,
        after: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = MAX_LIMIT,
    ) -> dict[str, Any]:
        """One stream from a version on, or the whole journal, forward."""
        async with reading(database) as session:
            found = await journal_page(session, topic=topic, key=key, after=after, limit=limit)
        return as_json(found)

    return router
