"""The routes by which services compare where inquiries are counted, minute by minute.

Its law: an inquiry that is counted twice shows twice; digests do not depend on order.
"""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from shared.database import reading
from shared.presence import buckets_query, ids_query
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.ranges import Moment

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class Bucket(BaseModel):
    """`minute` is the bucket's beginning; `digest` a 64-bit sum of hashes, as text."""

    minute: datetime
    count: int
    digest: str


class Buckets(BaseModel):
    buckets: list[Bucket]


class Present(BaseModel):
    inquiry_id: UUID
    times: int


class PresentIds(BaseModel):
    ids: list[Present]


class Span(BaseModel):
    since: Moment
    until: Moment


def _span(
    since: Annotated[Moment, Query(alias="from")] = _EARLIEST,
    until: Annotated[Moment, Query(alias="to")] = _LATEST,
) -> Span:
    return Span(since=since, until=until)


def presence_router(relation_sql: str) -> APIRouter:
    """Routes over a constant SELECT of (inquiry_id, received_at), a row per place of counting.

    The relation holds every inquiry the service has heard of, tests included.
    """
    router = APIRouter(tags=["presence"], dependencies=[Depends(Allow("service"))])
    buckets_of, ids_of = buckets_query(relation_sql), ids_query(relation_sql)

    @router.get("/v1/presence")
    async def presence(
        database: DatabaseOf,
        span: Annotated[Span, Depends(_span)],
        step: Annotated[str, Query(pattern="^(minute|hour|day)$")] = "minute",
    ) -> Buckets:
        """Counts and digests by the inquiry's `received_at`, `from` inclusive, `to` exclusive."""
        asked = {"step": step, "since": span.since, "until": span.until}
        async with reading(database) as session:
            rows = await session.execute(buckets_of, asked)
        return Buckets(buckets=[Bucket.model_validate(dict(row)) for row in rows])

    @router.get("/v1/presence/ids")
    async def presence_ids(database: DatabaseOf, minute: Moment) -> PresentIds:
        """The inquiries of one minute, each with the number of places where it is counted."""
        async with reading(database) as session:
            rows = await session.execute(ids_of, {"minute": minute})
        return PresentIds(ids=[Present.model_validate(dict(row)) for row in rows])

    return router
