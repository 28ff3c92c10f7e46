"""What of a lead's story counts: stories with the same signature add the same to the counters."""

from datetime import UTC, datetime
from typing import Final

from services.kpi.domain.stories.story import Holding, LeadStory

BUCKET_SECONDS: Final = 900  # zones of half and three quarters of an hour begin a day in one
RESPONSE_MINUTES: Final = (1, 5, 15, 60)
Signature = tuple[object, ...]


def bucket_of(at: datetime) -> int:
    return int(at.timestamp()) // BUCKET_SECONDS


def begin_of_quarter(at: datetime) -> datetime:
    return datetime.fromtimestamp(bucket_of(at) * BUCKET_SECONDS, UTC)


def signature_of(story: LeadStory) -> Signature:
    """Stories with the same one count for the same: all that `contributions` looks at."""
    seconds = None
    if story.contacted_at is not None:
        after = (story.contacted_at - story.received_at).total_seconds()
        seconds = tuple(after <= 60 * minutes for minutes in RESPONSE_MINUTES)
    moments = (
        story.received_at, story.opened_at, story.assigned_at, story.accepted_at,
        story.contacted_at, story.won_at, story.lost_at, story.aside_at, *story.arrivals,
    )  # fmt: skip
    return (
        story.is_test, story.source_id, story.channel, story.campaign, story.region, story.product,
        story.pipeline, story.owner_id, story.closed_by, story.amount, story.currency,
        story.loss_reason, seconds, *(at and bucket_of(at) for at in moments), "visits",
        *((visit.stage, bucket_of(visit.entered_at)) for visit in story.visits), "holdings",
        *map(_signature_of_holding, story.holdings),
    )  # fmt: skip


def _signature_of_holding(holding: Holding) -> Signature:
    moments = (holding.since, holding.until, holding.accepted_at, holding.touched_at)
    return (
        holding.manager_id,
        holding.ended,
        is_kept(holding.accepted_at, holding.accept_by, holding.until),
        is_kept(holding.touched_at, holding.first_touch_by, holding.until),
        *(at and bucket_of(at) for at in moments),
    )


def is_kept(at: datetime | None, deadline: datetime | None, until: datetime | None) -> bool | None:
    """Whether a promise to do something by the deadline was kept, by whoever had the lead `until`.
    None where nothing can be said of it: while it runs, and if the lead went on before it was over.
    """
    if deadline is None:
        return None
    if at is not None:
        return at <= deadline
    return False if until is not None and until >= deadline else None
