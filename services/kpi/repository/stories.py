"""Reads what stories are told from, and keeps the versions of stories."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql

from services.kpi.domain.facts import (
    ContactLinkFact,
    InquiryChange,
    InquiryFact,
    InquiryLinkFact,
    LeadOpening,
    LeadStep,
    Touch,
)
from services.kpi.domain.stories.known import Known, known
from services.kpi.domain.stories.story import Holding, InquiryStory, LeadStory, Version, Visit
from services.kpi.tables.stories import inquiry_story, lead_story
from shared.database import Row, Session

_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Affected:
    """What events are about: leads, inquiries, and contacts of whom something became known."""

    lead_ids: set[UUID] = field(default_factory=set)
    inquiry_ids: set[UUID] = field(default_factory=set)
    contact_ids: set[UUID] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.lead_ids or self.inquiry_ids or self.contact_ids)


def _people(name: str, contacts: str) -> str:
    """All contacts that were ever linked with these, directly or through others."""
    return f"""
{name} (contact_id) AS (
    {contacts}
    UNION
    SELECT other.contact_id FROM {name}, LATERAL (
        SELECT canonical_id AS contact_id FROM contact_link
        WHERE contact_link.contact_id = {name}.contact_id
        UNION ALL
        SELECT contact_id FROM contact_link WHERE canonical_id = {name}.contact_id
        OFFSET 0
    ) AS other
)"""


def _all(table: str, column: str, ids: str, more: str = "") -> str:
    # The rows of a clause cannot be estimated; an array of ids is looked up by the index.
    return (
        f"(SELECT array_agg({table}) FROM {table}"
        f" WHERE {column} = ANY(ARRAY(SELECT {column} FROM {ids})){more})"
    )


_CONTACTS = "SELECT contact_id FROM lead WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near))"
# Leads are near one another if one was ever merged into the other, or both ever had an inquiry.
_FIND_KNOWN = f"""
WITH RECURSIVE {_people("touched", "SELECT unnest(CAST(:contact_ids AS uuid[]))")},
near (lead_id) AS (
    SELECT lead_id FROM (
        SELECT unnest(CAST(:lead_ids AS uuid[])) AS lead_id
        UNION ALL
        SELECT lead_id FROM inquiry_link WHERE inquiry_id = ANY(CAST(:inquiry_ids AS uuid[]))
        UNION ALL
        SELECT lead_id FROM lead WHERE inquiry_id = ANY(CAST(:inquiry_ids AS uuid[]))
        UNION ALL
        SELECT lead_id FROM lead WHERE contact_id = ANY(ARRAY(SELECT contact_id FROM touched))
    ) AS first
    UNION
    SELECT other.lead_id FROM near, LATERAL (
        SELECT into_id AS lead_id FROM lead_event
        WHERE lead_event.lead_id = near.lead_id AND into_id IS NOT NULL
        UNION ALL
        SELECT lead_id FROM lead_event WHERE into_id = near.lead_id
        UNION ALL
        SELECT lead_id FROM inquiry_link WHERE inquiry_id = ANY(ARRAY(
            SELECT inquiry_id FROM inquiry_link AS own WHERE own.lead_id = near.lead_id))
        OFFSET 0
    ) AS other
),
near_inquiry (inquiry_id) AS (
    SELECT inquiry_id FROM inquiry_link WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near))
    UNION
    SELECT inquiry_id FROM lead WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near))
    UNION
    SELECT unnest(CAST(:inquiry_ids AS uuid[]))
),
{_people("person", _CONTACTS)}
SELECT
    {_all("lead", "lead_id", "near")} AS openings,
    {_all("lead_event", "lead_id", "near")} AS steps,
    {_all("inquiry", "inquiry_id", "near_inquiry")} AS inquiries,
    {_all("inquiry_change", "inquiry_id", "near_inquiry")} AS changes,
    {_all("inquiry_link", "inquiry_id", "near_inquiry")} AS links,
    {_all("touch", "lead_id", "near")} AS touches,
    {_all("touch", "contact_id", "person", " AND lead_id IS NULL")} AS touches_of_people,
    {_all("contact_link", "contact_id", "person")} AS contact_links,
    EXISTS (SELECT FROM lead_story WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near)))
    OR EXISTS (SELECT FROM inquiry_story
        WHERE inquiry_id = ANY(ARRAY(SELECT inquiry_id FROM near_inquiry))) AS are_told
