"""Comparing two sides: from days down to minutes where digests differ, then by ids.

Invariant: digests only narrow the search; differences are counted by ids.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.intake.repository.reconciliation import find_young_inquiries
from services.intake.use_cases.peers import Digests, Side
from shared.database import Database, transaction
from shared.errors import UnavailableError
from shared.reconciliation.digests import STEPS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_MINUTES = 300  # examined by ids in one round; the rest waits for the next rounds
MAX_EXAMINED_IDS = 100_000  # likewise
MAX_SHOWN = 50
_FINER = {"day": "hour", "hour": "minute"}


@dataclass(eq=False)
class Comparison:
    """One side against ours. `state` is compared, unreachable or not_configured.

    `minutes` differ; `unexamined` is the number of further minutes, left to the next rounds.
    """

    state: str = "compared"
    difference: int | None = 0
    missing: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    minutes: list[str] = field(default_factory=list)
    unexamined: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the time to be compared, cut along whole steps."""

    step: str
    since: datetime
    until: datetime


def floor_to(step: str, moment: datetime) -> datetime:
    return moment - (moment - EPOCH) % STEPS[step]


def spans(since: datetime, until: datetime, *, step: str) -> list[Span]:
    """Whole steps as far as they fit, then finer ones up to the last whole minute."""
    parts = []
    first = floor_to(step, since)
    for finer in list(STEPS)[list(STEPS).index(step) :: -1]:
        end = max(first, floor_to(finer, until))
        if end > first:
            parts.append(Span(finer, first, end))
        first = end
    return parts


def differing_beginnings(ours: Digests, theirs: Digests) -> list[datetime]:
    """The beginnings whose digests differ, or are missing on one side."""
    return sorted(
        begins_at
        for begins_at in ours.keys() | theirs.keys()
        if (one := ours.get(begins_at)) != theirs.get(begins_at) or one is None or one.count is None
    )


async def compare(
    database: Database,
    ours: Side,
    theirs: Side,
    parts: Sequence[Span],
    *,
    suspects: Collection[datetime] = (),
    cutoff: datetime,
) -> Comparison:
    """Compare `parts`, and the minutes `suspects` that differed before.

    Inquiries normalised since `cutoff` may be missing on one side.
    """
    comparison = Comparison()
    try:
        minutes = set(suspects)
        for part in parts:
            minutes.update(await _differing_minutes(ours, theirs, part))
        id_count = 0
        for place, minute in enumerate(sorted(minutes)):
            if place >= MAX_MINUTES or id_count > MAX_EXAMINED_IDS:
                comparison.unexamined = len(minutes) - place
                break
            id_count += await _examine(
                database, ours, theirs, comparison, minute=minute, cutoff=cutoff
            )
    except UnavailableError:
        return Comparison(state="unreachable", difference=None)
    return comparison


async def _differing_minutes(ours: Side, theirs: Side, part: Span) -> list[datetime]:
    """The minutes that differ; not all of them if they are more than can be examined."""
    beginnings = differing_beginnings(
        await ours.digests(step=part.step, since=part.since, until=part.until),
        await theirs.digests(step=part.step, since=part.since, until=part.until),
    )
    if part.step == "minute":
        return beginnings
    minutes: list[datetime] = []
    for begins_at in beginnings:
        finer = Span(_FINER[part.step], begins_at, begins_at + STEPS[part.step])
        minutes += await _differing_minutes(ours, theirs, finer)
        if len(minutes) > MAX_MINUTES:
            break
    return minutes


async def _examine(
    database: Database,
    ours: Side,
    theirs: Side,
    comparison: Comparison,
    *,
    minute: datetime,
    cutoff: datetime,
) -> int:
    """Compare one minute by ids and return their number."""
    # Theirs first, because they know nothing that we have not stored before.
    their_times = await theirs.ids(minute=minute)
    our_times = await ours.ids(minute=minute)
    every = our_times.keys() | their_times.keys()
    ids = [one for one in every if our_times.get(one) != their_times.get(one)]
    if ids:
        async with transaction(database) as session:
            young = await find_young_inquiries(session, ids, cutoff=cutoff)
        _note(comparison, our_times, their_times, young, minute=minute)
    return len(every)


def _note(
    comparison: Comparison,
    our_times: dict[UUID, int],
    their_times: dict[UUID, int],
    young: Collection[UUID],
    *,
    minute: datetime,
) -> None:
    missing = _sorted(one for one in our_times if one not in their_times and one not in young)
    surplus = _sorted(one for one in their_times if one not in our_times and one not in young)
    doubled = {
        one: abs(times - their_times[one])
        for one, times in our_times.items()
        if one in their_times and times != their_times[one]
    }
    difference = len(missing) + len(surplus) + sum(doubled.values())
    if not difference:
        return
    assert comparison.difference is not None
    comparison.difference += difference
    comparison.minutes.append(minute.isoformat())
    for sample, more in (
        (comparison.missing, missing),
        (comparison.surplus, surplus),
        (comparison.doubled, _sorted(doubled)),
    ):
        sample.extend(more[: MAX_SHOWN - len(sample)])


def _sorted(ids: Iterable[UUID]) -> list[str]:
    return sorted(map(str, ids))


def recent(now: datetime, *, length: timedelta) -> datetime:
    """The beginning of the hour in which the recent past begins."""
    return floor_to("hour", now - length)
