"""Adds what became known on some days to the sums of counters over blocks of days."""

from datetime import date
from functools import cache
from typing import Final

from services.kpi.domain.rollups.classes import DIGITS
from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS, MEASURES, Cell, Counters
from shared.database import Session

# Days of a block of what happened, and of a block of knowledge. Single days are in `day_counter`.
_OF_EIGHT: Final = ((8, 1), (64, 1), (8, 8), (64, 8), (8, 64), (64, 64))  # beside (1, 64)
_SUMMED: Final = ("packed", *AMOUNTS)
_SUMS: Final = ", ".join(f"sum({name})" for name in _SUMMED)
_AMOUNTS: Final = ", ".join(AMOUNTS)


def begin_of_block(day: str, span: str) -> str:
    """SQL: the first day of the day's block; the remainder is not negative before 1970 either."""
    number = f"({day} - DATE '1970-01-01')"
    return f"({day} - ({number} % {span} + {span}) % {span})"


def packed(measure: str) -> str:
    """SQL: the counts of measures in one number; `measure` is formatted with the name of each."""
    digits = (f"{measure} * CAST('1e{DIGITS * place}' AS numeric)" for place in range(len(COUNTS)))
    return " + ".join(each.format(name) for each, name in zip(digits, COUNTS, strict=True))


def _grouped(source: str, key: str, names: str) -> str:
    """SQL: the sums of counters by the key, which is given as expressions with names."""
    columns = ", ".join(f"sum({name}) AS {name}" for name in MEASURES)
    return (
        f"SELECT {names}, {packed('{}')} AS packed, {_AMOUNTS} FROM ("
        f"SELECT {key}, {columns} FROM {source} GROUP BY {names}) AS summed"
    )


def _insert(table: str, names: str, select: str) -> str:
    sums = ", ".join(f"{name} = r.{name} + excluded.{name}" for name in _SUMMED)
    return f"""
    INSERT INTO {table} AS r ({names}, {", ".join(_SUMMED)}) {select}
    ON CONFLICT ({names}) DO UPDATE SET {sums}"""


def _by_days(source: str) -> str:
    spans = ", ".join(f"({span}, {known_span})" for span, known_span in _OF_EIGHT)
    names = "axis, span, known_span, first_day, value, currency, known_from"
    day, learnt = begin_of_block("day", "8"), begin_of_block("known_on", "64")
    eight = _grouped(
        source, f"axis, {day} AS block, value, currency, known_on",
        "axis, block, value, currency, known_on",
    )  # fmt: skip
    one = _grouped(
        source, f"axis, day, value, currency, {learnt} AS known_from",
        "axis, day, value, currency, known_from",
    )  # fmt: skip
    select = f"""
    SELECT axis, s.span, s.known_span, {begin_of_block("block", "s.span")} AS first_day, value,
        currency, {begin_of_block("known_on", "s.known_span")} AS known_from, {_SUMS}
    FROM ({eight}) AS eight CROSS JOIN (VALUES {spans}) AS s (span, known_span)
    GROUP BY {names}
    UNION ALL
    SELECT axis, 1, 64, day, value, currency, known_from, {", ".join(_SUMMED)}
    FROM ({one}) AS one"""
    return _insert("counter_rollup", names, select)


def _by_hours(source: str) -> str:
    names = "known_span, hour, currency, known_from"
    hours = _grouped(
        f"{source} WHERE axis = 'company'",
        "date_trunc('hour', bucket, 'UTC') AS hour, currency, known_on",
        "hour, currency, known_on",
    )
    select = f"""
    SELECT s.known_span, hour, currency, {begin_of_block("known_on", "s.known_span")} AS known_from,
        {_SUMS}
    FROM ({hours}) AS one CROSS JOIN (VALUES (1), (8), (64)) AS s (known_span)
    GROUP BY {names}"""
    return _insert("hour_rollup", names, select)


_NEW = "(SELECT * FROM {table} WHERE known_on >= :since AND known_on < :until) AS new"
_ROLL_UP_DAYS = _by_days(_NEW.format(table="day_counter"))
_ROLL_UP_HOURS = _by_hours(_NEW.format(table="counter"))


async def get_rolled_until(session: Session) -> date:
    """What became known before that day is in the sums; the earliest day there is if nothing is."""
    until: date | None = await session.scalar("SELECT until FROM rolled")
    return until or date.min


async def roll_up_counters(session: Session, since: date, until: date) -> None:
    """Add what became known from `since` to before `until`."""
    await session.execute("SET LOCAL work_mem = '64MB'")
    for statement in (_ROLL_UP_DAYS, _ROLL_UP_HOURS):
        await session.execute(statement, {"since": since, "until": until})
    # Pages that are not summarised are read by every search for a day of knowledge.
    await session.execute(
        "SELECT brin_summarize_new_values('counter_known'),"
        " brin_summarize_new_values('day_counter_known')"
    )


def _late(bucket: str, kind: str) -> str:
    kinds = {bucket: kind, "known_on": "date", **dict.fromkeys(COUNTS, "bigint")}
    kinds |= dict.fromkeys(AMOUNTS, "numeric")
    names = ("axis", bucket, "value", "currency", "known_on", *MEASURES)
    arrays = ", ".join(f"CAST(:{name} AS {kinds.get(name, 'text')}[])" for name in names)
    return f"unnest({arrays}) AS late ({', '.join(names)})"


_LATE = (
    ("day", _by_days(_late("day", "date"))),
    ("bucket", _by_hours(_late("bucket", "timestamptz"))),
)


@cache
def _drop_empty() -> str:
    # What counts nothing any more is no row: its value may be words of somebody who was forgotten.
    return f"""
    DELETE FROM counter_rollup AS r USING (
        SELECT axis, span, known_span, {begin_of_block("day", "span")} AS first_day, value,
            currency, {begin_of_block("known_on", "known_span")} AS known_from
        FROM {_late("day", "date")}
        CROSS JOIN (VALUES {", ".join(map(str, (*_OF_EIGHT, (1, 64))))}) AS s (span, known_span)
    ) AS old
    WHERE r.axis = old.axis AND r.span = old.span AND r.known_span = old.known_span
        AND r.first_day = old.first_day AND r.value = old.value AND r.currency = old.currency
        AND r.known_from = old.known_from AND {" AND ".join(f"r.{name} = 0" for name in _SUMMED)}"""


async def add_late_counters(session: Session, *, days: Counters, quarters: Counters) -> None:
    """Add changes of what was rolled up before; those by day are the same as those by quarters."""
    for (bucket, statement), changes in zip(_LATE, (days, quarters), strict=True):
        if not changes:
            continue
        columns = zip(*changes, strict=True)
        names = (bucket if name == "bucket" else name for name in Cell._fields)
        keys = {name: list(column) for name, column in zip(names, columns, strict=True)}
        numbers = {
            name: [measures.get(name, 0) for measures in changes.values()] for name in MEASURES
        }
        await session.execute(statement, keys | numbers)
        if bucket == "day":
            await session.execute(_drop_empty(), keys | numbers)
