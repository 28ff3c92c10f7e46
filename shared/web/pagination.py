"""Keyset pagination: `{"items": […], "next_cursor": …}`, newest id first, never by offset.

A full walk gives each row that existed at its start exactly once, because ids never change.
"""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

from shared.errors import InvalidError
from shared.text import require_storable
from shared.web.ranges import LARGEST_NUMBER, storable_moment

Row = TypeVar("Row")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_MOST_DIGITS = 19
_TEXTS = TypeAdapter(list[str])


class Page(BaseModel, Generic[Row]):
    items: list[Row]
    next_cursor: str | None = None


def encode_cursor(*values: Any) -> str:
    """An opaque cursor of the last row's sort values."""
    text = json.dumps([str(value) for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *readers: Callable[[str], Any]) -> tuple[Any, ...]:
    """What `encode_cursor` was given, each value read and bounded by its reader below.

    Raises InvalidError that names `cursor`, for whatever the database could not be asked for.
    """
    try:
        values = _TEXTS.validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return tuple(reader(value) for reader, value in zip(readers, values, strict=True))
    except (ValueError, OverflowError, RecursionError):
        raise InvalidError(
            "The cursor is not one of ours.", errors=[("/cursor", "unknown cursor")]
        ) from None


def cursor_id(text: str) -> UUID:
    return UUID(text)


def cursor_number(text: str) -> int:
    """A number that fits the widest column."""
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        raise ValueError("no number of ours")
    if int(text) > LARGEST_NUMBER:
        raise ValueError("beyond the widest column")
    return int(text)


def cursor_moment(text: str) -> datetime:
    return storable_moment(datetime.fromisoformat(text))


def cursor_text(text: str) -> str:
    return require_storable(text)


def number_cursor(cursor: str | None) -> int | None:
    """The number after which the page begins. Raises InvalidError that names `cursor`."""
    return None if cursor is None else decode_cursor(cursor, cursor_number)[0]


def uuid_cursor(cursor: str | None) -> UUID | None:
    """The id after which the page begins. Raises InvalidError that names `cursor`."""
    return None if cursor is None else decode_cursor(cursor, cursor_id)[0]


def moment_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Moment and id after which the page begins. Raises InvalidError that names `cursor`."""
    if cursor is None:
        return None
    moment, row_id = decode_cursor(cursor, cursor_moment, cursor_id)
    return moment, row_id


def page(rows: Sequence[Row], *, limit: int, key: Callable[[Row], Any]) -> Page[Row]:
    """Cut `limit` rows of the `limit + 1` asked for; the extra one means a next page.

    `key` gives the sort value of a row, or a tuple of several.
    """
    items = list(rows[:limit])
    if len(rows) <= limit:
        return Page(items=items)
    values = key(items[-1])
    return Page(
        items=items, next_cursor=encode_cursor(*(values if isinstance(values, tuple) else [values]))
    )
