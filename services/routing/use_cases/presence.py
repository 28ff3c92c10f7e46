"""Keeps the shares of work fair for those who were away, and for newcomers."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.routing.domain.absence import settle
from services.routing.repository.received import list_workers, write_balances
from shared.database import Session


async def settle_presence(
    session: Session, manager_ids: Collection[UUID], *, now: datetime
) -> None:
    """Settle the work received by those of these managers who have come on duty or left it.

    To be called after whatever may have changed that: their status, its expiry, their calendar,
    their pools, their leaving. The caller holds the managers' locks. Calling it again changes
    nothing.
    """
    if not manager_ids:
        return
    workers = await list_workers(session, manager_ids, now=now)
    balances = settle(workers, set(manager_ids), at=now)
    if balances:
        await write_balances(session, balances, now=now)
