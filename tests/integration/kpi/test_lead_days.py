"""Days kept as columns say what stories and inquiries say one by one, whatever comes late."""

import random
from itertools import combinations
from typing import Any

import pytest

from services.kpi.domain.periods import STEPS
from services.kpi.repository import lead_days
from services.kpi.repository.cohort import COLUMN_OF, View
from services.kpi.repository.lead_days import count_days
from services.kpi.repository.sides import Counts
from services.kpi.repository.story_counts import count_stories
from shared.database import Database, Session, transaction
from tests.integration.kpi.test_rollups import live, some_view

ASKED = (
    *combinations(COLUMN_OF, 2),
    *((name, step) for name in COLUMN_OF for step in STEPS),
    ("source", "pipeline", "manager"),
    ("region", "month", "manager"),
    ("manager",),
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
    monkeypatch.setattr(lead_days, "SHORTEST_RUN", choice.choice((1, 3)))
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
