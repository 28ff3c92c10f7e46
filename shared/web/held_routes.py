"""What a service holds back, for its operators: counts, reasons and names, never contents."""

from datetime import datetime
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from shared.database import reading
from shared.messaging.consumer.consumer import Consumer, Handler
from shared.messaging.consumer.held import held_page
from shared.messaging.consumer.replay import replay_held
from shared.text import Text
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, ClockOf, DatabaseOf, Limit
from shared.web.fields import Body
from shared.web.pagination import Page, cursor_number, cursor_text, decode_cursor, encode_cursor


class HeldEvent(BaseModel):
    """An event that waits; `detail` names fields and kinds of fault, never values."""

    topic: str
    key: str
    version: int
    reason: str
    detail: str | None
    attempts: int
    held_at: datetime


class ReplayWish(Body):
    """Which held events to try again: all that match what is given."""

    topic: Annotated[Text | None, Field(max_length=50)] = None
    key: Annotated[Text | None, Field(max_length=200)] = None
    reason: Annotated[Text | None, Field(max_length=50)] = None


class ReplayReport(BaseModel):
    """`still_holding` counts the streams that hold something after the attempt."""

    tried: int
    still_holding: int


@cache
def held_router(*, service: str, handle: Handler) -> APIRouter:
    """`GET /v1/held` and `POST /v1/held/replay` for operators."""
    router = APIRouter(tags=["operations"])
    operators = Depends(Allow("ops"))

    @router.get("/v1/held", dependencies=[operators])
    async def list_held(
        database: DatabaseOf,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
    ) -> Page[HeldEvent]:
        """What cannot take effect yet, by topic, key and version."""
        after = decode_cursor(cursor, cursor_text, cursor_text, cursor_number) if cursor else None
        async with reading(database) as session:
            rows = await held_page(session, after=after, limit=limit + 1)
        items = [HeldEvent.model_validate(row, from_attributes=True) for row in rows]
        more = len(items) > limit
        last = items[limit - 1] if more else None
        following = encode_cursor(last.topic, last.key, last.version) if last else None
        return Page(items=items[:limit], next_cursor=following)

    @router.post("/v1/held/replay", dependencies=[operators])
    async def replay(wish: ReplayWish, database: DatabaseOf, clock: ClockOf) -> ReplayReport:
        """Try held events again through the same door; what fails again stays held."""
        outcome = await replay_held(
            Consumer(database, service, handle, clock),
            topic=wish.topic,
            key=wish.key,
            reason=wish.reason,
        )
        return ReplayReport(tried=outcome.tried, still_holding=outcome.still_holding)

    return router
