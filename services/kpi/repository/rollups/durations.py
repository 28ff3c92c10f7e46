"""Adds what became known on some days to the sums of durations over blocks of days."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql

from services.kpi.domain.rollups.classes import DIGITS
from services.kpi.domain.stories.story import LeadStory, Version
from services.kpi.repository.rollups.counters import begin_of_block
from services.kpi.repository.rollups.parts import OPEN, PARTS, STORY_COLUMNS
from services.kpi.tables.stories import lead_story
from shared.database import Session

_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_NAMES: Final = ", ".join(STORY_COLUMNS)
PACKED: Final = f"sum(sign * CAST('1e' || {DIGITS} * class AS numeric))"
# A version begins to count on the day since which it is known, and ends on that until which it was.
CHANGES: Final = f"""
SELECT 1 AS sign, known_on AS changed_on, {_NAMES} FROM lead_story
WHERE known_on >= :since AND known_on < :until{{more}}
UNION ALL
SELECT -1, known_until, {_NAMES} FROM lead_story
WHERE known_until >= :since AND known_until < :until AND known_until < DATE 'infinity'{{more}}
"""


@cache
def _add(story: str) -> str:
    parts = " UNION ALL ".join(
        f"SELECT '{measure}' AS measure, * FROM ({part}) AS part" for measure, part in PARTS.items()
    )
    key = "measure, span, known_span, first_day, value, known_from"
    begin = f"CASE measure WHEN '{OPEN}' THEN day ELSE {begin_of_block('day', '8')} END"
    return f"""
    WITH story AS ({story}), part AS ({parts}), one AS MATERIALIZED (
        SELECT measure, {begin} AS day, value, changed_on, {PACKED} AS packed
        FROM part GROUP BY 1, 2, value, changed_on HAVING {PACKED} <> 0
    ), span (span, known_span) AS (
        SELECT * FROM (VALUES (1), (8), (64)) AS a, (VALUES (1), (8), (64)) AS b
    )
    INSERT INTO duration_rollup AS r ({key}, packed)
    SELECT measure, span, known_span, {begin_of_block("day", "span")} AS first_day, value,
        {begin_of_block("changed_on", "known_span")} AS known_from, sum(packed)
    FROM one JOIN span ON (span > 1) = (measure <> '{OPEN}') GROUP BY {key}
    ON CONFLICT ({key}) DO UPDATE SET packed = r.packed + excluded.packed"""


@cache
def _late() -> str:
    arrays = ", ".join(
        f"CAST(:{name} AS {lead_story.c[name].type.compile(_DIALECT)}[])" for name in STORY_COLUMNS
    )
    return (
        f"SELECT * FROM unnest(CAST(:sign AS integer[]), CAST(:changed_on AS date[]), {arrays})"
        f" AS late (sign, changed_on, {_NAMES})"
    )


async def roll_up_durations(session: Session, since: date, until: date) -> None:
    """Add what became known from `since` to before `until`."""
    await session.execute(_add(CHANGES.format(more="")), {"since": since, "until": until})


async def add_late_stories(
    session: Session, removed: Sequence[Version], added: Sequence[Version], until: date
) -> None:
    """Add what changed about days of knowledge before `until`, which were rolled up."""
    changes: Counter[tuple[Any, ...]] = Counter()
    for sign, versions in ((1, added), (-1, removed)):
        for version in versions:
            if isinstance(version.story, LeadStory):
                _count(changes, sign, version, version.story, until)
    rows = [(sign, day, *_row(story)) for (day, story), sign in changes.items() if sign]
    if rows:
        names = ("sign", "changed_on", *STORY_COLUMNS)
        columns = map(list, zip(*rows, strict=True))
        await session.execute(_add(_late()), dict(zip(names, columns, strict=True)))


def _count(
    changes: Counter[tuple[Any, ...]], sign: int, version: Version, story: LeadStory, until: date
) -> None:
    if version.known_on < until:
        changes[version.known_on, story] += sign
    if version.known_until < until:
        changes[version.known_until, story] -= sign


def _row(story: LeadStory) -> list[Any]:
    *members, visits = (getattr(story, name) for name in STORY_COLUMNS)
    return [*members, to_json(visits).decode()]
