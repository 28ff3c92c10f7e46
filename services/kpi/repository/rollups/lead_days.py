"""Keeps what came on each day as columns of bytes. A day of which something else became known has
none until they are made again; whoever counts reads the stories of such a day.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from services.kpi.domain.rollups.classes import class_of
from services.kpi.domain.rollups.lead_days import (
    AXES,
    DUE,
    IS_ASIDE,
    IS_LEAD,
    KEPT,
    MEASURES,
    Entry,
    LeadDay,
    digest_of,
    lead_day,
    quarter_of,
)
from services.kpi.domain.stories.story import LeadStory, Version
from services.kpi.domain.waiting import STEPS
from services.kpi.repository.rollups.counters import get_rolled_until
from services.kpi.tables import rollups
from shared.database import Row, Session

RECEIVED: Final = 1 << MEASURES.index("received")
_MOMENTS: Final = {f"{name}_at": 1 << MEASURES.index(name) for name in MEASURES[1:]}
DAY: Final = "CAST({} AT TIME ZONE 'UTC' AS date)"
FIRST_OWNER: Final = "holdings #>> '{0,0}'"
APART_AT: Final = "CAST(item ->> 0 AS timestamptz)"
APART_DAY: Final = DAY.format(APART_AT)
_APART: Final = "lead_story CROSS JOIN LATERAL jsonb_array_elements(apart) AS item"
_KNOWN: Final = "known_on < :until AND known_until >= :until"
_MISSING: Final = """
SELECT CAST(day AS date) FROM generate_series(
    (SELECT CAST(min(received_at) AT TIME ZONE 'UTC' AS date) FROM lead_story),
    CAST(:until AS date) - 1, interval '1 day') AS day
WHERE NOT EXISTS (SELECT FROM lead_day WHERE lead_day.day = CAST(day.day AS date))
ORDER BY 1 DESC LIMIT :most
"""
# Each day is a search of its own.
_OF_DAYS: Final = """unnest(CAST(:days AS date[])) AS d (day) CROSS JOIN LATERAL (
    SELECT * FROM lead_story WHERE received_at >= CAST(d.day AS timestamp) AT TIME ZONE 'UTC'
        AND received_at < CAST(d.day + 1 AS timestamp) AT TIME ZONE 'UTC' OFFSET 0
) AS story"""
_LEADS: Final = f"""
SELECT d.day, received_at, source_id, channel, campaign, region, product, pipeline, owner_id,
    {FIRST_OWNER} AS first_owner, contacted_by, closed_by, accept_by, first_touch_by,
    aside_at, {", ".join(_MOMENTS)},
    jsonb_array_length(arrivals) > coalesce(jsonb_array_length(apart), 0) AS tells_inquiry
FROM {_OF_DAYS} WHERE NOT is_test AND {_KNOWN} ORDER BY d.day, received_at, lead_id
"""
_APARTS: Final = f"""
SELECT {APART_DAY} AS day, {APART_AT} AS received_at, item ->> 1 AS source_id,
    item ->> 2 AS channel, item ->> 3 AS campaign, item ->> 4 AS region, item ->> 5 AS product,
    pipeline, owner_id, NULL AS first_owner, NULL AS contacted_by, NULL AS closed_by
FROM {_APART}
WHERE apart IS NOT NULL AND {_KNOWN} AND {APART_DAY} = ANY(CAST(:days AS date[]))
ORDER BY 1, 2, lead_id, CAST(item AS text)
"""
_CHANGED: Final = "greatest(known_on, CASE WHEN known_until < :until THEN known_until END)"
_LAST_CHANGES: Final = f"""
SELECT day, max(changed_on) AS changed_on FROM (
    SELECT d.day, {_CHANGED} AS changed_on FROM {_OF_DAYS} WHERE known_on < :until
    UNION ALL
    SELECT {APART_DAY}, {_CHANGED} FROM {_APART}
    WHERE apart IS NOT NULL AND known_on < :until AND {APART_DAY} = ANY(CAST(:days AS date[]))
) AS change GROUP BY day
"""
_FORGET_CHANGED: Final = f"""
WITH changed AS (
    SELECT received_at, apart FROM lead_story WHERE known_on >= :since AND known_on < :until
    UNION ALL
    SELECT received_at, apart FROM lead_story
    WHERE known_until >= :since AND known_until < :until AND known_until < DATE 'infinity'
)
DELETE FROM lead_day WHERE day IN (
    SELECT {DAY.format("received_at")} FROM changed
    UNION ALL
    SELECT {APART_DAY} FROM changed CROSS JOIN LATERAL jsonb_array_elements(apart) AS item)
