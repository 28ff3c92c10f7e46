"""Days kept as columns say what stories and inquiries say one by one, whatever comes late."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from services.kpi.domain.periods import STEPS, period, require_zone
from services.kpi.domain.rollups.lately import Lately
from services.kpi.domain.rollups.tally import Groups, measured
from services.kpi.handlers import apply
from services.kpi.repository.facts import clear
from services.kpi.repository.reports import day_blocks, kept_days
from services.kpi.repository.reports import summed as reading
from services.kpi.repository.reports.cohort import COLUMN_OF, View
from services.kpi.repository.reports.lead_days import Naming, count_days
from services.kpi.repository.reports.responses import group_responses
from services.kpi.repository.reports.sides import Counts
from services.kpi.repository.reports.story_counts import count_stories
from services.kpi.repository.reports.unplaced import find_unplaced
from shared.database import Database, Session, transaction
from tests.integration.kpi.test_rollups import counts_of, live, roll_up, some_view
from tests.support.event_streams import MORNING, consume
from tests.support.random_story import SmallWorld

ASKED = (
    *combinations(COLUMN_OF, 2),
    *((name, step) for name in COLUMN_OF for step in STEPS),
    ("source", "pipeline", "manager"),
    ("region", "month", "manager"),
    ("manager",),
)


async def responses_of(
    session: Session, view: View, dimensions: tuple[str, ...]
) -> dict[Any, tuple[int, ...]]:
    responses = await group_responses(session, view, dimensions)
    assert all(responses.of(key).count == size for key, size in responses.sizes.items())
    counts = {key: counts_of(responses.of(key)) for key in responses.sizes}
    counts = {key: item for key, item in counts.items() if any(item)}
    return counts | {"all": counts_of(responses.total)}


async def forget_some_days(database: Database, choice: random.Random) -> None:
    """Days that changed are not there until they are made again."""
    async with transaction(database) as session:
        rows = await session.execute("SELECT day FROM lead_day ORDER BY day")
        days = [day for day in rows.scalars() if choice.random() < 0.1]
        await session.execute(
            "DELETE FROM lead_day WHERE day = ANY(CAST(:days AS date[]))", {"days": days}
        )


async def told(session: Session, view: View, dimensions: tuple[str, ...]) -> dict[Any, Counts]:
    counts, naming = await count_stories(session, view, dimensions), Naming(view.period, dimensions)
    return {naming.key(key): item for key, item in counts.items() if item != Counts()}


@pytest.mark.parametrize("seed", range(4))
async def test_days_say_what_stories_say(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice = random.Random(100 + seed)
    last = await live(database, choice)
    await forget_some_days(database, choice)
    monkeypatch.setattr(kept_days, "SHORTEST_RUN", choice.choice((1, 3)))
    monkeypatch.setattr(day_blocks, "BLOCK_SPANS", choice.choice(((64, 8), (3,), (4, 1))))
    used = 0
    for _ in range(6):
        view = some_view(choice, last)
        async with transaction(database) as session:
            for dimensions in ASKED:
                numbers = await count_days(session, view, dimensions)
                days = {key: Counts(*measured(counts)) for key, counts in numbers.items()}
                assert days == await told(session, view, dimensions), dimensions
                used += len(days)
            assert await session.scalar("SELECT count(*) FROM lead_day")
    assert used > 100


async def test_inquiries_in_no_lead_count_at_their_places(database: Database) -> None:
    """The leads of half of them are not heard of yet."""
    choice = random.Random(401)
    streams = SmallWorld(choice, longest_pause=72).live(80)
    events = [item for item in streams.events if item.envelope.topic in {"inquiries", "leads"}]
    keys = {item.envelope.key for item in events if item.envelope.topic == "leads"}
    unheard = {("leads", key) for key in sorted(keys)[::2]}
    heard = [item for item in events if (item.envelope.topic, item.envelope.key) not in unheard]
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply, heard)
    await roll_up(database, 1000)
    last = streams.at.date()
    span = period(MORNING.date(), last + timedelta(days=1), require_zone("America/New_York"))
    async with transaction(database) as session:
        assert await find_unplaced(session, span, None)
        for known_on in (None, last - timedelta(days=3), last - timedelta(days=20)):
            view = View(span, known_on)
            numbers = await count_days(session, view, ("source", "manager"))
            days = {key: Counts(*measured(counts)) for key, counts in numbers.items()}
            assert days == await told(session, view, ("source", "manager"))


async def test_what_was_counted_of_whole_blocks_is_not_counted_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the zone, and wherever the period begins: but of what changed."""
    choice = random.Random(300)
    last = await live(database, choice)
    monkeypatch.setattr(day_blocks, "BLOCK_SPANS", (1,))
    monkeypatch.setattr(day_blocks, "_READ", Lately[Any](day_blocks.MOST_READ))
    monkeypatch.setattr(day_blocks, "_COUNTED", Lately[Groups](day_blocks.MOST_HELD))
    read = Counter[date]()
    read_days = day_blocks._read_days

    async def count(session: Session, wish: Any, days: Sequence[Any]) -> Any:
        read.update(row.day for row in days)
        return await read_days(session, wish, days)

    monkeypatch.setattr(day_blocks, "_read_days", count)
    first = MORNING.date()
    spans = [period(first, last, require_zone("UTC"))]
    spans.append(period(first + timedelta(days=8), last, require_zone("Europe/Moscow")))
    async with transaction(database) as session:
        for span in spans:
            for dimensions in (("source", "manager"), ("region", "campaign", "product")):
                view = View(span)
                numbers = await count_days(session, view, dimensions)
                days = {key: Counts(*measured(counts)) for key, counts in numbers.items()}
                assert days == await told(session, view, dimensions)
    assert len(read) > 10
    part = spans[1].begins_at.date()  # a day of UTC that is not whole in the second period
    assert read.pop(part) == 4
    assert {*read.values()} == {2}, "once for each of the two reports"


@pytest.mark.parametrize("seed", range(2))
async def test_days_say_how_long_first_contacts_took(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice = random.Random(200 + seed)
    last = await live(database, choice)
    monkeypatch.setattr(kept_days, "SHORTEST_RUN", 1)
    monkeypatch.setattr(day_blocks, "BLOCK_SPANS", (4, 1))
    used = 0
    for _ in range(4):
        view = some_view(choice, last)
        async with transaction(database) as session:
            for dimensions in ASKED:
                monkeypatch.setattr(reading, "EXACT_LEADS", -1)
                days = await responses_of(session, view, dimensions)
                monkeypatch.setattr(reading, "EXACT_LEADS", 10**9)
                assert days == await responses_of(session, view, dimensions), dimensions
                used += len(days)
    assert used > 50
