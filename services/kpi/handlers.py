"""Handles the events that kpi consumes. Those of different streams may come in any order."""

from collections.abc import Sequence
from datetime import datetime

from services.kpi.use_cases.money.project import count_sales, mark_spam
from services.kpi.use_cases.project import project, write_managers
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:  # noqa: ARG001  the consumer's form
    """Project a batch, in sets."""
    await project(session, events)
    await count_sales(session, events)
    await mark_spam(session, events)
    await write_managers(session, events)
