"""Adds what became known on some days to the sums of counters over blocks of days."""

from collections import defaultdict
from datetime import UTC, date
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple

from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS, MEASURES, Cell, Counters
from services.kpi.repository.rollups.empty import KEYS, drop_empty, empty_rows
from shared.database import Session

# Where the row lies and who wrote it: no two versions of it have the same. A column would differ
# between tables that are rebuilt and those that are live.
_GET_ROLLED: Final = """
SELECT until, concat_ws(' ', CAST(tableoid AS text), CAST(xmin AS text), CAST(ctid AS text))
FROM rolled
"""
COMPANY: Final = "company"
# The axes of the company's counters by the hours and quarters of an hour of a day; values count
# them from 0.
HOUR: Final = "hour"
QUARTER: Final = "quarter"
SECONDS_OF: Final = {HOUR: 3600, QUARTER: 900}
_OF_DAY: Final = ", ".join(f"'{axis}'" for axis in SECONDS_OF)
_KEY: Final = tuple(KEYS["counter"])
_KINDS: Final = {
    **dict.fromkeys(("axis", "day", "value", "currency", "known_on"), "text"),
    "day": "date",
    "known_on": "date",
    **dict.fromkeys(COUNTS, "bigint"),
    **dict.fromkeys(AMOUNTS, "numeric"),
}
_NAMES: Final = ", ".join(_KINDS)
_NEW: Final = f"""
SELECT {_NAMES} FROM day_counter WHERE known_on >= :since AND known_on < :until
UNION ALL
SELECT s.axis, CAST(bucket AT TIME ZONE 'UTC' AS date), CAST(CAST(
        extract(epoch FROM bucket) AS bigint) % 86400 / s.seconds AS text), currency, known_on,
    {", ".join(MEASURES)}
FROM counter AS c JOIN (VALUES {", ".join(map(str, SECONDS_OF.items()))}) AS s (axis, seconds)
    ON c.axis = '{COMPANY}'
WHERE known_on >= :since AND known_on < :until"""
_LATE: Final = "SELECT * FROM unnest({arrays}) AS late ({names})".format(
    arrays=", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _KINDS.items()), names=_NAMES
)


def begin_of_block(day: str, span: str) -> str:
    """SQL: the first day of the day's block; the remainder is not negative before 1970 either."""
    number = f"({day} - DATE '1970-01-01')"
    return f"({day} - ({number} % {span} + {span}) % {span})"


_SUMS: Final = ", ".join(
    f"sum({name}) AS {name}" if name in AMOUNTS else f"CAST(sum({name}) AS bigint) AS {name}"
    for name in MEASURES
)
_MEASURES: Final = ", ".join(MEASURES)
_IS_EMPTY: Final = " AND ".join(f"s.{name} = 0" for name in MEASURES)


def _insert(table: str, key: tuple[str, ...], source: str) -> str:
    addition = ", ".join(f"{name} = s.{name} + excluded.{name}" for name in MEASURES)
    names = ", ".join(key)
    return f"""
    INSERT INTO {table} AS s ({names}, {_MEASURES}) {source.format(names)}
    ON CONFLICT ({names}) DO UPDATE SET {addition}
    RETURNING {names}, {_IS_EMPTY} AS is_empty"""


@cache
def _add(source: str) -> str:
    """Single days of the axes are not repeated among the gains: `day_counter` has them. Answers
    which rows count nothing any more.
    """
    names = "value, currency, known_on"
    eight, many = begin_of_block("day", "8"), begin_of_block("first_day", "64")
    days = f"SELECT axis, 1 AS span, day AS first_day, {names}, {_MEASURES} FROM new"
    gains = _insert("counter_gain", (*_KEY, "known_on"), f"SELECT {{}}, {_MEASURES} FROM gained")
    every = f"SELECT * FROM gained UNION ALL {days} WHERE axis NOT IN ({_OF_DAY})"
    sums = _insert(
        "counter_sum", _KEY, f"SELECT {{0}}, {_SUMS} FROM ({every}) AS every GROUP BY {{0}}"
    )
    return f"""
    WITH new AS MATERIALIZED ({source}), eight AS MATERIALIZED (
        SELECT axis, {eight} AS first_day, {names}, {_SUMS} FROM new
        WHERE axis NOT IN ({_OF_DAY}) GROUP BY axis, 2, {names}
    ), gained AS MATERIALIZED (
        SELECT axis, 8 AS span, first_day, {names}, {_MEASURES} FROM eight
        UNION ALL
        SELECT axis, 64, {many}, {names}, {_SUMS} FROM eight GROUP BY axis, 3, {names}
        UNION ALL
        SELECT axis, 1, day, {names}, {_SUMS} FROM new
        WHERE axis IN ({_OF_DAY}) GROUP BY axis, day, {names}
    ), gains AS ({gains}), sums AS ({sums})
    {empty_rows(_KEY)}"""


class Rolled(NamedTuple):
    """What became known before the day `until` is in the sums; the earliest day there is if nothing
    is. The `stamp` is another one as soon as any sum changes, or tables are exchanged.
    """

    until: date
    stamp: str | None


async def get_rolled(session: Session) -> Rolled:
    rows = await session.execute(_GET_ROLLED)
    return next((Rolled(*row) for row in rows), Rolled(date.min, None))


async def get_rolled_until(session: Session) -> date:
    return (await get_rolled(session)).until


async def renew_stamp(session: Session) -> None:
    """Sums have changed: nobody may take them for those that were read before."""
    await session.execute("UPDATE rolled SET until = until")


async def roll_up_counters(session: Session, since: date, until: date) -> None:
    """Add what became known from `since` to before `until`."""
    await session.execute("SET LOCAL work_mem = '64MB'")
    await _write(session, _NEW, {"since": since, "until": until})
    # Pages that are not summarised are read by every search for a day of knowledge.
    await session.execute(
        "SELECT brin_summarize_new_values('counter_known'),"
        " brin_summarize_new_values('day_counter_known')"
    )


async def add_late_counters(session: Session, days: Counters, quarters: Counters) -> None:
    """Add changes of what was rolled up before; those by day are the same as those by quarters."""
    cells = days | _of_day(quarters)
    if cells:
        names = ("day" if name == "bucket" else name for name in Cell._fields)
        keys = {
            name: list(column) for name, column in zip(names, zip(*cells, strict=True), strict=True)
        }
        numbers = {name: [row.get(name, 0) for row in cells.values()] for name in MEASURES}
        await _write(session, _LATE, keys | numbers)


async def _write(session: Session, source: str, parameters: dict[str, Any]) -> None:
    empty = await session.execute(_add(source), parameters)
    await drop_empty(session, "counter", empty)
    await renew_stamp(session)


def _of_day(quarters: Counters) -> Counters:
    cells: dict[Cell, dict[str, int | Decimal]] = defaultdict(lambda: defaultdict(int))
    for cell, numbers in quarters.items():
        if cell.axis == COMPANY:
            at = cell.bucket.astimezone(UTC)
            day: Any = at.date()  # takes the place of the moment, as in the table
            for axis, seconds in SECONDS_OF.items():
                value = str((at.hour * 3600 + at.minute * 60) // seconds)
                sums = cells[cell._replace(axis=axis, bucket=day, value=value)]
                for name, number in numbers.items():
                    sums[name] += number
    return dict(cells)
