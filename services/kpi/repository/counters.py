"""Keeps the counters: changes are added, and a row that counts nothing any more is no row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS, MEASURES, Cell, Counters
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
_ADD = f"""
WITH quarter AS ({_add(*_QUARTERS_OF_HOURS)}), whole_day AS ({_add(*_OF_DAYS)})
SELECT EXISTS (SELECT FROM quarter WHERE is_empty) OR EXISTS (SELECT FROM whole_day WHERE is_empty)
"""
_DROP_EMPTY = f"""
WITH quarter AS ({_drop_empty(*_QUARTERS_OF_HOURS)}) {_drop_empty(*_OF_DAYS)}
"""


async def add_to_counters(session: Session, changes: Counters) -> None:
    """Add the changes to the counters of quarters of an hour and of UTC days."""
    if not changes:
        return
    by_day = _by_day(changes)
    cells, days = sorted(changes), sorted(by_day)
    keys = _keys(cells, "") | _keys(days, _DAYS)
    numbers = _numbers(cells, changes, "") | _numbers(days, by_day, _DAYS)
    if await session.scalar(_ADD, keys | numbers):
        await drop_empty(session, keys)


async def drop_empty(session: Session, keys: Mapping[str, Any]) -> None:
    """Remove those of the rows with these keys that count nothing, as if they had never been."""
    await session.execute(_DROP_EMPTY, keys)


def _by_day(changes: Counters) -> Counters:
    days: dict[Cell, dict[str, int | Decimal]] = defaultdict(lambda: defaultdict(int))
    for cell, numbers in changes.items():
        # The date takes the place of the moment, as it does in the table.
        day: Any = cell.bucket.astimezone(UTC).date()
        sums = days[cell._replace(bucket=day)]
        for name, number in numbers.items():
            sums[name] += number
    return {cell: sums for cell, sums in days.items() if any(sums.values())}


def _keys(cells: Sequence[Cell], prefix: str) -> dict[str, Any]:
    columns = zip(*cells, strict=True) if cells else ((),) * len(Cell._fields)
    return {
        f"{prefix}{name}": list(column) for name, column in zip(Cell._fields, columns, strict=True)
    }


def _numbers(cells: Sequence[Cell], changes: Counters, prefix: str) -> dict[str, Any]:
    rows = [changes[cell] for cell in cells]
    return {f"{prefix}{name}": [row.get(name, 0) for row in rows] for name in MEASURES}
