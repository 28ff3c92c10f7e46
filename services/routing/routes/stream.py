"""Server-sent events of what concerns the caller, resumable by the id of the last one they had."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from pydantic import AfterValidator
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.routing.schemas.fields import KEY_PATTERN, event_name
from services.routing.use_cases.stream.followers import Follower, Message
from services.routing.use_cases.stream.reading import Hub
from shared.errors import ServiceError
from shared.runtime.loop import running
from shared.web.access import Allow, caller_of
from shared.web.connections import ENDINGS
from shared.web.problems import problem_response
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

log = structlog.get_logger()
router = APIRouter(tags=["leads"])
MAY_FOLLOW = Allow("supervisor", "manager")
Reader = Annotated[Caller, Depends(MAY_FOLLOW)]
EVENT_STREAM = "text/event-stream"
# Whoever is cut off comes back within these; all of them at once would be a crowd.
RETRY_MILLISECONDS = (500, 2_000)
TYPE_PATTERN = r"^[a-z_]{1,30}\.[a-z_]{1,30}$"

# Each event of the answer; in `data` stands JSON.
EVENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "required": ["id", "event", "data"],
}

PoolKey = Annotated[str, Query(pattern=KEY_PATTERN)]
EventType = Annotated[str, Query(pattern=TYPE_PATTERN), AfterValidator(event_name)]


@asynccontextmanager
async def background(app: FastAPI) -> AsyncIterator[None]:
    """The reader of this process, while the app lives."""
    app.state.stream = hub = Hub(app.state.database)
    loop = hub.loop()
    app.state.loops.append(loop)
    async with running([loop]):
        yield


class EventStream(StreamingResponse):
    """`leave` is called at the end, however it comes."""

    media_type = EVENT_STREAM

    def __init__(self, events: AsyncIterator[str], leave: Callable[[], None]) -> None:
        # A proxy that buffered would keep events for itself.
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


@router.get(
    "/v1/stream",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {"content": {EVENT_STREAM: {"schema": EVENT}}},
        429: problem_response(429),
    },
)
async def follow_stream(
    *,
    caller: Reader,
    request: Request,
    audit: Audit,
    pool: Annotated[list[PoolKey], Query(max_length=50)] = [],  # noqa: B006  FastAPI copies it
    types: Annotated[list[EventType], Query(max_length=50)] = [],  # noqa: B006  as above
    after: Annotated[str | None, Query(max_length=100)] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None,
) -> EventStream:
    """Events of a manager's own leads and status, for supervisors all. `Last-Event-ID`, or `after`,
    goes on behind an event; `reset` means that this is not possible and all has to be read anew.

    With `Accept: text/event-stream` it goes on for ever, without it up to the present.
    """
    hub: Hub = request.app.state.stream
    follower = Follower(caller.token_id, caller.manager_id, frozenset(pool), frozenset(types))
    hub.enter(follower)
    audit.record("stream")
    request.scope.get(ENDINGS, []).append(follower.end)
    messages = hub.follow(
        follower,
        last_event_id or after,
        live=EVENT_STREAM in request.headers.get("accept", ""),
    )
    return EventStream(_written(messages, request), lambda: hub.leave(follower))


async def _written(messages: AsyncIterator[Message], request: Request) -> AsyncIterator[str]:
    retry = f"retry: {random.randint(*RETRY_MILLISECONDS)}\n\n"  # noqa: S311  jitter, not a secret
    yield retry
    try:
        async for message in messages:
            yield _as_text(message)
            if not message.name:
                caller_of(request)  # a token that has ended since ends the stream
    except ServiceError as error:
        log.info("stream.ended", reason=error.slug())
    yield retry


def _as_text(message: Message) -> str:
    if not message.name:
        return f": here\nid: {message.place.as_text()}\n\n"
    name = message.name.rpartition(".v")[0] or message.name
    return f"id: {message.place.as_text()}\nevent: {name}\ndata: {message.data}\n\n"
