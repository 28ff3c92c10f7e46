"""What follows when managers who are online leave duty or come back on duty.

The caller holds the locks of the managers' rows, in whose transaction this happens.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from shared.database import Session


async def left_duty(session: Session, manager_ids: Collection[UUID], now: datetime) -> None:
    """These managers, all online, were on shift until `now` and are no longer."""


async def came_on_duty(session: Session, manager_ids: Collection[UUID], now: datetime) -> None:
    """These managers, all online, were not on shift until `now` and are again."""