"""


async def find_known(session: Session, affected: Affected) -> tuple[Known, bool]:
    """All facts about these, and about what was ever joined with them; whether any of it has been
    told before.
    """
    rows = await session.execute(
        _FIND_KNOWN,
        {
            "lead_ids": list(affected.lead_ids),
            "inquiry_ids": list(affected.inquiry_ids),
            "contact_ids": list(affected.contact_ids),
        },
    )
    row = rows.one()
    facts = known(
        openings=_made(LeadOpening, row.openings),
        steps=_made(LeadStep, row.steps),
        inquiries=_made(InquiryFact, row.inquiries),
        changes=_made(InquiryChange, row.changes),
        links=_made(InquiryLinkFact, row.links),
        touches=[*_made(Touch, row.touches), *_made(Touch, row.touches_of_people)],
        contact_links=_made(ContactLinkFact, row.contact_links),
    )
    return facts, row.are_told


def _made(kind: Any, rows: Sequence[Sequence[Any]] | None) -> list[Any]:
    return [kind(*row) for row in rows or ()]


def _find(table: Table, key: str) -> str:
    return f"SELECT * FROM {table.name} WHERE {key} = ANY(CAST(:ids AS uuid[])) ORDER BY known_on"


_FIND_LEAD_STORIES = _find(lead_story, "lead_id")
_FIND_INQUIRY_STORIES = _find(inquiry_story, "inquiry_id")


async def find_versions(
    session: Session, *, lead_ids: Collection[UUID], inquiry_ids: Collection[UUID]
) -> dict[UUID, list[Version]]:
    """The versions of these stories in their order, by the id of lead or inquiry."""
    versions: dict[UUID, list[Version]] = defaultdict(list)
    for row in await session.execute(_FIND_LEAD_STORIES, {"ids": list(lead_ids)}):
        versions[row.lead_id].append(_lead_version(row))
    for row in await session.execute(_FIND_INQUIRY_STORIES, {"ids": list(inquiry_ids)}):
        story_id, known_on, known_until, *rest = row
        story = InquiryStory(story_id, *rest)
        versions[story_id].append(Version(known_on, known_until, story))
    return versions


def _lead_version(row: Row) -> Version:
    lead_id, known_on, known_until, *members, visits, holdings = row
    lasting = (
        Visit(stage, _moment(entered_at), seconds, _optional(since))
        for stage, entered_at, seconds, since in visits
    )
    members += [tuple(lasting), tuple(_holding(*item) for item in holdings)]
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
    lead_id, *rest, visits, holdings = version.story
    dates = (version.known_on, version.known_until)
    return (lead_id, *dates, *rest, _as_json(visits), _as_json(holdings))


def _as_json(rows: object) -> str:
    return json.dumps(rows, default=_text, ensure_ascii=False)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


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


_WRITE = f"WITH leads AS ({_write(lead_story, 'l')}) {_write(inquiry_story, 'i')}"
_REMOVE = f"WITH leads AS ({_remove(lead_story, 'l')}) {_remove(inquiry_story, 'i')}"


async def write_versions(
    session: Session, removed: Iterable[Version], added: Iterable[Version]
) -> None:
    """Replace versions; those added are sorted by id and day."""
    new = {(version.story[0], version.known_on) for version in added}
    gone = [version for version in removed if (version.story[0], version.known_on) not in new]
    if gone:
        await session.execute(
            _REMOVE, {**_keys("l", LeadStory, gone), **_keys("i", InquiryStory, gone)}
        )
    leads = [_lead_row(version) for version in added if isinstance(version.story, LeadStory)]
    inquiries = [_inquiry_row(item) for item in added if isinstance(item.story, InquiryStory)]
    if leads or inquiries:
        await session.execute(
            _WRITE, {**_columns(lead_story, "l", leads), **_columns(inquiry_story, "i", inquiries)}
        )


def _keys(prefix: str, kind: type, versions: Iterable[Version]) -> dict[str, list[Any]]:
    keys = [(item.story[0], item.known_on) for item in versions if isinstance(item.story, kind)]
    return {f"{prefix}_ids": [key[0] for key in keys], f"{prefix}_days": [key[1] for key in keys]}


def _columns(table: Table, prefix: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(table.columns)
    names = table.columns.keys()
    return {f"{prefix}_{name}": list(column) for name, column in zip(names, columns, strict=True)}
