"""Days kept as columns say what stories and inquiries say one by one, whatever comes late."""

import random
from itertools import combinations
from typing import Any

import pytest

from services.kpi.domain.periods import STEPS
from services.kpi.repository import kept_days
from services.kpi.repository.cohort import COLUMN_OF, View
from services.kpi.repository.lead_days import count_days
from services.kpi.repository.responses import measure_responses
from services.kpi.repository.rollups import reading
from services.kpi.repository.sides import Counts
from services.kpi.repository.story_counts import count_stories
from shared.database import Database, Session, transaction
from tests.integration.kpi.test_rollups import counts_of, live, some_view

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
    by_key, together = await measure_responses(session, view, dimensions)
    counts = {key: counts_of(item) for key, item in by_key.items()}
    return {key: item for key, item in counts.items() if any(item)} | {"all": counts_of(together)}


async def forget_some_days(database: Database, choice: random.Random) -> None:
    """Days that changed are not there until they are made again."""
    async with transaction(database) as session:
        rows = await session.execute("SELECT day FROM lead_day ORDER BY day")
        days = [day for day in rows.scalars() if choice.random() < 0.1]
        await session.execute(
            "DELETE FROM lead_day WHERE day = ANY(CAST(:days AS date[]))", {"days": days}
        )


async def told(session: Session, view: View, dimensions: tuple[str, ...]) -> dict[Any, Counts]:
    counts = await count_stories(session, view, dimensions)
    return {key: item for key, item in counts.items() if item != Counts()}


@pytest.mark.parametrize("seed", range(4))
async def test_days_say_what_stories_say(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice = random.Random(100 + seed)
    last = await live(database, choice)
    await forget_some_days(database, choice)
    monkeypatch.setattr(kept_days, "SHORTEST_RUN", choice.choice((1, 3)))
    used = 0
    for _ in range(6):
        view = some_view(choice, last)
        async with transaction(database) as session:
            for dimensions in ASKED:
                days = await count_days(session, view, dimensions)
                assert days == await told(session, view, dimensions), dimensions
                used += len(days)
            assert await session.scalar("SELECT count(*) FROM lead_day")
    assert used > 100


@pytest.mark.parametrize("seed", range(2))
async def test_days_say_how_long_first_contacts_took(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice = random.Random(200 + seed)
    last = await live(database, choice)
    monkeypatch.setattr(kept_days, "SHORTEST_RUN", 1)
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
