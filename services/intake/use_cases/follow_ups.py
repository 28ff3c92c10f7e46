"""Submissions whose documents lie with the provider: they wait, or are read with what there is.

Invariant: whatever becomes of a document, its submission is settled some day, and once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from services.intake.domain.fetching import FollowUpStatus
from services.intake.domain.requests import Content
from services.intake.domain.states import QuarantineReason
from services.intake.repository import follow_ups, queue
from services.intake.repository.queue import APART
from services.intake.repository.submissions import lock_pending
from services.intake.use_cases.interpret import Reading
from shared.database import Session

DUE: Final = "follow_ups"  # a wake-up's channel: something waits to be fetched

Statuses = Mapping[str, FollowUpStatus]


async def ready_readings(
    session: Session, readings: Sequence[Reading], *, now: datetime
) -> Sequence[Reading]:
    """Those that can be settled; the others wait for their documents, or are read again with them.

    What has been given up for is settled by what is known without it.
    """
    incomplete = [reading for reading in readings if reading.content.follow_ups]
    if not incomplete:
        return readings
    # Locked before the follow-ups are looked at: what is fetched meanwhile waits for this commit.
    ours = await lock_pending(session, [reading.submission_id for reading in incomplete])
    statuses = await follow_ups.add_follow_ups(
        session,
        [
            (reading.submission_id, reading.submission.source_id, follow_up.name)
            for reading in incomplete
            if reading.submission_id in ours
            for follow_up in reading.content.follow_ups
        ],
        now=now,
    )
    waiting: list[UUID] = []
    readable: list[UUID] = []
    ready: list[Reading] = []
    for reading in readings:
        if not reading.content.follow_ups:
            ready.append(reading)
        elif reading.submission_id not in ours:
            continue
        elif _waits(statuses[reading.submission_id]):
            waiting.append(reading.submission_id)
        elif _has_news(reading, statuses[reading.submission_id]):
            readable.append(reading.submission_id)
        else:
            ready.append(replace(reading, content=given_up(reading.content)))
    await follow_ups.let_wait(session, waiting)
    await queue.move_submissions(session, readable, lane=APART)
    session.notify_after_commit(DUE)
    return ready


def given_up(content: Content) -> Content:
    """The content without the documents that did not come: its drafts, else a reason."""
    if content.drafts:
        return replace(content, follow_ups=())
    return Content(quarantined=QuarantineReason.FETCH_FAILED)


def _waits(statuses: Statuses) -> bool:
    return FollowUpStatus.WAITING in statuses.values()


def _has_news(reading: Reading, statuses: Statuses) -> bool:
    """Whether something was fetched that this reading did not have."""
    fetched = {name for name, status in statuses.items() if status is FollowUpStatus.FETCHED}
    return not fetched <= reading.submission.request.fetched.keys()
