"""The versions of stories as rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json, to_json
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from services.kpi.domain.stories.story import (
    Apart,
    Holding,
    LeadStory,
    Placement,
    Version,
    Visit,
)
from services.kpi.tables.stories import lead_story, placement
from shared.database import Session

_LISTS = 4  # the last columns of a lead's story are JSON
Rows = Sequence[Sequence[Any]]
# A row within a row carries its JSON as text.
STORY_COLUMNS: Final = ", ".join(
    f"CAST({column.name} AS text)" if isinstance(column.type, JSONB) else column.name
    for column in lead_story.columns
)


def versions_of(story_rows: Rows, placement_rows: Rows) -> dict[UUID, list[Version]]:
    """The versions of stories in their order, by the id of lead or inquiry."""
    versions: dict[UUID, list[Version]] = defaultdict(list)
    for row in story_rows:
        versions[row[0]].append(_lead_version(row))
    for inquiry_id, known_on, known_until, lead_id in placement_rows:
        placed = Placement(inquiry_id, lead_id)
        versions[inquiry_id].append(Version(known_on, known_until, placed))
    for items in versions.values():
        items.sort(key=attrgetter("known_on"))
    return versions


def _lead_version(row: Sequence[Any]) -> Version:
    lead_id, known_on, known_until, *members = row
    aparts, *lists = members[-_LISTS:]
    arrivals, visits, holdings = map(from_json, lists)
    lasting = (
        Visit(stage, _moment(entered_at), seconds, _optional(since))
        for stage, entered_at, seconds, since in visits
    )
    members[-_LISTS:] = [
        tuple(map(_apart, from_json(aparts))) if aparts else (),
        tuple(map(_moment, arrivals)),
        tuple(lasting),
        tuple(_holding(*item) for item in holdings),
    ]
    return Version(known_on, known_until, LeadStory._make([lead_id, *members]))


def _apart(item: Sequence[Any]) -> Apart:
    received_at, source_id, *rest = item
    return Apart(_moment(received_at), UUID(source_id), *rest)


def _holding(
    manager_id: str, since: str, until: str | None, ended: str | None, *rest: Any
) -> Holding:
    *moments, units_milli = rest
    members = (
        UUID(manager_id),
        _moment(since),
        _optional(until),
        ended,
        *map(_optional, moments),
        units_milli,
    )
    return Holding._make(members)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _optional(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def rows_of(versions: Iterable[Version]) -> Mapping[Table, Rows]:
    """The rows of these versions, by their table."""
    rows: dict[Table, list[Sequence[Any]]] = {lead_story: [], placement: []}
    for known_on, known_until, story in versions:
        if isinstance(story, LeadStory):
            aparts, *others = story[-_LISTS:]
            lists = [
                to_json(aparts).decode() if aparts else None,
                *(to_json(items).decode() for items in others),
            ]
            rows[lead_story].append((story[0], known_on, known_until, *story[1:-_LISTS], *lists))
        else:
            rows[placement].append((story[0], known_on, known_until, *story[1:]))
    return rows


def _remove(table: Table, prefix: str) -> str:
    key = next(iter(table.columns.keys()))
    return f"""
    DELETE FROM {table.name} USING unnest(
        CAST(:{prefix}_ids AS uuid[]), CAST(:{prefix}_days AS date[])) AS old (id, day)
    WHERE {key} = old.id AND known_on = old.day"""


_REMOVE = f"WITH leads AS ({_remove(lead_story, 'l')}) {_remove(placement, 'i')}"


async def remove_versions(session: Session, versions: Iterable[Version]) -> None:
    """Remove the versions of these stories from these days on."""
    rows = rows_of(versions)
    if any(rows.values()):
        await session.execute(
            _REMOVE, {**_keys("l", rows[lead_story]), **_keys("i", rows[placement])}
        )


def _keys(prefix: str, rows: Rows) -> dict[str, list[Any]]:
    return {f"{prefix}_ids": [row[0] for row in rows], f"{prefix}_days": [row[1] for row in rows]}
