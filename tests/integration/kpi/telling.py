"""Kpi's handler with what its loop does afterwards, so that reports on money tell everything."""

from collections.abc import Sequence
from datetime import datetime

from services.kpi.handlers import apply
from services.kpi.use_cases.money.tell import tell_next
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def apply_and_tell(
    session: Session, events: Sequence[ReceivedEvent], *, now: datetime
) -> None:
    await apply(session, events, now=now)
    while await tell_next(session):
        pass
