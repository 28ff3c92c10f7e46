"""The direct way of a native inquiry: it is queued at once if every check passes.

Invariant: a request that does not pass leaves no trace here; the ordinary way refuses it.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from services.intake.repository.arrivals import Receipt
from services.intake.routes.ingest import native
from services.intake.routes.ingest.group_commit import GroupCommit
from services.intake.routes.ingest.request import RawHeaders, header
from services.intake.routes.ingest.responses import NATIVE, Tally, pairs_of, receipt_of
from services.intake.routes.ingest.source_cache import SourceCache
from services.intake.settings import Settings
from shared.clock import Clock
from shared.errors import ServiceError
from shared.observability.tracing import started
from shared.web.direct import Response
from shared.web.tokens import TokenKeys

if TYPE_CHECKING:
    import asyncio


class Door(Protocol):
    """What the direct way needs of the door."""

    settings: Settings
    keys: TokenKeys
    cache: SourceCache
    commits: GroupCommit
    tally: Tally

    @property
    def clock(self) -> Clock: ...


@dataclass(eq=False, slots=True)
class DirectInquiry:
    """An inquiry that waits for its commit; `start` by the performance counter."""

    done: "asyncio.Future[Receipt]"
    traceparent: str
    start: float
    tally: Tally

    def response(self) -> Response | None:
        """The receipt; None for an inquiry that must be refused the ordinary way."""
        receipt = committed(self.done)
        if receipt is None or not receipt.same_body:
            return None
        receipt_id = str(receipt.receipt_id).encode()
        headers, body = _RECEIPTS[receipt.duplicate]
        self.tally.count(NATIVE, "POST", 202, time.perf_counter() - self.start)
        return Response(202, headers % receipt_id, body % receipt_id)


def committed(commit: "asyncio.Future[Receipt]") -> Receipt | None:
    """The receipt of a certain commit; None if its outcome is unknown or the row was not stored."""
    return None if commit.cancelled() or commit.exception() is not None else commit.result()


def take(
    door: Door, method: str, path: str, headers: RawHeaders, body: bytes
) -> DirectInquiry | None:
    """Queue the inquiry; None for any other request, or if a check does not pass at once."""
    if path != NATIVE or method != "POST" or len(body) > door.settings.body_bytes:
        return None
    start = time.perf_counter()
    now = door.clock()
    try:
        caller = native.caller_now(door.keys, headers, now=now)
        if caller is None or caller.role not in native.ROLES:
            return None
        inquiry = native.quick_inquiry(body)
        if inquiry is None:
            return None
        source = native.source_now(caller, inquiry.source_key, door.cache)
        if source is None or not native.may_post_to(source, caller):
            return None
        traceparent = started(header(headers, b"traceparent"))
        arrival = native.arrival(source.source_id, body, headers, now=now, traceparent=traceparent)
        return DirectInquiry(door.commits.add(arrival), traceparent, start, door.tally)
    except ServiceError:
        return None


def _receipt_template(*, duplicate: bool) -> tuple[bytes, bytes]:
    """Headers and body of a receipt, with %s where its id stands."""
    nobody = str(UUID(int=0)).encode()
    answer = receipt_of(Receipt(UUID(int=0), duplicate=duplicate))
    pairs = pairs_of(answer, receipt=nobody.decode())
    headers = b"".join(b"%s: %s\r\n" % pair for pair in pairs)
    return headers.replace(nobody, b"%s"), answer.body.replace(nobody, b"%s")


_RECEIPTS = {duplicate: _receipt_template(duplicate=duplicate) for duplicate in (False, True)}
