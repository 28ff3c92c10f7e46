"""How many leads a group of several criteria has, by columns of days, is what stories say."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations

import pytest

from services.kpi.domain.periods import period
from services.kpi.domain.rollups.members import COUNTED
from services.kpi.repository.drill.cohort import cohort_leads
from services.kpi.repository.drill.members import count_group_members
from services.kpi.repository.drill.pages import count_items
from services.kpi.repository.reports import kept_days
from services.kpi.repository.reports.cohort import View
from shared.database import Database, transaction
from tests.integration.kpi.test_drill_downs import criteria_of
from tests.integration.kpi.test_lead_days import forget_some_days
from tests.integration.kpi.test_rollups import live, some_view


@pytest.mark.parametrize("seed", range(2))
async def test_members_of_groups_are_those_of_stories(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whatever the zone, so that the period has parts of days, and the day of knowledge."""
    choice = random.Random(600 + seed)
    last = await live(database, choice)
    await forget_some_days(database, choice)
    monkeypatch.setattr(kept_days, "SHORTEST_RUN", 1)
    groups = [each for each in await criteria_of(database) if each]
    pairs = [
        {**one, **other} for one, other in combinations(groups, 2) if one.keys() != other.keys()
    ]
    days = await days_of_leads(database)
    found = 0
    for _ in range(12):
        view = cut_beside_leads(choice, days, some_view(choice, last))
        for criteria in (*choice.sample(groups, 3), *choice.sample(pairs, 3)):
            for measure in sorted(COUNTED):
                async with transaction(database) as session:
                    count = await count_group_members(session, view, measure, criteria)
                    items = cohort_leads(view, measure, criteria)
                    assert count == await count_items(session, items), (view, measure, criteria)
                found += count
    assert found > 100


async def days_of_leads(database: Database) -> list[date]:
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT DISTINCT CAST(received_at AT TIME ZONE 'UTC' AS date) AS day FROM lead_story"
        )
        return sorted(row.day for row in rows)


def cut_beside_leads(choice: random.Random, days: Sequence[date], view: View) -> View:
    """From a day of UTC that has leads to another, as days of the view's zone: which cut those."""
    first, last = sorted(choice.choices(days, k=2))
    return view._replace(period=period(first, last + timedelta(days=1), view.period.zone))
