"""Writes all that a batch changes: facts, corrected inquiries, versions of stories, and sums."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from services.kpi.domain.facts import Facts
from services.kpi.domain.load.holdings import Change, Moment
from services.kpi.domain.stories.contributions import Counters
from services.kpi.domain.stories.inquiries import Correction
from services.kpi.domain.stories.story import Version
from services.kpi.repository.columns import columns_of, insertion, replacement
from services.kpi.repository.counters import (
    add_late,
    additions,
    additions_of,
    drop_empty,
    measures_of,
)
from services.kpi.repository.facts import TOLD
from services.kpi.repository.load.changes import CHANGES, changes_of, drop_empty_changes
from services.kpi.repository.load.days import forget_changed_load
from services.kpi.repository.rollups.durations import add_late_stories
from services.kpi.repository.rollups.lead_days import forget_late_days
from services.kpi.repository.stories import remove_versions, rows_of
from services.kpi.tables.facts import corrected_inquiry
from services.kpi.tables.stories import lead_story, placement
from shared.database import Session

_STORIES: Final = (lead_story, placement)
_TABLES: Final = {table.name: table for table in (*TOLD, corrected_inquiry, *_STORIES)}
_CLAUSES: Final = {
    name: replacement(table) if table in _STORIES else insertion(table)
    for name, table in _TABLES.items()
} | CHANGES
_SUMS: Final = ("counter", "day_counter", *CHANGES)
# Fewer rows are written by one statement; to send more at once, a process would do nothing else.
MOST_AT_ONCE: Final = 600
_DROP_CORRECTIONS = "DELETE FROM corrected_inquiry WHERE inquiry_id = ANY(CAST(:ids AS uuid[]))"


async def write(
    session: Session,
    *,
    facts: Facts,
    corrections: Sequence[Correction],
    removed: Sequence[Version],
    added: Sequence[Version],
    counters: Counters,
    load: Mapping[Moment, Change],
    since: date = date.min,
) -> None:
    """Add facts, counters and changes of load, and replace versions, all known on `since` or later.
    An inquiry has these corrections, all that there are of it, and no others.
    """
    await _remove(session, corrections, removed, added)
    rows = _rows(facts, corrections, added)
    numbers = additions_of(counters) if counters else {}
    changes = changes_of(load) if load else {}
    if not (rows or numbers or changes):
        return
    if sum(map(len, rows.values())) > MOST_AT_ONCE:
        for name in list(rows):
            of_table = columns_of(_TABLES[name], rows.pop(name))
            await session.execute(_statement(frozenset((name,)), ()), of_table)
    parameters: dict[str, Any] = {}
    for name, items in rows.items():
        parameters |= columns_of(_TABLES[name], items)
    names = frozenset((*rows, *(CHANGES if changes else ())))
    statement = _statement(names, measures_of(counters) if counters else ())
    answer = (await session.execute(statement, parameters | numbers | changes)).one()
    if answer.has_empty:
        if numbers:
            await drop_empty(session, numbers)
        if changes:
            await drop_empty_changes(session, changes)
    await forget_changed_load(session, load, answer.rolled_until)
    if since < answer.rolled_until:
        await add_late(session, counters, answer.rolled_until)
        await add_late_stories(session, removed, added, answer.rolled_until)
        await forget_late_days(session, removed, added, answer.rolled_until)


def _rows(
    facts: Facts, corrections: Sequence[Correction], added: Sequence[Version]
) -> dict[str, Sequence[Any]]:
    """What is to be written, by the name of its table, where there is anything."""
    rows: dict[str, Sequence[Any]] = {name: items for name, items in facts.items() if items}
    rows |= {table.name: items for table, items in rows_of(added).items() if items}
    if corrections:
        rows[corrected_inquiry.name] = [
            (item.inquiry.inquiry_id, item.known_on, item.known_until, *item.inquiry[1:])
            for item in corrections
        ]
    return rows


async def _remove(
    session: Session,
    corrections: Iterable[Correction],
    removed: Iterable[Version],
    added: Iterable[Version],
) -> None:
    """Remove what is not replaced by something with the same key."""
    if inquiry_ids := {item.inquiry.inquiry_id for item in corrections}:
        await session.execute(_DROP_CORRECTIONS, {"ids": list(inquiry_ids)})
    new = {(version.story[0], version.known_on) for version in added} if removed else ()
    await remove_versions(
        session,
        [version for version in removed if (version.story[0], version.known_on) not in new],
    )


@cache
def _statement(names: frozenset[str], measures: tuple[str, ...]) -> str:
    """One statement for all of these tables and these measures of counters, if any; it answers
    whether a sum has become empty, and up to when sums over blocks of days are kept.
    """
    clauses = {name: clause for name, clause in _CLAUSES.items() if name in names}
    if measures:
        clauses |= additions(measures)
    written = ", ".join(f"new_{name} AS ({clause})" for name, clause in clauses.items())
    before = f"WITH {written}" if written else ""
    sums = [name for name in _SUMS if name in clauses]
    is_empty = " OR ".join(f"EXISTS (SELECT FROM new_{name} WHERE is_empty)" for name in sums)
    return f"""{before} SELECT {is_empty or "false"} AS has_empty,
        coalesce((SELECT until FROM rolled), DATE '-infinity') AS rolled_until"""
