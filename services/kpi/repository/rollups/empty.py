"""Removes sums that count nothing any more: their values may be words of somebody forgotten.

No index finds them, because that would have to follow every change of a sum: then the rows of a
block, written together, would not stay beside each other.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from shared.database import Row, Session

# The kinds of what tells sums apart; gains have the day of knowledge besides.
KEYS: Final = {
    "counter": {
        "axis": "text", "span": "smallint", "first_day": "date", "value": "text",
        "currency": "text",
    },
    "duration": {"measure": "text", "span": "smallint", "first_day": "date", "value": "text"},
}  # fmt: skip
_IS_OF: Final = {
    "gain": "s.known_on = old.known_on",
    "sum": "old.known_on IS NULL",
}


def empty_rows(key: Iterable[str]) -> str:
    """SQL: which of the rows of `gains` and `sums` are empty; `known_on` is null of sums."""
    names = ", ".join(key)
    return f"""SELECT {names}, known_on FROM gains WHERE is_empty
    UNION ALL SELECT {names}, NULL FROM sums WHERE is_empty"""


async def drop_empty(session: Session, name: str, rows: Iterable[Row]) -> None:
    """Remove these rows of the sums and gains of that name."""
    rows = list(rows)
    if not rows:
        return
    keys = {key: [row[key] for row in rows] for key in (*KEYS[name], "known_on")}
    for kind in _IS_OF:
        await session.execute(_drop(name, kind), keys)


@cache
def _drop(name: str, kind: str) -> str:
    kinds = KEYS[name] | {"known_on": "date"}
    arrays = ", ".join(f"CAST(:{key} AS {type_}[])" for key, type_ in kinds.items())
    is_same = " AND ".join(f"s.{key} = old.{key}" for key in KEYS[name])
    return f"""DELETE FROM {name}_{kind} AS s USING unnest({arrays}) AS old ({", ".join(kinds)})
    WHERE {is_same} AND {_IS_OF[kind]}"""
