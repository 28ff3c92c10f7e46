"""Brings activities and members of segments to what history's own events say, after an older
backup was restored.

The projections are not restored: they come back with the events of the others, which are consumed
again from the backup on. Reports that were never confirmed, labels and segments are in no event.
"""

from collections.abc import Sequence
from datetime import datetime

from services.history.domain.entries import ANSWERED
from services.history.repository import activities, blanking, tasks
from services.history.repository.search import documents
from services.history.use_cases.segments.membership import restore_members
from shared.contracts.activities import ActivityRecorded
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.erased import erased_among


async def restore(
    session: Session,
    events: Sequence[ReceivedEvent],
    *,
    now: datetime,  # noqa: ARG001  the protocol's form
) -> None:
    """See `Restore`: an activity that was emitted is not emitted again, nor taken for new."""
    await blanking.guard_erasure(session)
    await restore_members(session, events)
    recorded = [
        (item.event, item.envelope.time)
        for item in events
        if isinstance(item.event, ActivityRecorded)
    ]
    contact_ids = {event.contact_id for event, _ in recorded}
    erased_ids = await erased_among(session, contact_ids)
    await activities.restore(
        session,
        [
            (_without_personal_data(event) if event.contact_id in erased_ids else event, at)
            for event, at in recorded
        ],
    )
    await documents.enqueue(session, [event.activity_id for event, _ in recorded])
    await tasks.keep_open(session, [event for event, _ in recorded])


def _without_personal_data(event: ActivityRecorded) -> ActivityRecorded:
    answered = ANSWERED in event.facts.items()
    return event.model_copy(update={"text": None, "facts": dict([ANSWERED]) if answered else {}})
