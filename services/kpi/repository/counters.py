"""Keeps the counters: changes are added, and a row that counts nothing any more is no row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date
from decimal import Decimal
from typing import Any, Final

from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS, MEASURES, Cell, Counters
from services.kpi.repository.rollups.counters import add_late_counters
from shared.database import Session

_KINDS = {
    "axis": "text",
    "value": "text",
    "bucket": "timestamptz",
    "currency": "text",
    "known_on": "date",
    **dict.fromkeys(COUNTS, "bigint"),
    **dict.fromkeys(AMOUNTS, "numeric"),
}
_IS_EMPTY = " AND ".join(f"{name} = 0" for name in MEASURES)
_DAYS = "d_"  # before the names of the parameters for days


def _add(table: str, bucket: str, kind: str, prefix: str) -> str:
    kinds = _KINDS | {"bucket": kind}
    columns = ", ".join(bucket if name == "bucket" else name for name in kinds)
    arrays = ", ".join(f"CAST(:{prefix}{name} AS {kind}[])" for name, kind in kinds.items())
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in MEASURES)
    return f"""
    INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays})
    ON CONFLICT (axis, {bucket}, value, currency, known_on) DO UPDATE SET {sums}
    RETURNING {_IS_EMPTY} AS is_empty"""


def _drop_empty(table: str, bucket: str, kind: str, prefix: str) -> str:
    kinds = _KINDS | {"bucket": kind}
    arrays = ", ".join(f"CAST(:{prefix}{name} AS {kinds[name]}[])" for name in Cell._fields)
    return f"""
    DELETE FROM {table} USING unnest({arrays}) AS old ({", ".join(Cell._fields)})
    WHERE {table}.axis = old.axis AND {table}.value = old.value
        AND {table}.{bucket} = old.bucket AND {table}.currency = old.currency
        AND {table}.known_on = old.known_on AND {_IS_EMPTY}"""


_QUARTERS_OF_HOURS = ("counter", "bucket", "timestamptz", "")
_OF_DAYS = ("day_counter", "day", "date", _DAYS)
# What adds to the counters of quarters of an hour and of UTC days, by the names of the tables; each
# answers which of the rows is empty now.
ADDITIONS: Final = {
    _QUARTERS_OF_HOURS[0]: _add(*_QUARTERS_OF_HOURS),
    _OF_DAYS[0]: _add(*_OF_DAYS),
}
_DROP_EMPTY = f"""
WITH quarter AS ({_drop_empty(*_QUARTERS_OF_HOURS)}) {_drop_empty(*_OF_DAYS)}
"""


def additions_of(changes: Counters) -> dict[str, Any]:
    """The parameters of what adds these changes, and of `drop_empty`."""
    by_day = _by_day(changes)
    return _columns(changes, "") | _columns(by_day, _DAYS)


async def add_late(session: Session, changes: Counters, until: date) -> None:
    """Add those of the changes that became known before the day to what was summed up to it."""
    late = {cell: numbers for cell, numbers in changes.items() if cell.known_on < until}
    if late:
        await add_late_counters(session, _by_day(late), late)


async def drop_empty(session: Session, additions: Mapping[str, Any]) -> None:
    """Remove those of the rows with these keys that count nothing, as if they had never been."""
    await session.execute(_DROP_EMPTY, additions)


def _by_day(changes: Counters) -> Counters:
    days: dict[Cell, dict[str, int | Decimal]] = defaultdict(lambda: defaultdict(int))
    for cell, numbers in changes.items():
        # The date takes the place of the moment, as it does in the table.
        day: Any = cell.bucket.astimezone(UTC).date()
        sums = days[cell._replace(bucket=day)]
        for name, number in numbers.items():
            sums[name] += number
    return {cell: sums for cell, sums in days.items() if any(sums.values())}


def _columns(changes: Counters, prefix: str) -> dict[str, Sequence[Any]]:
    rows = changes.values()
    columns = zip(*changes, strict=True) if changes else ((),) * len(Cell._fields)
    return {
        **dict(zip((f"{prefix}{name}" for name in Cell._fields), columns, strict=True)),
        **{f"{prefix}{name}": [row.get(name, 0) for row in rows] for name in MEASURES},
    }
