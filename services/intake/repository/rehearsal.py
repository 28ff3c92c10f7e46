"""The sample by which the door's writer shows that it can store; it is always rolled back."""

import os
from datetime import datetime
from uuid import UUID

from services.intake.repository.arrivals import Arrival
from shared.ids import new_id

SAMPLE_BYTES = 8000  # of a rehearsal's body: more than the room left in a page


def rehearsed(source_id: UUID, *, now: datetime) -> Arrival:
    """An arrival that is larger than the room left in a page, so that the table has to grow."""
    body = os.urandom(SAMPLE_BYTES)  # random, so that it cannot be compressed
    return Arrival(
        submission_id=new_id(),
        source_id=source_id,
        native=False,
        key_digest=None,
        body_digest=body[:32],
        method="POST",
        rest="",
        query="",
        headers=b"",
        body=body,
        received_at=now,
        traceparent=None,
    )