"""
_FORGET: Final = "DELETE FROM lead_day WHERE day = ANY(CAST(:days AS date[]))"
_NAMES: Final = rollups.lead_day.columns.keys()
_KEEP: Final = (
    f"INSERT INTO lead_day ({', '.join(_NAMES)})"
    f" VALUES ({', '.join(f':{name}' for name in _NAMES)})"
)


async def forget_changed_days(session: Session, since: date, until: date) -> None:
    """Keep no day of which something became known from `since` to before `until`."""
    await session.execute(_FORGET_CHANGED, {"since": since, "until": until})


async def forget_late_days(
    session: Session, removed: Sequence[Version], added: Sequence[Version], until: date
) -> None:
    """Keep no day of what changed about days of knowledge before `until`."""
    before, after = (
        {
            version._replace(known_until=min(version.known_until, until))
            for version in versions
            if version.known_on < until and isinstance(version.story, LeadStory)
        }
        for versions in (removed, added)
    )
    moments: set[datetime] = set()
    for _, _, story in before ^ after:
        if isinstance(story, LeadStory):
            moments.update((story.received_at, *(item.received_at for item in story.apart)))
    if days := {at.astimezone(UTC).date() for at in moments}:
        await session.execute(_FORGET, {"days": list(days)})


async def keep_missing_days(session: Session, *, most: int) -> bool:
    """Keep so many of the days that are not kept, the last ones first; False if there are none.

    The caller holds the lock of the stories.
    """
    until = await get_rolled_until(session)
    if until == date.min:
        return False
    rows = await session.execute(_MISSING, {"until": until, "most": most})
    days: list[date] = rows.scalars()
    if not days:
        return False
    parameters = {"days": days, "until": until}
    entries: dict[date, list[Entry]] = defaultdict(list)
    deadlines: dict[date, datetime] = {}
    for row in await session.execute(_LEADS, parameters):
        entries[row.day].append(_lead(row))
        for deadline in _not_kept(row):
            deadlines[row.day] = max(deadline, deadlines.get(row.day, deadline))
    for row in await session.execute(_APARTS, parameters):
        entries[row.day].append(_entry(row, RECEIVED, None))
    changes = {row.day: row.changed_on for row in await session.execute(_LAST_CHANGES, parameters)}
    for day in days:
        members = {"changed_on": changes.get(day, day), "last_due": deadlines.get(day)}
        await session.execute(_KEEP, {**members, **_row(day, lead_day(entries.get(day, ())))})
    return True


def _lead(row: Row) -> Entry:
    numbers = []
    for step in STEPS.values():
        begin, end = getattr(row, step.begin), getattr(row, step.end)
        numbers.append(0 if begin is None or end is None else _class_between(begin, end) + 1)
    classes = dict(zip(STEPS, numbers, strict=True))
    response = None if row.contacted_at is None else str(classes["first_touch"] - 1)
    promise = IS_LEAD if row.aside_at is None else IS_LEAD | IS_ASIDE
    for name, bit in DUE.items():
        if _is_promised(row, name):
            promise |= bit | (KEPT[name] if _is_kept(row, name) else 0)
    entry = _entry(row, _mark(row), response)
    return entry._replace(promise=promise, classes=numbers)


def _class_between(begin: datetime, end: datetime) -> int:
    return class_of(max(0.0, (end - begin).total_seconds()))


def _is_promised(row: Row, name: str) -> bool:
    """Who was forgotten before the time was over takes the promise back."""
    deadline = getattr(row, str(STEPS[name].deadline))
    if deadline is None or _is_kept(row, name):
        return deadline is not None
    return row.aside_at is None or deadline <= row.aside_at


def _is_kept(row: Row, name: str) -> bool:
    step = STEPS[name]
    deadline, end = getattr(row, str(step.deadline)), getattr(row, step.end)
    return end is not None and end <= deadline


def _not_kept(row: Row) -> list[datetime]:
    """The deadlines that there were of the lead's steps, but for those that were kept."""
    deadlines = {name: getattr(row, str(STEPS[name].deadline)) for name in DUE}
    return [deadlines[name] for name in DUE if _is_promised(row, name) and not _is_kept(row, name)]


def _mark(row: Row) -> int:
    mark = sum(bit for name, bit in _MOMENTS.items() if getattr(row, name) is not None)
    return mark | RECEIVED if row.tells_inquiry else mark


def _entry(row: Row, mark: int, response: str | None) -> Entry:
    owner, *of_steps = (
        None if person is None else str(person)
        for person in (row.owner_id, row.first_owner, row.contacted_by, row.closed_by)
    )
    values = (
        str(row.source_id), row.channel, row.campaign, row.region, row.product, row.pipeline, owner,
        response, *of_steps,
    )  # fmt: skip
    return Entry(quarter_of(row.received_at), mark, values)


def _row(day: date, columns: LeadDay) -> dict[str, Any]:
    by_axis = dict(zip(AXES, columns.columns, strict=True))
    return {
        "day": day,
        "digest": digest_of(columns),
        "quarters": columns.quarters,
        "marks": columns.marks,
        "promises": columns.promises,
        **{f"{step}_classes": each for step, each in zip(STEPS, columns.classes, strict=True)},
        **{f"{axis}_places": column.places for axis, column in by_axis.items()},
        **{f"{axis}_values": list(column.values) for axis, column in by_axis.items()},
    }
