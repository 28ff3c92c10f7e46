"""Keeps the versions of stories."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql

from services.kpi.domain.stories.story import Holding, LeadStory, Placement, Version, Visit
from services.kpi.tables.stories import lead_story, placement
from shared.database import Row, Session

_LISTS = 3  # the last columns of a lead's story are JSON
_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def _find(table: Table, key: str) -> str:
    return f"SELECT * FROM {table.name} WHERE {key} = ANY(CAST(:ids AS uuid[])) ORDER BY known_on"


_FIND_LEAD_STORIES = _find(lead_story, "lead_id")
_FIND_PLACEMENTS = _find(placement, "inquiry_id")


async def find_versions(
    session: Session, *, lead_ids: Collection[UUID], inquiry_ids: Collection[UUID]
) -> dict[UUID, list[Version]]:
    """The versions of these stories in their order, by the id of lead or inquiry."""
    versions: dict[UUID, list[Version]] = defaultdict(list)
    for row in await session.execute(_FIND_LEAD_STORIES, {"ids": list(lead_ids)}):
        versions[row.lead_id].append(_lead_version(row))
    for row in await session.execute(_FIND_PLACEMENTS, {"ids": list(inquiry_ids)}):
        placed = Placement(row.inquiry_id, row.lead_id)
        versions[row.inquiry_id].append(Version(row.known_on, row.known_until, placed))
    return versions


def _lead_version(row: Row) -> Version:
    lead_id, known_on, known_until, *members, arrivals, visits, holdings = row
    lasting = (
        Visit(stage, _moment(entered_at), seconds, _optional(since))
        for stage, entered_at, seconds, since in visits
    )
    members += [
        tuple(map(_moment, arrivals)),
        tuple(lasting),
        tuple(_holding(*item) for item in holdings),
    ]
    return Version(known_on, known_until, LeadStory._make([lead_id, *members]))


def _holding(
    manager_id: str, since: str, until: str | None, ended: str | None, *moments: str | None
) -> Holding:
    return Holding(
        UUID(manager_id), _moment(since), _optional(until), ended, *map(_optional, moments)
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _optional(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _lead_row(version: Version) -> tuple[Any, ...]:
    lead_id, *members = version.story
    lists = [to_json(rows).decode() for rows in members[-_LISTS:]]
    return (lead_id, version.known_on, version.known_until, *members[:-_LISTS], *lists)


def _inquiry_row(version: Version) -> tuple[Any, ...]:
    inquiry_id, *rest = version.story
    return (inquiry_id, version.known_on, version.known_until, *rest)


def _write(table: Table, prefix: str) -> str:
    """SQL that removes versions by the arrays of their keys, and writes others."""
    names = table.columns.keys()
    key, day, *others = names
    arrays = ", ".join(
        f"CAST(:{prefix}_{column.name} AS {column.type.compile(_DIALECT)}[])"
        for column in table.columns
    )
    updates = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"""
    INSERT INTO {table.name} ({", ".join(names)}) SELECT * FROM unnest({arrays})
    ON CONFLICT ({key}, {day}) DO UPDATE SET {updates}"""


def _remove(table: Table, prefix: str) -> str:
    key = next(iter(table.columns.keys()))
    return f"""
    DELETE FROM {table.name} USING unnest(
        CAST(:{prefix}_ids AS uuid[]), CAST(:{prefix}_days AS date[])) AS old (id, day)
    WHERE {key} = old.id AND known_on = old.day"""


_WRITE = f"WITH leads AS ({_write(lead_story, 'l')}) {_write(placement, 'i')}"
_REMOVE = f"WITH leads AS ({_remove(lead_story, 'l')}) {_remove(placement, 'i')}"


async def write_versions(
    session: Session, removed: Iterable[Version], added: Iterable[Version]
) -> None:
    """Replace versions; those added are sorted by id and day."""
    new = {(version.story[0], version.known_on) for version in added}
    gone = [version for version in removed if (version.story[0], version.known_on) not in new]
    if gone:
        await session.execute(
            _REMOVE, {**_keys("l", LeadStory, gone), **_keys("i", Placement, gone)}
        )
    leads = [_lead_row(version) for version in added if isinstance(version.story, LeadStory)]
    inquiries = [_inquiry_row(item) for item in added if isinstance(item.story, Placement)]
    if leads or inquiries:
        await session.execute(
            _WRITE, {**_columns(lead_story, "l", leads), **_columns(placement, "i", inquiries)}
        )


def _keys(prefix: str, kind: type, versions: Iterable[Version]) -> dict[str, list[Any]]:
    keys = [(item.story[0], item.known_on) for item in versions if isinstance(item.story, kind)]
    return {f"{prefix}_ids": [key[0] for key in keys], f"{prefix}_days": [key[1] for key in keys]}


def _columns(table: Table, prefix: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(table.columns)
    names = table.columns.keys()
    return {f"{prefix}_{name}": list(column) for name, column in zip(names, columns, strict=True)}
