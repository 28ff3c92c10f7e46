"""Tags and fields as they were set on contacts: owned data, which no replay brings back."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from services.history.domain.labels import FieldValue
from shared.database import Session
from shared.statements import columns

_TAGS = """
SELECT DISTINCT tag FROM contact_tag WHERE contact_id = ANY(CAST(:contacts AS uuid[])) ORDER BY tag
"""
_VALUES = """
SELECT contact_id, field, value, set_at, set_by FROM contact_field
WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
"""
_VERSION = """
SELECT coalesce(sum(version), 0) FROM contact_label
WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
"""
# Writers of one person come one after another, also if nothing was ever set on any contact.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('labels:' || :person, 0))"
_REMOVE_TAGS = """
DELETE FROM contact_tag
WHERE contact_id = ANY(CAST(:contacts AS uuid[])) AND NOT tag = ANY(CAST(:tags AS text[]))
"""
_ADD_TAGS = """
INSERT INTO contact_tag (contact_id, tag, set_at, set_by)
SELECT :contact, t.tag, :now, :actor FROM unnest(CAST(:tags AS text[])) AS t(tag)
WHERE t.tag NOT IN (
    SELECT h.tag FROM contact_tag AS h WHERE h.contact_id = ANY(CAST(:contacts AS uuid[])))
ON CONFLICT DO NOTHING
"""
_REMOVE_FIELDS = """
DELETE FROM contact_field
WHERE contact_id = ANY(CAST(:contacts AS uuid[])) AND field = ANY(CAST(:fields AS text[]))
"""
_SET_FIELDS = """
INSERT INTO contact_field (contact_id, field, value, set_at, set_by)
SELECT :contact, n.field, CAST(n.value AS jsonb), :now, :actor
FROM unnest(CAST(:fields AS text[]), CAST(:values AS text[])) AS n(field, value)
ON CONFLICT (contact_id, field) DO UPDATE SET
    value = excluded.value, set_at = excluded.set_at, set_by = excluded.set_by
"""
_COUNT_CHANGE = """
INSERT INTO contact_label AS l (contact_id, version) VALUES (:contact, 1)
ON CONFLICT (contact_id) DO UPDATE SET version = l.version + 1
"""
_BLANK = """
WITH tags AS (
    DELETE FROM contact_tag WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
)
DELETE FROM contact_field WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
"""


async def list_tags(session: Session, contact_ids: Collection[UUID]) -> list[str]:
    """The tags on any of these contacts."""
    return (await session.execute(_TAGS, {"contacts": list(contact_ids)})).scalars()


async def list_values(session: Session, contact_ids: Collection[UUID]) -> list[FieldValue]:
    """What was set in fields, for each contact."""
    rows = await session.execute(_VALUES, {"contacts": list(contact_ids)})
    return [FieldValue(**row) for row in rows]


async def get_version(session: Session, contact_ids: Collection[UUID]) -> int:
    """How often labels of these contacts have been changed."""
    return int(await session.scalar(_VERSION, {"contacts": list(contact_ids)}))


async def lock_labels(session: Session, person_id: UUID) -> None:
    """Keep others from changing this person's labels until the commit."""
    await session.execute(_LOCK, {"person": str(person_id)})


async def write_labels(
    session: Session,
    contact_id: UUID,
    contact_ids: Collection[UUID],
    *,
    tags: Collection[str] | None,
    fields: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> None:
    """Make `tags` those of the person, if given, and set `fields`, where None takes a value away.

    What is new is set on `contact_id`; what is taken away goes from all `contact_ids`.
    """
    params = {"contact": contact_id, "contacts": list(contact_ids), "now": now, "actor": actor}
    if tags is not None:
        params["tags"] = sorted(tags)
        await session.execute(_REMOVE_TAGS, params)
        await session.execute(_ADD_TAGS, params)
    emptied = [name for name, value in fields.items() if value is None]
    if emptied:
        await session.execute(_REMOVE_FIELDS, params | {"fields": emptied})
    rows = [(name, to_json(value).decode()) for name, value in fields.items() if value is not None]
    if rows:
        await session.execute(_SET_FIELDS, params | columns("fields values", rows))
    await session.execute(_COUNT_CHANGE, params)


async def blank_labels(session: Session, contact_ids: Collection[UUID]) -> None:
    """Take away all that was set on these contacts; how often it was changed stays."""
    await session.execute(_BLANK, {"contacts": list(contact_ids)})
