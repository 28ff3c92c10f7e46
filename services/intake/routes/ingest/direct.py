"""A native inquiry taken directly: queued at once when every check lets it in.

Its law: what is not plainly welcome has left no trace here; the ordinary way refuses it.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.intake.repository.arrivals import Kept
from services.intake.routes.ingest import native
from services.intake.routes.ingest.request import RawHeaders, header
from services.intake.routes.ingest.responses import NATIVE, Tally, pairs_of, receipt_of
from shared.errors import ServiceError
from shared.observability.tracing import started
from shared.web.direct import Response

if TYPE_CHECKING:
    import asyncio

    from services.intake.routes.ingest.endpoint import Endpoint


@dataclass(eq=False, slots=True)
class DirectInquiry:
    """One that waits for its commit."""

    done: "asyncio.Future[Kept]"
    traceparent: str
    began: float
    tally: Tally

    def response(self) -> Response | None:
        """The receipt. None for what has to be refused after all."""
        kept = committed(self.done)
        if kept is None or not kept.same_body:
            return None
        receipt = str(kept.receipt_id).encode()
        headers, body = _RECEIPTS[kept.duplicate]
        self.tally.count(NATIVE, "POST", 202, time.perf_counter() - self.began)
        return Response(202, headers % receipt, body % receipt)


def committed(done: "asyncio.Future[Kept]") -> Kept | None:
    """What a commit has kept. None: it is not known, or the row could not be stored."""
    return None if done.cancelled() or done.exception() is not None else done.result()


def take(
    door: "Endpoint", method: str, path: str, headers: RawHeaders, body: bytes
) -> DirectInquiry | None:
    """Queue the inquiry. None: it is another request, or not every check lets it in at once."""
    if path != NATIVE or method != "POST" or len(body) > door.settings.body_bytes:
        return None
    began = time.perf_counter()
    caller = door.tokens.remembered(headers)
    if caller is None or caller.role not in native.ROLES:
        return None
    try:
        inquiry = native.quick_inquiry(body)
        if inquiry is None:
            return None
        source = native.source_now(caller, inquiry.source_key, door.cache)
        if source is None or not native.may_post_to(source, caller):
            return None
        traceparent = started(header(headers, b"traceparent"))
        arrival = native.arrival(
            source.source_id, body, headers, now=door.clock(), traceparent=traceparent
        )
        return DirectInquiry(door.commits.add(arrival), traceparent, began, door.tally)
    except ServiceError:
        return None


def _receipt_template(*, duplicate: bool) -> tuple[bytes, bytes]:
    """Headers and body of a receipt, with %s where its id stands."""
    nobody = str(UUID(int=0)).encode()
    answer = receipt_of(Kept(UUID(int=0), duplicate=duplicate))
    pairs = pairs_of(answer, receipt=nobody.decode())
    headers = b"".join(b"%s: %s\r\n" % pair for pair in pairs)
    return headers.replace(nobody, b"%s"), answer.body.replace(nobody, b"%s")


_RECEIPTS = {duplicate: _receipt_template(duplicate=duplicate) for duplicate in (False, True)}
