"""What a story adds to the counters: of which quarter of an hour, for which axes, by how much.

Cohort measures stand where the inquiry was received, all others where a thing happened. A counter
of a manager holds what happened while the manager owned the lead; the cohort ones go by owner.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from services.kpi.domain.stories.story import FOR_EVER, InquiryStory, LeadStory, Story, Version

BUCKET_SECONDS: Final = 900  # zones of half and three quarters of an hour begin a day in one
LONGEST_VALUE: Final = 200  # characters of an axis' value that tell values apart
RESPONSE_MINUTES: Final = (1, 5, 15, 60)
COUNTS: Final = (
    "received", "leads", "cohort_assigned", "cohort_accepted", "cohort_contacted", "cohort_won",
    "cohort_lost", "cohort_entered", "within_1", "within_5", "within_15", "within_60", "opened",
    "assigned", "accepted", "contacted", "won", "lost", "entered", "declined", "expired",
    "returned", "accept_due", "accept_kept", "touch_due", "touch_kept",
)  # fmt: skip
AMOUNTS: Final = ("cohort_amount", "amount")
MEASURES: Final = (*COUNTS, *AMOUNTS)
AXES: Final = (
    "company", "source", "channel", "campaign", "region", "product", "pipeline", "manager", "stage",
    "loss_reason",
)  # fmt: skip
_OF_ENDING: Final = {"declined": "declined", "lease_expired": "expired", "returned": "returned"}

Scope = tuple[tuple[str, str], ...]  # pairs of axis and value


class Entry(NamedTuple):
    """`currency` is empty for a count."""

    at: datetime
    scope: Scope
    measure: str
    number: int | Decimal = 1
    currency: str = ""


class Cell(NamedTuple):
    """What a row of counters is kept for; `bucket` is its first moment."""

    known_on: date
    bucket: datetime
    axis: str
    value: str
    currency: str


Counters = dict[Cell, dict[str, int | Decimal]]


def counters(removed: Iterable[Version], added: Iterable[Version]) -> Counters:
    """How the counters change when versions of stories are removed and added; no zeros."""
    # Stories of a batch are much alike: they are summed before they are spread over the axes.
    sums: dict[tuple[date, int, Scope, str, str], int | Decimal] = defaultdict(int)
    for sign, versions in ((-1, removed), (1, added)):
        for version in versions:
            for entry in contributions(version.story):
                bucket = int(entry.at.timestamp()) // BUCKET_SECONDS
                where = (bucket, entry.scope, entry.currency, entry.measure)
                number = sign * entry.number
                sums[version.known_on, *where] += number
                if version.known_until != FOR_EVER:
                    sums[version.known_until, *where] -= number
    changes: Counters = defaultdict(lambda: defaultdict(int))
    for (known_on, bucket, scope, currency, measure), number in sums.items():
        if number:
            begin = datetime.fromtimestamp(bucket * BUCKET_SECONDS, UTC)
            for axis, value in scope:
                changes[Cell(known_on, begin, axis, value, currency)][measure] += number
    return {
        cell: numbers
        for cell, measures in changes.items()
        if (numbers := {name: number for name, number in measures.items() if number})
    }


def contributions(story: Story) -> Iterator[Entry]:
    """Tests count nowhere."""
    if story.is_test:
        return
    if isinstance(story, InquiryStory):
        yield Entry(story.received_at, (*_scope(story), _manager(story.owner_id)), "received")
        return
    scope = _scope(story)
    yield from _cohort(story, scope)
    yield from _activity(story, scope)
    yield from _of_managers(story, scope)
    for visit in story.visits:
        stage = (("stage", value_of(f"{story.pipeline}/{visit.stage}")),)
        yield Entry(story.received_at, stage, "cohort_entered")
        yield Entry(visit.entered_at, stage, "entered")


def _scope(story: Story) -> Scope:
    scope: Scope = (
        ("company", ""),
        ("source", str(story.source_id)),
        ("channel", value_of(story.channel)),
        ("campaign", value_of(story.campaign)),
        ("region", value_of(story.region)),
        ("product", value_of(story.product)),
    )
    if isinstance(story, LeadStory):
        return (*scope, ("pipeline", value_of(story.pipeline)))
    return scope


def _manager(manager_id: object) -> tuple[str, str]:
    return ("manager", "" if manager_id is None else str(manager_id))


def value_of(text: str | None) -> str:
    """The value by which an axis tells texts apart; empty if nothing is known."""
    return (text or "")[:LONGEST_VALUE]


def _cohort(story: LeadStory, scope: Scope) -> Iterator[Entry]:
    at, whole = story.received_at, (*scope, _manager(story.owner_id))
    yield Entry(at, whole, "leads")
    if story.assigned_at is not None:
        yield Entry(at, whole, "cohort_assigned")
    if story.accepted_at is not None:
        yield Entry(at, whole, "cohort_accepted")
    if story.contacted_at is not None:
        yield Entry(at, whole, "cohort_contacted")
        seconds = (story.contacted_at - at).total_seconds()
        for minutes in RESPONSE_MINUTES:
            if seconds <= 60 * minutes:
                yield Entry(at, whole, f"within_{minutes}")
    if story.won_at is not None:
        yield Entry(at, whole, "cohort_won")
        if story.amount is not None and story.currency is not None:
            yield Entry(at, whole, "cohort_amount", story.amount, value_of(story.currency))
    if story.lost_at is not None:
        reason = ("loss_reason", value_of(story.loss_reason))
        yield Entry(at, (*whole, reason), "cohort_lost")


def _activity(story: LeadStory, scope: Scope) -> Iterator[Entry]:
    """What happened when, on all axes but the managers'."""
    yield Entry(story.opened_at, scope, "opened")
    if story.assigned_at is not None:
        yield Entry(story.assigned_at, scope, "assigned")
    if story.accepted_at is not None:
        yield Entry(story.accepted_at, scope, "accepted")
    if story.contacted_at is not None:
        yield Entry(story.contacted_at, scope, "contacted")
    closer = (*scope, _manager(story.closed_by))
    if story.won_at is not None:
        yield Entry(story.won_at, closer, "won")
        if story.amount is not None and story.currency is not None:
            yield Entry(story.won_at, closer, "amount", story.amount, value_of(story.currency))
    if story.lost_at is not None:
        reason = ("loss_reason", value_of(story.loss_reason))
        yield Entry(story.lost_at, (*closer, reason), "lost")


def _of_managers(story: LeadStory, scope: Scope) -> Iterator[Entry]:
    """What each manager did with the lead, once for a lead that came back to the same one."""
    counted: set[tuple[object, str]] = set()
    for holding in story.holdings:
        own = (_manager(holding.manager_id),)
        moments = (
            ("assigned", holding.since),
            ("accepted", holding.accepted_at),
            ("contacted", holding.touched_at),
        )
        for measure, at in moments:
            if at is not None and (holding.manager_id, measure) not in counted:
                counted.add((holding.manager_id, measure))
                yield Entry(at, own, measure)
        whole = (*scope, *own)
        if holding.ended in _OF_ENDING and holding.until is not None:
            yield Entry(holding.until, whole, _OF_ENDING[holding.ended])
        if holding.accept_by is not None:
            yield Entry(holding.since, whole, "accept_due")
            if holding.accepted_at is not None and holding.accepted_at <= holding.accept_by:
                yield Entry(holding.since, whole, "accept_kept")
        if holding.first_touch_by is not None:
            yield Entry(holding.since, whole, "touch_due")
            if holding.touched_at is not None and holding.touched_at <= holding.first_touch_by:
                yield Entry(holding.since, whole, "touch_kept")
