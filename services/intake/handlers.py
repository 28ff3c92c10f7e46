"""Handles the events that intake consumes."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.use_cases.take_lists import take_list
from shared.contracts.approaches import ApproachRequested
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import require_open


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """Take up lists, a part at a time: whoever stands in two of them is approached once.

    Raises OutboxClosedError while consents and refusals that were restored may still be missing.
    """
    await require_open(session)
    for item in events:
        if isinstance(item.event, ApproachRequested):
            trace = item.envelope.traceparent
            await take_list(session, item.event, now=now, traceparent=trace)
