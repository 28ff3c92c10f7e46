"""A provider's webhook: verified over its raw bytes and turned into an arrival.

Invariant: nothing is parsed here beyond what the proof of origin needs.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.intake.channels import CHANNELS
from services.intake.domain.keys import body_digest, key_digest
from services.intake.domain.requests import Answer, RawRequest, SourceView, Unauthenticated
from services.intake.repository.arrivals import Arrival
from services.intake.repository.sources import SourceRow
from services.intake.routes.ingest.peer import Address
from services.intake.routes.ingest.request import RawHeaders, kept_headers
from shared.ids import new_id
from shared.text import storable

# An unknown key is verified against this, so that its refusal takes as long as a wrong signature.
_NOBODY = SourceView(
    source_id=UUID(int=0), key="", adapter="generic-json", secrets={"secret": "nobody"}
)


def handshake(row: SourceRow | None, request: RawRequest) -> Answer | None:
    """The answer to a provider's set-up call, which is not stored; None for a delivery."""
    return CHANNELS[row.adapter].handshake(request, row.view()) if row else None


def preflight(row: SourceRow | None, request: RawRequest) -> Answer | None:
    """The answer to OPTIONS; None from a source that answers none."""
    return CHANNELS[row.adapter].preflight(request, row.view()) if row else None


def recognised_early(row: SourceRow | None, request: RawRequest, *, now: datetime) -> bool:
    """Whether the headers and the body so far prove the source before the body is complete."""
    return row is not None and _passes(
        CHANNELS[row.adapter].verify_early, request, row.views(now=now)
    )


def recognised(row: SourceRow | None, request: RawRequest, *, now: datetime) -> bool:
    """Whether the whole request proves to come from the source; takes as long without a source."""
    if row is None:
        _passes(CHANNELS["generic-json"].verify, request, (_NOBODY,))
        return False
    return _passes(CHANNELS[row.adapter].verify, request, row.views(now=now))


def _passes(
    verify: Callable[..., None], request: RawRequest, views: tuple[SourceView, ...]
) -> bool:
    try:
        verify(request, *views)
    except Unauthenticated:
        return False
    return True


def arrival(
    row: SourceRow,
    request: RawRequest,
    headers: RawHeaders,
    *,
    now: datetime,
    traceparent: str,
    sender: Address | None = None,
) -> Arrival:
    """`sender` is where it comes from; it is stored where the visitor's own browser posts."""
    visitor = str(sender) if sender is not None and CHANNELS[row.adapter].by_visitors else None
    key = CHANNELS[row.adapter].delivery_key(request)
    return Arrival(
        submission_id=new_id(),
        source_id=row.source_id,
        native=False,
        key_digest=key_digest(key) if key else None,
        body_digest=body_digest(_content(request)),
        method=request.method,
        rest=request.rest,
        query=storable(request.query),
        headers=kept_headers(headers, visitor=visitor),
        body=request.body,
        received_at=now,
        traceparent=traceparent,
    )


def _content(request: RawRequest) -> bytes:
    """The bytes that distinguish deliveries under one key: path and query if any, and the body."""
    if not request.rest and not request.query:
        return request.body
    around = f"{request.rest}\n{request.query}\n".encode("utf-8", "surrogatepass")
    return around + request.body
