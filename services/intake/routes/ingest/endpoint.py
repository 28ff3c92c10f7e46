"""The hot door: a bare ASGI dispatch in front of the framework for everything that senders post.

Invariant: a 2xx for a delivery is sent only after the commit that stores it.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from starlette.types import Receive, Scope, Send

from services.intake.channels import CHANNELS
from services.intake.domain.requests import Answer, RawRequest
from services.intake.repository.arrivals import Arrival, Receipt
from services.intake.repository.large_arrivals import LARGE_BYTES, LargeStore
from services.intake.routes.ingest import hooks, native
from services.intake.routes.ingest.direct import DirectInquiry, take
from services.intake.routes.ingest.evidence import Evidence
from services.intake.routes.ingest.group_commit import GroupCommit
from services.intake.routes.ingest.hook_call import HookCall, ProofTurns
from services.intake.routes.ingest.lookups import answer_lookup
from services.intake.routes.ingest.peer import networks_of, sender_address
from services.intake.routes.ingest.refusals import Refusals
from services.intake.routes.ingest.request import (
    ClientLeftError,
    RawHeaders,
    body_of,
    decoded_headers,
    header,
    hook_path,
    own_path,
    public_hook_url,
)
from services.intake.routes.ingest.responses import (
    HOOKS,
    NATIVE,
    MethodNotAllowedError,
    Tally,
    receipt_of,
    refuse,
    send_answer,
)
from services.intake.routes.ingest.source_cache import SourceCache
from services.intake.settings import Settings
from shared.clock import Clock
from shared.database import Database
from shared.errors import IdempotencyKeyReusedError, ServiceError, UnauthenticatedError
from shared.observability.tracing import started
from shared.spool import Spool
from shared.web.connections import Budget
from shared.web.direct import ANSWERING
from shared.web.problems import internal_problem
from shared.web.tokens import TokenKeys

log = structlog.get_logger()
HOOKS_PREFIX = "/v1/hooks/"
STRANGERS_BYTES = 32 * 1_048_576  # bodies of senders that are not recognised yet, all together
GONE = 499  # how a sender that left before its answer is counted


@dataclass(eq=False)
class Endpoint:
    """The door as an ASGI app; `takes` tells whether a request is for it."""

    settings: Settings
    database: Database
    clock: Clock
    cache: SourceCache
    commits: GroupCommit
    large: LargeStore
    keys: TokenKeys
    strangers: Budget = field(default_factory=lambda: Budget(STRANGERS_BYTES))
    turns: ProofTurns = field(default_factory=ProofTurns)
    evidence: Evidence = field(default_factory=Evidence)
    refusals: Refusals = field(default_factory=Refusals)
    tally: Tally = field(default_factory=lambda: Tally("intake"))

    @staticmethod
    def takes(scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        path = own_path(scope)
        return (path == NATIVE and scope["method"] == "POST") or path.startswith(HOOKS_PREFIX)

    def direct(
        self, method: str, path: str, headers: RawHeaders, body: bytes
    ) -> DirectInquiry | None:
        """Take a complete request directly if possible, else None: see shared/web/direct.py."""
        return take(self, method, path, headers, body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = own_path(scope)
        route = NATIVE if path == NATIVE else HOOKS
        direct_inquiry: DirectInquiry | None = scope.get(ANSWERING)
        if direct_inquiry is not None:
            start, traceparent = direct_inquiry.start, direct_inquiry.traceparent
        else:
            start = time.perf_counter()
            traceparent = started(header(scope["headers"], b"traceparent"))
        try:
            if direct_inquiry is not None:
                status = await self._send_receipt(send, await direct_inquiry.done)
            elif route is NATIVE:
                status = await self._native(scope, receive, send, traceparent)
            else:
                status = await self._hook(scope, receive, send, traceparent)
        except ServiceError as error:
            status = await refuse(scope, receive, send, error, traceparent=traceparent)
        except ClientLeftError:
            status = GONE
        except Exception:  # noqa: BLE001  the last resort: an unhandled error cuts the connection
            answer = internal_problem()
            status = answer.status_code
            await answer(scope, receive, send)
        self.tally.count(route, scope["method"], status, time.perf_counter() - start)

    async def _native(self, scope: Scope, receive: Receive, send: Send, traceparent: str) -> int:
        headers, now = scope["headers"], self.clock()
        caller = native.checked_caller(self.keys, headers, now=now)
        request_body = body_of(scope, receive)
        await request_body.read_all(self.settings.body_bytes)
        body = request_body.content
        inquiry = native.read_inquiry(body, headers)
        source = await native.source_of(caller, inquiry.source_key, self.cache)
        receipt = await self._keep(
            native.arrival(source.source_id, body, headers, now=now, traceparent=traceparent)
        )
        return await self._send_receipt(send, receipt)

    async def _send_receipt(self, send: Send, receipt: Receipt) -> int:
        if not receipt.same_body:
            raise IdempotencyKeyReusedError
        return await send_answer(send, receipt_of(receipt), receipt=str(receipt.receipt_id))

    async def _hook(self, scope: Scope, receive: Receive, send: Send, traceparent: str) -> int:
        headers, method = scope["headers"], scope["method"]
        if method not in {"GET", "POST", "HEAD", "OPTIONS"}:
            raise MethodNotAllowedError("A hook takes GET and POST.")
        key, rest = hook_path(own_path(scope)[len(HOOKS_PREFIX) :])
        await self.cache.ready()
        now = self.clock()
        head = self._head(scope, rest, now=now)
        if method == "OPTIONS":
            return await send_answer(send, await self._preflight(key, head))
        body = body_of(scope, receive, strangers=self.strangers)
        sender = sender_address(scope, headers, trusted=networks_of(self.settings.proxies()))
        parts = self.settings, self.cache, self.turns, self.evidence
        call = HookCall(*parts, key, head, body, now=now, sender=sender)
        try:
            row, request, greeting = await call.recognise()
        except UnauthenticatedError:
            if (source := self.cache.by_key.get(key)) is not None:
                self.refusals.count(source.source_id)
            raise
        finally:
            body.settle()
        if greeting is not None:
            return await send_answer(send, greeting, bare=method == "HEAD")
        if method == "HEAD":
            raise MethodNotAllowedError("This hook takes GET and POST.")
        reply = await answer_lookup(self.database, row, request)
        if reply is not None:
            return await send_answer(send, reply)
        receipt = await self._keep(
            hooks.arrival(
                row, request, headers, now=call.now, traceparent=traceparent, sender=sender
            )
        )
        answer = CHANNELS[row.adapter].answer(
            request, row.view(), receipt_id=receipt.receipt_id, duplicate=receipt.duplicate
        )
        return await send_answer(send, answer, receipt=str(receipt.receipt_id))

    def _head(self, scope: Scope, rest: str, *, now: datetime) -> RawRequest:
        return RawRequest(
            method=scope["method"],
            rest=rest,
            query=scope["query_string"].decode("latin-1"),
            headers=decoded_headers(scope["headers"]),
            public_url=public_hook_url(self._public_root, scope),
            received_at=now,
        )

    async def _preflight(self, key: str, head: RawRequest) -> Answer:
        """The answer to OPTIONS. Raises MethodNotAllowedError, with no difference between a source
        that answers none and one that does not exist.
        """
        answer = hooks.preflight(self.cache.by_key.get(key), head)
        if answer is None:
            await self.cache.reload()
            answer = hooks.preflight(self.cache.by_key.get(key), head)
        if answer is None:
            raise MethodNotAllowedError("A hook takes GET and POST.")
        return answer

    async def _keep(self, arrival: Arrival) -> Receipt:
        if len(arrival.body) <= LARGE_BYTES:
            return await self.commits.add(arrival)
        with Spool() as spool:
            await spool.write(arrival.body)
            return await self.large.store(arrival._replace(body=b""), spool)

    @property
    def _public_root(self) -> str:
        return self.settings.public_url.rstrip("/") + "/intake"
