"""Keeps the counters: changes are added, and a row that counts nothing any more is no row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS, MEASURES, Cell, Counters
from services.kpi.repository.rollups.counters import add_late_counters
from shared.database import Session

_KEY: Final = {
    "axis": "text",
    "value": "text",
    "bucket": "timestamptz",
    "currency": "text",
    "known_on": "date",
}
_KINDS: Final = dict.fromkeys(COUNTS, "bigint") | dict.fromkeys(AMOUNTS, "numeric")
# All that leads which come and are assigned count for: most batches change nothing else.
_OF_ARRIVALS: Final = (
    "received", "leads", "cohort_assigned", "cohort_entered", "opened", "assigned", "entered",
    "accept_due", "touch_due",
)  # fmt: skip
_IS_EMPTY = " AND ".join(f"{name} = 0" for name in MEASURES)
_CHANGED: Final = "changed"
_DAY: Final = "CAST(bucket AT TIME ZONE 'UTC' AS date)"


def measures_of(changes: Counters) -> tuple[str, ...]:
    """The measures that a statement writes which adds these changes."""
    names = set().union(*changes.values())
    return _OF_ARRIVALS if names.issubset(_OF_ARRIVALS) else MEASURES


@cache
def additions(measures: tuple[str, ...]) -> Mapping[str, str]:
    """What adds to the counters of quarters of an hour and of UTC days, and before them what they
    add, by name; each of the tables' answers which of the rows is empty now.
    """
    kinds = _KEY | {name: _KINDS[name] for name in measures}
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in kinds.items())
    days = ", ".join(f"sum({name})" for name in measures)
    is_none = " AND ".join(f"sum({name}) = 0" for name in measures)
    key = "axis, value, {bucket}, currency, known_on"
    of_day = key.format(bucket=_DAY)
    return {
        _CHANGED: f"SELECT * FROM unnest({arrays}) AS n ({', '.join(kinds)})",
        "counter": _add("counter", "bucket", measures, f"SELECT * FROM new_{_CHANGED}"),
        "day_counter": _add(
            "day_counter",
            "day",
            measures,
            f"SELECT {of_day}, {days} FROM new_{_CHANGED} GROUP BY {of_day} HAVING NOT ({is_none})",
        ),
    }


def _add(table: str, bucket: str, measures: Sequence[str], rows: str) -> str:
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in measures)
    return f"""
    INSERT INTO {table} (axis, value, {bucket}, currency, known_on, {", ".join(measures)}) {rows}
    ON CONFLICT (axis, {bucket}, value, currency, known_on) DO UPDATE SET {sums}
    RETURNING {_IS_EMPTY} AS is_empty"""


def _drop_empty(table: str, bucket: str, place: str) -> str:
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _KEY.items())
    return f"""
    DELETE FROM {table} USING unnest({arrays}) AS old ({", ".join(_KEY)})
    WHERE {table}.axis = old.axis AND {table}.value = old.value
        AND {table}.{bucket} = {place} AND {table}.currency = old.currency
        AND {table}.known_on = old.known_on AND {_IS_EMPTY}"""


_DROP_EMPTY = f"""
WITH quarter AS ({_drop_empty("counter", "bucket", "old.bucket")})
{_drop_empty("day_counter", "day", _DAY.replace("bucket", "old.bucket"))}
"""


def additions_of(changes: Counters) -> dict[str, Any]:
    """The parameters of what adds these changes, of which there are some, and of `drop_empty`."""
    columns = dict(zip(Cell._fields, zip(*changes, strict=True), strict=True))
    rows = changes.values()
    numbers = {name: [row.get(name, 0) for row in rows] for name in measures_of(changes)}
    return {**columns, **numbers}


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
