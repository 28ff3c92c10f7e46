"""What follows when managers come on duty or leave it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from shared.database import Session


async def settle_presence(
    session: Session, manager_ids: Collection[UUID], *, now: datetime
) -> None:
    """To be called after whatever may have changed whether these managers are on duty: their
    status, its expiry, their calendar. The caller holds the managers' locks.
    """
