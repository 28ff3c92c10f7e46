"""The loop that finishes erasures in intake, and asks the other services whether they have."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from services.intake.repository.erasure import erasures
from services.intake.use_cases.erasure.finish import ERASURES_HERE, finish_slice
from services.intake.use_cases.peers import COMPARED, Peer
from shared.clock import Clock
from shared.database import Database, reading, transaction
from shared.errors import UnavailableError
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
POLL_SECONDS: Final = 2.0
OVERDUE: Final = timedelta(days=1)  # an erasure that is not confirmed by then raises an alarm


def erasing_loop(database: Database, peers: Sequence[Peer | str], *, clock: Clock) -> Loop:
    """Works one erasure at a time, then asks about all that are open."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            if not await finish_slice(database, clock=clock):
                await ask_peers(database, peers, clock=clock)
                await database.wakeup.wait(ERASURES_HERE, seconds=POLL_SECONDS)

    return Loop("erasing", run)


async def ask_peers(database: Database, peers: Sequence[Peer | str], *, clock: Clock) -> None:
    """Note which services have confirmed the open erasures."""
    async with reading(database) as session:
        open_ids = await erasures.list_open(session)
        confirmations = await erasures.list_confirmations(session, open_ids) if open_ids else {}
    if not open_ids:
        return
    for peer in peers:
        if isinstance(peer, Peer):
            missing = [one for one in open_ids if peer.name not in confirmations[one]]
            await _ask(database, peer, missing)
    async with transaction(database) as session:
        await erasures.end_confirmed(session, services=len(COMPARED), now=clock())


async def _ask(database: Database, peer: Peer, erasure_ids: Sequence[UUID]) -> None:
    for erasure_id in erasure_ids:
        try:
            receipt = await peer.find(f"/v1/erasure-receipts/{erasure_id}")
        except UnavailableError:
            log.warning("erasing.no_answer", name=peer.name)
            return
        if receipt is not None and receipt["confirmed_at"] is not None:
            await _note(database, peer.name, erasure_id, receipt)


async def _note(
    database: Database, service: str, erasure_id: UUID, receipt: dict[str, Any]
) -> None:
    async with transaction(database) as session:
        await erasures.confirm(
            session,
            erasure_id,
            service,
            confirmed_at=datetime.fromisoformat(receipt["confirmed_at"]),
            rows=receipt["rows"],
        )
