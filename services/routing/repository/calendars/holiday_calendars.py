"""Rows of holiday calendars, which managers' calendars name."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shared.database import Row, Session
from shared.errors import NotFoundError

_SELECT = "SELECT key, number, content, version FROM holiday_calendar"
_LIST = f"""
{_SELECT} WHERE CAST(:before AS bigint) IS NULL OR number < :before
ORDER BY number DESC LIMIT :limit
"""
_OF_KEYS = f"{_SELECT} WHERE key = ANY(CAST(:keys AS text[]))"
# Whoever names a holiday calendar keeps it from changing or going away meanwhile.
_LOCK_KEYS = """
SELECT key FROM holiday_calendar WHERE key = ANY(CAST(:keys AS text[])) ORDER BY key FOR SHARE
"""
_LOCK = "SELECT key FROM holiday_calendar WHERE key = :key FOR UPDATE"
_WRITE = """
INSERT INTO holiday_calendar (key, content) VALUES (:key, CAST(:content AS jsonb))
ON CONFLICT (key) DO UPDATE SET content = excluded.content,
    version = holiday_calendar.version + 1
"""
_DELETE = "DELETE FROM holiday_calendar WHERE key = :key RETURNING key"


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    key: str
    number: int
    content: Mapping[str, Any]
    version: int


def no_holiday_calendar() -> NotFoundError:
    return NotFoundError("There is no such holiday calendar.")


def _as_calendar(row: Row) -> HolidayCalendar:
    return HolidayCalendar(**row)


async def get_holiday_calendar(session: Session, key: str) -> HolidayCalendar:
    """Raises NotFoundError."""
    row = (await session.execute(_OF_KEYS, {"keys": [key]})).first()
    if row is None:
        raise no_holiday_calendar()
    return _as_calendar(row)


async def list_holiday_calendars(
    session: Session, *, before: int | None, limit: int
) -> list[HolidayCalendar]:
    """Newest first, below `before`; one more than `limit` shows that there is a next page."""
    rows = await session.execute(_LIST, {"before": before, "limit": limit + 1})
    return [_as_calendar(row) for row in rows]


async def list_named(session: Session, keys: Collection[str]) -> list[HolidayCalendar]:
    if not keys:
        return []
    rows = await session.execute(_OF_KEYS, {"keys": sorted(keys)})
    return [_as_calendar(row) for row in rows]


async def lock_holiday_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the keys that exist; they stay as they are until the transaction ends."""
    if not keys:
        return set()
    rows = await session.execute(_LOCK_KEYS, {"keys": sorted(keys)})
    return set(rows.scalars())


async def lock_holiday_calendar(session: Session, key: str) -> bool:
    """Whether there is one; nobody can begin to name it until the transaction ends."""
    return await session.scalar(_LOCK, {"key": key}) is not None


async def write_holiday_calendar(session: Session, key: str, content: Mapping[str, Any]) -> None:
    """Create or replace it."""
    text = json.dumps(content, ensure_ascii=False)
    await session.execute(_WRITE, {"key": key, "content": text})


async def delete_holiday_calendar(session: Session, key: str) -> bool:
    """Whether there was one."""
    return await session.scalar(_DELETE, {"key": key}) is not None
