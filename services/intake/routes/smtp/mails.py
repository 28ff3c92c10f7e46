"""A whole mail becomes one submission for each source that it is for.

Invariant: 250 only when all of them are stored; a mail that comes again is stored once.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import structlog
from prometheus_client import Counter

from services.intake.channels.parsing import raw_mails
from services.intake.domain.keys import key_digest
from services.intake.repository.arrivals import Arrival, Receipt
from services.intake.repository.large_arrivals import LARGE_BYTES, LargeStore
from services.intake.repository.sources import SourceRow
from services.intake.routes.ingest.group_commit import GroupCommit
from services.intake.routes.smtp.recipients import Recipients
from shared.clock import Clock
from shared.errors import InvalidError, ServiceError
from shared.ids import new_id
from shared.observability.metrics import metrics_of
from shared.observability.tracing import started
from shared.spool import Spool
from shared.web.connections import Budget

log = structlog.get_logger()
NOBODY = "<>"  # the sender of a mail that nobody wrote
MAX_SPOOLED_BYTES = 1_073_741_824  # of mails that are coming in, all together


@dataclass(eq=False)
class Envelope:
    """How a mail came: who sent it from where, which its headers need not say."""

    peer: str
    hello: str = ""
    sender: str = ""
    tls: bool = False

    def headers(self, recipients: Sequence[str]) -> bytes:
        pairs = (
            raw_mails.CONTENT_TYPE,
            ("x-envelope-from", self.sender or NOBODY),
            ("x-envelope-to", ", ".join(recipients)),
            ("x-envelope-peer", self.peer),
            ("x-envelope-helo", self.hello),
            ("x-envelope-tls", "yes" if self.tls else "no"),
        )
        return b"\n".join(f"{name}:{value}".encode() for name, value in pairs)


@dataclass(eq=False)
class Mails:
    """What the conversations share. `tls` gives the context for the present certificate."""

    recipients: Recipients
    commits: GroupCommit
    large: LargeStore
    clock: Clock
    host_name: str
    max_bytes: int
    tls: Callable[[], ssl.SSLContext] | None = None
    spooled: Budget = field(default_factory=lambda: Budget(MAX_SPOOLED_BYTES))

    @cached_property
    def _counters(self) -> dict[str, Counter]:
        metric = metrics_of("intake").mails
        outcomes = ("stored", "duplicate", "refused", "deferred")
        return {outcome: metric.labels("intake", outcome) for outcome in outcomes}

    def count(self, outcome: str) -> None:
        self._counters[outcome].inc()

    async def keep(
        self,
        envelope: Envelope,
        targets: Sequence[tuple[SourceRow, Sequence[str]]],
        spool: Spool,
    ) -> str:
        """The answer to the mail, once it is stored for each target."""
        key = raw_mails.message_id(spool.head(raw_mails.MAX_HEAD)) or spool.digest.hex()
        try:
            receipts = [
                await store(self, self._arrival(envelope, row, addresses, key, spool), spool)
                for row, addresses in targets
            ]
        except InvalidError:
            self.count("refused")
            return "554 5.6.0 This mail cannot be stored"
        except ServiceError:
            self.count("deferred")
            return "451 4.3.0 Not stored, send it again"
        for receipt in receipts:
            self.count("duplicate" if receipt.duplicate else "stored")
        names = " ".join(str(receipt.receipt_id) for receipt in receipts)
        return f"250 2.0.0 Stored as {names}"

    def _arrival(
        self,
        envelope: Envelope,
        row: SourceRow,
        addresses: Sequence[str],
        key: str,
        spool: Spool,
    ) -> Arrival:
        return Arrival(
            submission_id=new_id(),
            source_id=row.source_id,
            native=False,
            key_digest=key_digest(key),
            body_digest=spool.digest,
            method="SMTP",
            rest="",
            query="",
            headers=envelope.headers(addresses),
            body=b"" if spool.size > LARGE_BYTES else spool.head(LARGE_BYTES),
            received_at=self.clock(),
            traceparent=started(None),
        )


async def store(mails: Mails, arrival: Arrival, spool: Spool) -> Receipt:
    """Return after the commit. Raises ServiceError."""
    if spool.size > LARGE_BYTES:
        return await mails.large.store(arrival, spool)
    # The row is written even if the sender leaves meanwhile.
    return await asyncio.shield(mails.commits.add(arrival))
