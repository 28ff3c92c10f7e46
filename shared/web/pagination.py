"""Keyset pagination: `{"items": […], "next_cursor": …}`, newest id first, never by offset.

A full walk gives each row that existed at its start exactly once, because ids never change.
"""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from shared.errors import InvalidError

Row = TypeVar("Row")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Page(BaseModel, Generic[Row]):
    items: list[Row]
    next_cursor: str | None = None


def encode_cursor(*values: Any) -> str:
    """An opaque cursor of the last row's sort values."""
    text = json.dumps([str(value) for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *, length: int = 1) -> list[str]:
    """What `encode_cursor` was given, as text. Raises InvalidError that names `cursor`."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(values, list) and len(values) == length:
            return [str(value) for value in values]
    except ValueError:
        pass
    raise InvalidError("The cursor is not one of ours.", errors=[("/cursor", "unknown cursor")])


def uuid_cursor(cursor: str | None) -> UUID | None:
    """The id after which the page begins. Raises InvalidError that names `cursor`."""
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor)[0])
    except ValueError:
        raise InvalidError(
            "The cursor is not one of ours.", errors=[("/cursor", "unknown cursor")]
        ) from None


def page(rows: Sequence[Row], *, limit: int, key: Callable[[Row], Any]) -> Page[Row]:
    """Cut `limit` rows of the `limit + 1` asked for; the extra one tells of a next page."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return Page(items=items, next_cursor=encode_cursor(key(items[-1])) if more else None)
