"""Keyset pagination: `{"items": […], "next_cursor": …}`, newest id first, never by offset.

A full walk gives each row that existed at its start exactly once, because ids never change. A
cursor is of one list: with other filters, or another order, it would leave rows out silently.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import InvalidError
from shared.text import require_storable
from shared.web.ranges import LARGEST_NUMBER, storable_moment

Row = TypeVar("Row")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_MOST_DIGITS = 19
_TEXTS = TypeAdapter(list[str])
# What a page can be asked for in while one walks: parameters that are no part of the list.
_OF_A_PAGE = frozenset({"cursor", "limit", "format", "lang"})
_TAG_BYTES = 6
# How the description of a bare array that has pages tells of `link_next`.
LINKED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "headers": {
            "Link": {
                "description": 'the next page, as `<?cursor=…>; rel="next"`, where there is one',
                "schema": {"type": "string"},
            }
        }
    }
}
_list: ContextVar[str] = ContextVar("list", default="")  # which one is asked for, as a tag


class Page(BaseModel, Generic[Row]):
    items: list[Row]
    next_cursor: str | None = None


def note_list(path: str, parameters: Iterable[tuple[str, str]]) -> None:
    """Cursors that are made or read from now on, in this request, are of this list."""
    _list.set(tag_of(path, parameters))


def tag_of(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """What the cursors of a list end in: which route, which filters, which order."""
    filters = sorted(item for item in parameters if item[0] not in _OF_A_PAGE)
    named = json.dumps([path, filters]).encode()
    return hashlib.blake2b(named, digest_size=_TAG_BYTES).hexdigest()


def encode_cursor(*values: Any) -> str:
    """An opaque cursor of the last row's sort values, and of the list that is asked for."""
    words = [str(value) for value in values]
    text = json.dumps(words, separators=(",", ":"), ensure_ascii=False)
    return f"{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}.{_list.get()}"


def decode_cursor(cursor: str, *readers: Callable[[str], Any]) -> tuple[Any, ...]:
    """What `encode_cursor` was given, each value read and bounded by its reader below.

    Raises InvalidError that names `cursor`, for whatever the database could not be asked for, and
    for a cursor of another list.
    """
    place, _, tag = cursor.partition(".")
    try:
        values = _TEXTS.validate_json(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))
        parts = tuple(reader(value) for reader, value in zip(readers, values, strict=True))
    except (ValueError, OverflowError, RecursionError):
        raise InvalidError(
            "The cursor is not one of ours.", errors=[("/cursor", "unknown cursor")]
        ) from None
    require_same_list(tag)
    return parts


def require_same_list(tag: str) -> None:
    """Raises InvalidError unless a cursor with this tag is of the list that is asked for."""
    if tag != _list.get():
        detail = "is of another list, of other filters or of another order"
        raise InvalidError("The cursor is of another list.", errors=[("/cursor", detail)])


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


def link_next(request: Request, answer: Response, cursor: str | None) -> None:
    """Say in `Link` (RFC 8288), of a list that is a bare array, where its next page is: at the same
    path, behind whatever stands before the service.
    """
    if cursor is not None:
        others = [item for item in request.query_params.multi_items() if item[0] != "cursor"]
        query = urlencode([*others, ("cursor", cursor)])
        answer.headers["Link"] = f'<?{query}>; rel="next"'


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
