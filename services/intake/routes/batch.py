"""Many native inquiries in one request, one JSON object a line (NDJSON).

Invariant: each line is stored, or told why it is not, before the answer leaves.
"""

import asyncio
import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from services.intake.repository.arrivals import Receipt
from services.intake.routes.ingest import native
from services.intake.routes.ingest.endpoint import Endpoint
from services.intake.routes.ingest.request import RawHeaders, header
from shared.errors import IdempotencyKeyReusedError, InvalidError, ServiceError
from shared.observability.tracing import started
from shared.web.access import Allow
from shared.web.dependencies import Now
from shared.web.problems import Problem, problem_of
from shared.web.tokens import Caller

MAX_LINES = 1000
_MAY_POST = Allow("source")
router = APIRouter(tags=["ingest"])
_LINES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    }
}


class LineOut(BaseModel):
    """What became of a line, counted from 1: its receipt, or the problem that it has."""

    line: int
    receipt_id: UUID | None = None
    duplicate: bool = False
    problem: Problem | None = None


class BatchOut(BaseModel):
    """Empty lines are left out."""

    stored: int
    refused: int
    items: list[LineOut]


@router.post("/v1/inquiries/batch", openapi_extra=_LINES)
async def post_batch(
    request: Request, now: Now, caller: Annotated[Caller, Depends(_MAY_POST)]
) -> BatchOut:
    """Post many inquiries. With an `Idempotency-Key` the same batch again stores nothing twice."""
    door: Endpoint = request.app.door
    body = await request.body()
    lines = [(place, line) for place, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if not 0 < len(lines) <= MAX_LINES:
        detail = f"1 to {MAX_LINES} lines are expected, these are {len(lines)}"
        raise InvalidError("The batch cannot be taken.", errors=[("", detail)])
    headers = request.scope["headers"]
    traceparent = started(header(headers, b"traceparent"))
    commits: list[tuple[int, asyncio.Future[Receipt] | ServiceError]] = []
    for place, line in lines:
        own_headers = _headers_of_line(headers, place)
        try:
            inquiry = native.read_inquiry(line, own_headers)
            source = await native.source_of(caller, inquiry.source_key, door.cache)
            arrival = native.arrival(
                source.source_id, line, own_headers, now=now, traceparent=traceparent
            )
            commits.append((place, door.commits.add(arrival)))
        except ServiceError as error:
            commits.append((place, error))
    items = [await _outcome(place, commit) for place, commit in commits]
    refused = sum(item.problem is not None for item in items)
    return BatchOut(stored=len(items) - refused, refused=refused, items=items)


def _headers_of_line(headers: RawHeaders, place: int) -> RawHeaders:
    """A line is JSON, and has a key of its own where the batch has one."""
    key = header(headers, b"idempotency-key")
    content_type = (b"content-type", b"application/json")
    return [content_type, *([(b"idempotency-key", f"{key}:{place}".encode())] if key else [])]


async def _outcome(place: int, commit: "asyncio.Future[Receipt] | ServiceError") -> LineOut:
    try:
        if isinstance(commit, ServiceError):
            raise commit
        receipt = await commit
        if not receipt.same_body:
            raise IdempotencyKeyReusedError
    except ServiceError as error:
        document = json.loads(bytes(problem_of(error).body))
        return LineOut(line=place, problem=Problem.model_validate(document))
    return LineOut(line=place, receipt_id=receipt.receipt_id, duplicate=receipt.duplicate)
