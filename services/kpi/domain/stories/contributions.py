"""What a story adds to the counters: of which quarter of an hour, for which axes, by how much.

Cohort measures stand where the inquiry was received, all others where a thing happened. A counter
of a manager holds what happened while the manager owned the lead; the cohort ones go by owner.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from services.kpi.domain.facts import InquiryFact
from services.kpi.domain.stories.signature import (
    BUCKET_SECONDS,
    RESPONSE_MINUTES,
    Signature,
    bucket_of,
    is_kept,
    signature_of,
)
from services.kpi.domain.stories.story import FOR_EVER, LeadStory, Placement, Version

LONGEST_VALUE: Final = 200  # characters of an axis' value that tell values apart
COUNTS: Final = (
    "received", "leads", "cohort_assigned", "cohort_accepted", "cohort_contacted", "cohort_won",
    "cohort_lost", "cohort_aside", "cohort_entered", "within_1", "within_5", "within_15",
    "within_60", "opened", "assigned", "accepted", "contacted", "won", "lost", "entered",
    "declined", "expired", "returned", "accept_due", "accept_kept", "touch_due", "touch_kept",
)  # fmt: skip
AMOUNTS: Final = ("cohort_amount", "amount")
MEASURES: Final = (*COUNTS, *AMOUNTS)
AXES: Final = (
    "company", "source", "channel", "campaign", "region", "product", "pipeline", "manager", "stage",
    "loss_reason",
)  # fmt: skip
_OF_ENDING: Final = {"declined": "declined", "lease_expired": "expired", "returned": "returned"}

Place = tuple[str, str]  # an axis and a value
Scope = tuple[Place, ...]
Numbers = dict[str, int | Decimal]  # by measure


class Entry(NamedTuple):
    """`bucket` counts quarters of an hour since 1970. `currency` is empty for a count; beside the
    amounts of a currency stands how many sales had one.
    """

    bucket: int
    scope: Scope
    currency: str
    measure: str
    number: int | Decimal = 1


class Cell(NamedTuple):
    """What a row of counters is kept for; `bucket` is its first moment."""

    axis: str
    bucket: datetime
    value: str
    currency: str
    known_on: date


Counters = dict[Cell, Numbers]


class Counting:
    """Adds up by how much counters change."""

    def __init__(self) -> None:
        # What comes together is much alike: it is summed before it is spread over the axes.
        self._sums: dict[date, dict[Entry, int]] = defaultdict(lambda: defaultdict(int))
        self._times: dict[date, dict[Signature, int]] = defaultdict(lambda: defaultdict(int))
        self._samples: dict[Signature, LeadStory] = {}

    def inquiry(self, sign: int, known_on: date, inquiry: InquiryFact) -> None:
        """Count an inquiry from that day of knowledge on, or no more."""
        if not inquiry.is_test:
            scope = _scope(inquiry, inquiry.utm_campaign)
            entry = Entry(bucket_of(inquiry.received_at), scope, "", "received")
            self._sums[known_on][entry] += sign

    def version(self, sign: int, version: Version) -> None:
        """Count a version of a story for as long as it was known, or no more."""
        story = version.story
        if isinstance(story, Placement):
            return
        signature = signature_of(story)
        self._samples[signature] = story
        self._times[version.known_on][signature] += sign
        if version.known_until != FOR_EVER:
            self._times[version.known_until][signature] -= sign

    def counters(self) -> Counters:
        """The changes, without zeros."""
        for known_on, signatures in self._times.items():
            for signature, times in signatures.items():
                if times:
                    for entry in contributions(self._samples[signature]):
                        self._sums[known_on][entry] += times
        self._times.clear()
        changes: Counters = {}
        for known_on, sums in self._sums.items():
            for (bucket, currency), spread in _spread(sums).items():
                begin = datetime.fromtimestamp(bucket * BUCKET_SECONDS, UTC)
                for (axis, value), measures in spread.items():
                    if numbers := {name: number for name, number in measures.items() if number}:
                        changes[Cell(axis, begin, value, currency, known_on)] = numbers
        return changes


def _spread(sums: Mapping[Entry, int]) -> dict[tuple[int, str], dict[Place, Numbers]]:
    """The sums of entries by quarter of an hour and currency, and within by axis and value."""
    cells: dict[tuple[int, str], dict[Place, Numbers]] = defaultdict(lambda: defaultdict(dict))
    for (bucket, scope, currency, measure, number), times in sums.items():
        if times:
            change, places = number * times, cells[bucket, currency]
            for place in scope:
                numbers = places[place]
                numbers[measure] = numbers.get(measure, 0) + change
    return cells


def contributions(story: LeadStory) -> Iterator[Entry]:
    """All that a lead counts for: of a test only the inquiries in it that are none."""
    pipeline = ("pipeline", value_of(story.pipeline))
    place: Scope = (pipeline,) if story.owner_id is None else (pipeline, _manager(story.owner_id))
    for at in story.arrivals:
        yield Entry(bucket_of(at), place, "", "received")
    if story.is_test:
        return
    scope = (*_scope(story, story.campaign), pipeline)
    yield from _cohort(story, scope)
    yield from _activity(story, scope)
    yield from _of_managers(story, scope)
    received = bucket_of(story.received_at)
    for visit in story.visits:
        stage = (("stage", value_of(f"{story.pipeline}/{visit.stage}")),)
        yield Entry(received, stage, "", "cohort_entered")
        yield Entry(bucket_of(visit.entered_at), stage, "", "entered")


def _scope(fact: LeadStory | InquiryFact, campaign: str | None) -> Scope:
    return (
        ("company", ""),
        ("source", str(fact.source_id)),
        ("channel", value_of(fact.channel)),
        ("campaign", value_of(campaign)),
        ("region", value_of(fact.region)),
        ("product", value_of(fact.product)),
    )


def _manager(manager_id: object) -> tuple[str, str]:
    return ("manager", "" if manager_id is None else str(manager_id))


def value_of(text: str | None) -> str:
    """The value by which an axis tells texts apart; empty if nothing is known."""
    return (text or "")[:LONGEST_VALUE]


def _cohort(story: LeadStory, scope: Scope) -> Iterator[Entry]:
    at, whole = bucket_of(story.received_at), (*scope, _manager(story.owner_id))
    yield Entry(at, whole, "", "leads")
    if story.assigned_at is not None:
        yield Entry(at, whole, "", "cohort_assigned")
    if story.accepted_at is not None:
        yield Entry(at, whole, "", "cohort_accepted")
    if story.contacted_at is not None:
        yield Entry(at, whole, "", "cohort_contacted")
        seconds = (story.contacted_at - story.received_at).total_seconds()
        for minutes in RESPONSE_MINUTES:
            if seconds <= 60 * minutes:
                yield Entry(at, whole, "", f"within_{minutes}")
    if story.won_at is not None:
        yield Entry(at, whole, "", "cohort_won")
        if story.amount is not None and story.currency is not None:
            currency = value_of(story.currency)
            yield Entry(at, whole, currency, "cohort_amount", story.amount)
            yield Entry(at, whole, currency, "cohort_won")
    if story.lost_at is not None:
        reason = ("loss_reason", value_of(story.loss_reason))
        yield Entry(at, (*whole, reason), "", "cohort_lost")
    if story.aside_at is not None:
        yield Entry(at, whole, "", "cohort_aside")


def _activity(story: LeadStory, scope: Scope) -> Iterator[Entry]:
    """What happened when, on all axes but the managers'."""
    yield Entry(bucket_of(story.opened_at), scope, "", "opened")
    if story.assigned_at is not None:
        yield Entry(bucket_of(story.assigned_at), scope, "", "assigned")
    if story.accepted_at is not None:
        yield Entry(bucket_of(story.accepted_at), scope, "", "accepted")
    if story.contacted_at is not None:
        yield Entry(bucket_of(story.contacted_at), scope, "", "contacted")
    closer = (*scope, _manager(story.closed_by))
    if story.won_at is not None:
        yield Entry(bucket_of(story.won_at), closer, "", "won")
        if story.amount is not None and story.currency is not None:
            currency = value_of(story.currency)
            yield Entry(bucket_of(story.won_at), closer, currency, "amount", story.amount)
            yield Entry(bucket_of(story.won_at), closer, currency, "won")
    if story.lost_at is not None:
        reason = ("loss_reason", value_of(story.loss_reason))
        yield Entry(bucket_of(story.lost_at), (*closer, reason), "", "lost")


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
                yield Entry(bucket_of(at), own, "", measure)
        whole, since = (*scope, *own), bucket_of(holding.since)
        if holding.ended in _OF_ENDING and holding.until is not None:
            yield Entry(bucket_of(holding.until), whole, "", _OF_ENDING[holding.ended])
        promises = (
            ("accept", holding.accepted_at, holding.accept_by),
            ("touch", holding.touched_at, holding.first_touch_by),
        )
        for promise, at, deadline in promises:
            in_time = is_kept(at, deadline, holding.until)
            if in_time is not None:
                yield Entry(since, whole, "", f"{promise}_due")
            if in_time:
                yield Entry(since, whole, "", f"{promise}_kept")
