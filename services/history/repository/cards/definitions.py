"""The tags and fields that supervisors have defined."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.history.domain.labels import FieldDefinition
from shared.database import Session

_LOCK = "SELECT pg_advisory_xact_lock(:lock)"
_DEFINITIONS_LOCK = 7_310_902
_LIST_TAGS = "SELECT key, name, version FROM tag_definition ORDER BY key"
_PUT_TAG = """
INSERT INTO tag_definition AS t (key, name, version, changed_at, changed_by)
VALUES (:key, :name, 1, :now, :actor)
ON CONFLICT (key) DO UPDATE SET name = excluded.name, version = t.version + 1,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by
RETURNING key, name, version
"""
_TAG_IS_USED = "SELECT EXISTS (SELECT FROM contact_tag WHERE tag = :key)"
_LIST_FIELDS = "SELECT key, name, type, options, version FROM field_definition ORDER BY key"
_PUT_FIELD = """
INSERT INTO field_definition AS f (key, name, type, options, version, changed_at, changed_by)
VALUES (:key, :name, :type, CAST(:options AS text[]), 1, :now, :actor)
ON CONFLICT (key) DO UPDATE SET name = excluded.name, options = excluded.options,
    version = f.version + 1, changed_at = excluded.changed_at, changed_by = excluded.changed_by
RETURNING key, name, type, options, version
"""
_FIELD_IS_USED = "SELECT EXISTS (SELECT FROM contact_field WHERE field = :key)"
_OPTIONS_USED = """
SELECT DISTINCT value #>> '{}' FROM contact_field
WHERE field = :key AND NOT value #>> '{}' = ANY(CAST(:options AS text[])) LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class TagDefinition:
    key: str
    name: str
    version: int


async def lock_definitions(session: Session) -> None:
    """Keep others from changing definitions and segments until the commit."""
    await session.execute(_LOCK, {"lock": _DEFINITIONS_LOCK})


async def list_tag_definitions(session: Session) -> list[TagDefinition]:
    return [TagDefinition(**row) for row in await session.execute(_LIST_TAGS)]


async def list_field_definitions(session: Session) -> list[FieldDefinition]:
    return [_field(row) for row in await session.execute(_LIST_FIELDS)]


def _field(row: object) -> FieldDefinition:
    members = dict(row)  # type: ignore[call-overload]
    return FieldDefinition(**members | {"options": tuple(members["options"])})


async def put_tag(
    session: Session, key: str, name: str, *, actor: str, now: datetime
) -> TagDefinition:
    params = {"key": key, "name": name, "actor": actor, "now": now}
    return TagDefinition(**(await session.execute(_PUT_TAG, params)).one())


async def put_field(
    session: Session,
    key: str,
    *,
    name: str,
    type_: str,
    options: Sequence[str],
    actor: str,
    now: datetime,
) -> FieldDefinition:
    """Create the field or replace its name and options; the type of one that is there stays."""
    params = {"key": key, "name": name, "type": type_, "actor": actor, "now": now}
    return _field((await session.execute(_PUT_FIELD, params | {"options": list(options)})).one())


async def tag_is_used(session: Session, key: str) -> bool:
    """Whether any contact has the tag."""
    return bool(await session.scalar(_TAG_IS_USED, {"key": key}))


async def field_is_used(session: Session, key: str) -> bool:
    """Whether the field has a value on any contact."""
    return bool(await session.scalar(_FIELD_IS_USED, {"key": key}))


async def find_value_beyond(session: Session, key: str, options: Sequence[str]) -> str | None:
    """A value of the field that is none of these options, if there is one."""
    value: str | None = await session.scalar(_OPTIONS_USED, {"key": key, "options": list(options)})
    return value


async def delete_tag(session: Session, key: str) -> None:
    await session.execute("DELETE FROM tag_definition WHERE key = :key", {"key": key})


async def delete_field(session: Session, key: str) -> None:
    await session.execute("DELETE FROM field_definition WHERE key = :key", {"key": key})
