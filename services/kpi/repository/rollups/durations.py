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
from services.kpi.repository.rollups.counters import begin_of_block, renew_stamp
from services.kpi.repository.rollups.empty import KEYS, drop_empty, empty_rows
from services.kpi.repository.rollups.parts import OPEN, PARTS, STORY_COLUMNS
from services.kpi.tables.stories import lead_story
from shared.database import Session

_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_NAMES: Final = ", ".join(STORY_COLUMNS)
_ONE: Final = f"CAST('1e' || {DIGITS} * class AS numeric)"
PACKED: Final = f"sum(sign * {_ONE})"
ONES: Final = f"sum({_ONE})"
_KEY: Final = ", ".join(KEYS["duration"])
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
    selects = " UNION ALL ".join(
        f"SELECT '{measure}' AS measure, * FROM ({part}) AS part" for measure, part in PARTS.items()
    )
    key = _KEY
    addition = f"""DO UPDATE SET packed = s.packed + excluded.packed
        RETURNING {key}, s.packed = 0 AS is_empty"""
    return f"""
    WITH story AS MATERIALIZED ({story}), part AS ({selects}), counted AS (
        SELECT measure, day, value, changed_on, class, sum(sign) AS sign
        FROM part GROUP BY measure, day, value, changed_on, class HAVING sum(sign) <> 0
    ), one AS MATERIALIZED (
        SELECT measure, day, value, changed_on, {PACKED} AS packed
        FROM counted GROUP BY measure, day, value, changed_on
    ), gained AS MATERIALIZED (
        SELECT {key}, changed_on, sum(packed) AS packed FROM (
            SELECT *, {begin_of_block("day", "span")} AS first_day
            FROM one JOIN (VALUES (1), (8), (64)) AS s (span)
                ON span = 1 OR measure <> '{OPEN}'
        ) AS blocks GROUP BY {key}, changed_on
    ), gains AS (
        INSERT INTO duration_gain AS s ({key}, known_on, packed) SELECT * FROM gained
        ON CONFLICT ({key}, known_on) {addition}, known_on
    ), sums AS (
        INSERT INTO duration_sum AS s ({key}, packed)
        SELECT {key}, sum(packed) FROM gained GROUP BY {key} ON CONFLICT ({key}) {addition}
    )
    {empty_rows(KEYS["duration"])}"""


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
    await _write(session, CHANGES.format(more=""), {"since": since, "until": until})


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
        await _write(session, _late(), dict(zip(names, columns, strict=True)))


async def _write(session: Session, stories: str, parameters: dict[str, Any]) -> None:
    empty = await session.execute(_add(stories), parameters)
    await drop_empty(session, "duration", empty)
    await renew_stamp(session)


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
