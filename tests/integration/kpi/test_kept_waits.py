"""How long steps of many leads took is counted from days that are kept: all counts are those of the
stories one by one, whatever comes late.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kpi.domain.periods import known_until, period, require_zone
from services.kpi.domain.rollups.classes import class_of, middle_of
from services.kpi.domain.waiting import STEPS, Waits
from services.kpi.repository.reports import kept_days, kept_waits
from services.kpi.repository.reports import summed as reading
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.waits import WAIT_DIMENSIONS
from services.kpi.use_cases.reports.waits import show_waits
from shared.database import Database, Session, transaction
from tests.integration.kpi.test_lead_days import forget_some_days
from tests.integration.kpi.test_rollups import live, some_view
from tests.support.event_streams import MORNING


async def counted(session: Session, view: View, step: str, by: str | None, now: datetime) -> Any:
    """By value and of all."""
    until = known_until(view.known_on, now)
    rows, together = await show_waits(session, view, step, by, in_working_time=False, until=until)
    return [*((row.value, row.label, row.waits) for row in rows), (None, None, together)]


def agree(days: Any, stories: Any) -> Waits:
    """In all but quantiles, which are in the middle of classes, next to one of the stories."""
    assert [row[:2] for row in days] == [row[:2] for row in stories]
    for (*_, one), (*_, other) in zip(days, stories, strict=True):
        assert one._replace(quantiles=()) == other._replace(quantiles=())
        for about, exact in zip(one.quantiles, other.quantiles, strict=True):
            assert (about is None) == (exact is None)
            if about is not None:
                assert middle_of(class_of(about)) == about
                assert about <= max(0.5 + exact, 1.01 * exact)
    together: Waits = days[-1][-1]
    return together


async def test_columns_of_a_period_are_read_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By each step and dimension; when a day changed they are read again."""
    choice = random.Random(410)
    last = await live(database, choice)
    monkeypatch.setattr(reading, "EXACT_LEADS", -1)
    read: list[tuple[str, str | None]] = []
    read_days = kept_waits._read_days

    async def count(session: Session, days: Any, step: str, by: str | None, clock: Any) -> Any:
        read.append((step, by))
        return await read_days(session, days, step, by, clock)

    monkeypatch.setattr(kept_waits, "_read_days", count)
    view = View(period(MORNING.date(), last - timedelta(days=9), require_zone("Asia/Kolkata")))
    wishes = [("owner", "manager"), ("sale", "manager"), ("sale", "hour"), ("sale", "day")]

    async def ask() -> list[Any]:
        now = datetime(2027, 1, 1, tzinfo=UTC)
        async with transaction(database) as session:
            return [await counted(session, view, step, by, now) for step, by in wishes]

    first = await ask()
    assert await ask() == first
    assert read == wishes
    async with transaction(database) as session:
        await session.execute("DELETE FROM lead_day WHERE day = '2026-03-05'")
    for before, after in zip(first, await ask(), strict=True):
        agree(before, after)
    assert read == wishes * 2


async def deadlines_of(database: Database) -> list[datetime]:
    """Those that were not kept."""
    async with transaction(database) as session:
        rows = await session.execute(
            "SELECT deadline FROM lead_story, LATERAL (VALUES (accept_by, accepted_at),"
            " (first_touch_by, contacted_at)) AS promise (deadline, at)"
            " WHERE deadline IS NOT NULL AND NOT coalesce(at <= deadline, false) ORDER BY 1"
        )
        return rows.scalars()


@pytest.mark.parametrize("seed", range(3))
async def test_days_say_how_long_steps_took(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice = random.Random(400 + seed)
    last = await live(database, choice)
    await forget_some_days(database, choice)
    monkeypatch.setattr(kept_days, "SHORTEST_RUN", choice.choice((1, 3)))
    deadlines = await deadlines_of(database)
    leads = due = read = 0
    days = (MORNING.date(), last + timedelta(days=1))
    whole = [View(period(*days, require_zone(zone))) for zone in ("Asia/Kathmandu", "UTC")]
    for view in (*whole, *(some_view(choice, last) for _ in range(4))):
        now = choice.choice(deadlines) + choice.choice((-1, 0, 1)) * timedelta(seconds=1)
        for step in STEPS:
            for by in choice.sample((None, *WAIT_DIMENSIONS), 4):
                found = []
                for most in (-1, 10**9):
                    monkeypatch.setattr(reading, "EXACT_LEADS", most)
                    async with transaction(database) as session:
                        found.append(await counted(session, view, step, by, now))
                together = agree(*found)
                leads += together.leads
                due += together.due
        async with transaction(database) as session:
            read += len((await kept_days.find_kept(session, view, ())).rows)
    assert min(leads, due, read) > 5
