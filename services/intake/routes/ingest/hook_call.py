"""Recognition of a hook's sender before more of the body is read than a stranger may send.

Invariant: without a proof every key, known or not, gets as many bytes read and the same 401.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.intake.channels import CHANNELS, signed
from services.intake.domain.requests import Answer, RawRequest
from services.intake.repository.sources import SourceRow
from services.intake.routes.ingest import hooks
from services.intake.routes.ingest.evidence import Evidence
from services.intake.routes.ingest.peer import Address, networks_of
from services.intake.routes.ingest.request import Body
from services.intake.routes.ingest.responses import unauthenticated
from services.intake.routes.ingest.source_cache import SourceCache
from services.intake.settings import Settings
from shared.web.limits import UNPROVEN_BYTES

# A proof over a smaller body takes no longer than anything else that is done in a turn of the loop.
LARGE_BYTES = 8_192

Recognised = tuple[SourceRow, RawRequest, Answer | None]


def unproven_limit() -> int:
    """How many bytes of a body are read before its sender must be recognised."""
    return UNPROVEN_BYTES


@dataclass(eq=False)
class ProofTurns:
    """One proof over a large body in a turn of the loop, however many senders wait for theirs."""

    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self) -> None:
        async with self._lock:
            await asyncio.sleep(0)  # honest requests go on between two proofs


@dataclass(eq=False)
class HookCall:
    """One call of a hook; `head` is the request without its body, `sender` where it comes from."""

    settings: Settings
    cache: SourceCache
    turns: ProofTurns
    evidence: Evidence
    key: str
    head: RawRequest
    body: Body
    now: datetime
    sender: Address | None = None
    _reloaded: bool = False

    async def recognise(self) -> Recognised:
        """The source, the whole request, and the answer to a handshake where it is one.

        Raises UnauthenticatedError, TooLargeError, BusyError, ClientLeftError, or UnavailableError
        when the sources cannot be read, or the provider's certificate cannot be fetched.
        """
        row = self._row()
        if not hooks.recognised_early(row, self.head, now=self.now):
            await self._read_unproven(row)
            if not await self._recognised(row):
                # What was read of the body stays in memory while the sources are loaded.
                self.body.need_room()
                row = await self._reloaded_row()
                if not await self._recognised(row):
                    raise unauthenticated()
        assert row is not None
        self.body.settle()
        await self.body.read_all(self._limit(row))
        request = self._request()
        return row, request, hooks.handshake(row, request)

    async def _read_unproven(self, row: SourceRow | None) -> None:
        await self.body.read(unproven_limit())
        what = None if self.body.whole else signed(self._request())
        if what is not None:
            # A signature may still prove a larger body. The body of an unknown key is read as well,
            # so that its answer takes as long as any other; but it is not kept in memory.
            row = row or await self._reloaded_row()
            limit = self.settings.mail_body_bytes if what == "mail" else self.settings.body_bytes
            await self.body.read(limit, keep=row is not None)

    async def _reloaded_row(self) -> SourceRow | None:
        if not self._reloaded:
            await self.cache.reload()
            self._reloaded = True
        return self._row()

    def _row(self) -> SourceRow | None:
        """The source; None also for one that is called from elsewhere than its networks."""
        row = self.cache.by_key.get(self.key)
        if row is None or not row.networks:
            return row
        return row if self.sender in networks_of(row.networks) else None

    async def _recognised(self, row: SourceRow | None) -> bool:
        request = self._request()
        if len(request.body) > LARGE_BYTES:
            await self.turns.take()
        if not self.body.whole:
            return hooks.recognised_early(row, request, now=self.now)
        request = replace(request, fetched=await self.evidence.of(request))
        greeting = hooks.handshake(row, request)
        return greeting is not None or hooks.recognised(row, request, now=self.now)

    def _request(self) -> RawRequest:
        return replace(self.head, body=self.body.content)

    def _limit(self, row: SourceRow) -> int:
        mail = CHANNELS[row.adapter].mail
        return self.settings.mail_body_bytes if mail else self.settings.body_bytes
