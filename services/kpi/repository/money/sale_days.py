"""Keeps the sales of each day of UTC that is over as columns, and reads those of a period. A day of
which anything changes is dropped; whoever reads takes its sales one by one until it is kept again.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar

from services.kpi.domain.loyalty.stretches import DECIMALS, Names, Stretch, named
from services.kpi.repository.money.relations import View
from services.kpi.repository.rollups.blocks import day_at
from shared.database import Row, Session

T = TypeVar("T")
KEPT_YEARS: Final = 20  # earlier sales are read one by one
GAPS: Final = ("ats", "befores", "numbers")
RETURNS: Final = ("people", "ats", "numbers")
BY_MANAGER: Final = ("ats", "managers", "currencies", "amounts")
NATURES: Final = ("people", "ats", "befores", "numbers", "currencies", "amounts")
BASKETS: Final = ("people", "ats", "products")
CUSTOMERS: Final = ("people", "ats", "befores", "numbers", "products", "currencies", "amounts")
_EVERYTHING: Final = (*CUSTOMERS, "managers")
_ORDER: Final = "ORDER BY s.at, s.number, s.sale_id"
_HAS_PRICE: Final = "s.amount IS NOT NULL AND s.currency IS NOT NULL"
_PRICE: Final = f"CASE WHEN {_HAS_PRICE} THEN s.amount ELSE 0 END"


def _bytes(sql: str) -> str:
    return f"string_agg({sql}, CAST('' AS bytea) {_ORDER})"


_UNITS: Final = f"({_PRICE} * {10**DECIMALS})"
# Whether an amount is whole units, and far fewer than eight bytes hold.
_FITS: Final = f"({_UNITS} = round({_UNITS}) AND abs({_UNITS}) < 1e17)"
# What stands of each column, by the column of the table; a stretch is made of it.
_COLUMNS: Final = {
    "people": {"people": _bytes("uuid_send(s.person_id)")},
    "ats": {"ats": _bytes("timestamptz_send(s.at)")},
    "befores": {"befores": _bytes("timestamptz_send(coalesce(s.previous_at, s.at))")},
    "numbers": {"numbers": _bytes("int4send(s.number)")},
    "products": {"products": f"array_agg(coalesce(s.product, '') {_ORDER})"},
    "currencies": {
        "currencies": f"array_agg(CASE WHEN {_HAS_PRICE} THEN s.currency ELSE '' END {_ORDER})"
    },
    "managers": {"managers": f"array_agg(coalesce(CAST(s.manager_id AS text), '') {_ORDER})"},
    "amounts": {
        "amounts": _bytes(f"int8send(CASE WHEN {_FITS} THEN CAST({_UNITS} AS bigint) ELSE 0 END)"),
        "odd_amounts": f"CASE WHEN NOT bool_and({_FITS}) THEN array_agg({_PRICE} {_ORDER}) END",
    },
}
_STANDS: Final = "s.known_until = 'infinity' AND s.taken_back_at IS NULL"
_DAY: Final = "CAST(s.at AT TIME ZONE 'UTC' AS date)"
_FORGET: Final = "DELETE FROM sale_day WHERE day = ANY(CAST(:days AS date[]))"
_MISSING: Final = f"""
SELECT CAST(day AS date)
FROM (SELECT min(at) AS at FROM sale) AS earliest, generate_series(
    greatest(CAST(earliest.at AT TIME ZONE 'UTC' AS date),
        CAST(now() AT TIME ZONE 'UTC' AS date) - interval '{KEPT_YEARS} years'),
    CAST(now() AT TIME ZONE 'UTC' AS date) - 1, interval '1 day') AS day
WHERE earliest.at IS NOT NULL
    AND NOT EXISTS (SELECT FROM sale_day WHERE sale_day.day = CAST(day.day AS date))
ORDER BY 1 DESC LIMIT :most
"""
_OF_RANGES: Final = """
unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[])) AS r (begins_at, ends_at),
LATERAL (SELECT * FROM sale AS s WHERE s.at >= r.begins_at AND s.at < r.ends_at OFFSET 0) AS s"""
_KEEP: Final = """
INSERT INTO sale_day (day, people, ats, befores, numbers, product_places, product_names,
    currency_places, currency_names, manager_places, manager_names, amounts, odd_amounts)
VALUES (:day, :people, :ats, :befores, :numbers, :product_places, :product_names,
    :currency_places, :currency_names, :manager_places, :manager_names, :amounts, :odd_amounts)
"""
# How the columns of the table are called, by the stretch's.
_KEPT: Final = {
    "products": "product_places, product_names",
    "currencies": "currency_places, currency_names",
    "managers": "manager_places, manager_names",
    "amounts": "amounts, odd_amounts",
}
Range = tuple[datetime, datetime]


async def forget_days(session: Session, moments: Collection[datetime]) -> None:
    """Keep no day of these moments, of whose sales something changed."""
    if days := {at.astimezone(UTC).date() for at in moments}:
        await session.execute(_FORGET, {"days": sorted(days)})


async def keep_missing_days(session: Session, *, most: int) -> bool:
    """Keep so many of the days that are over and not kept, the last ones first; False if there are
    none. The caller has the lock of the people.
    """
    days: list[date] = (await session.execute(_MISSING, {"most": most})).scalars()
    if not days:
        return False
    ranges = [(day_at(day), day_at(day + timedelta(days=1))) for day in days]
    rows = {
        row.begins_at: row
        for row in await _rows(session, ranges, _EVERYTHING, _STANDS, is_each=True)
    }
    for day in days:
        row = rows.get(day_at(day))
        stretch = Stretch() if row is None else _of_sales(row, _EVERYTHING)
        is_odd = not isinstance(stretch.amounts, bytes)
        params = {name: getattr(stretch, name) for name in ("people", "ats", "befores", "numbers")}
        params |= {
            "day": day,
            "product_places": stretch.products.places,
            "product_names": list(stretch.products.names),
            "currency_places": stretch.currencies.places,
            "currency_names": list(stretch.currencies.names),
            "manager_places": stretch.managers.places,
            "manager_names": list(stretch.managers.names),
            "amounts": b"" if is_odd else stretch.amounts,
            "odd_amounts": list(stretch.amounts) if is_odd else None,
        }
        await session.execute(_KEEP, params)
    return True


async def count(
    session: Session, view: View, names: Sequence[str], deed: Callable[[list[Stretch]], T]
) -> T:
    """What the deed makes of these columns of the sales of the period that stand. It takes some
    hundredths of a second of many sales, in which others are served.
    """
    stretches = await read_stretches(session, view, names)
    return await asyncio.to_thread(deed, stretches)


async def read_stretches(session: Session, view: View, names: Sequence[str]) -> list[Stretch]:
    """The sales of the period that stand, as they are known or were; some beside it as well."""
    begins_at, ends_at = view.period.begins_at, view.period.ends_at
    changed = await _changed_days(session, view)
    columns = ", ".join(_KEPT.get(name, name) for name in names)
    last = ends_at if view.known_before is None else min(ends_at, view.known_before)
    rows = await session.execute(
        f"SELECT day, {columns} FROM sale_day WHERE day >= :first AND day < :end"
        " AND NOT day = ANY(CAST(:changed AS date[])) ORDER BY day",
        {"first": begins_at.astimezone(UTC).date(), "end": _end_day(last), "changed": changed},
    )
    days = list(rows)
    stretches = [_of_day(row, names) for row in days]
    ranges = _beside([row.day for row in days], begins_at, last)
    # Of the time after the day of knowledge only what was known ahead of it.
    ahead = [(day_at(day), day_at(day + timedelta(days=1))) for day in changed]
    ranges += [(max(begin, last), min(end, ends_at)) for begin, end in ahead if end > last]
    stands = f"{view.version('s')} AND s.taken_back_at IS NULL"
    params: dict[str, Any] = {} if view.known_on is None else {"known_on": view.known_on}
    rest = await _rows(session, ranges, names, stands, **params)
    return stretches + [_of_sales(row, names) for row in rest]


def _end_day(at: datetime) -> date:
    """The first day of UTC that begins at the moment or later."""
    return (at.astimezone(UTC) + timedelta(days=1, microseconds=-1)).date()


async def _changed_days(session: Session, view: View) -> list[date]:
    """The days of which something else is known now than was on the view's day."""
    selects = [f"SELECT {_DAY} AS day FROM sale AS s WHERE {sql}" for _, sql in view.corrections()]
    if not selects:
        return []
    params = view.params() | {"known_before": view.known_before}
    return list((await session.execute(" UNION ".join(selects), params)).scalars())


def _beside(days: Sequence[date], begins_at: datetime, ends_at: datetime) -> list[Range]:
    """What lies between the two moments and in none of the days, which ascend."""
    ranges, begin = [], begins_at
    for day in days:
        if day_at(day) > begin:
            ranges.append((begin, day_at(day)))
        begin = day_at(day + timedelta(days=1))
    return [*ranges, (begin, ends_at)] if begin < ends_at else ranges


async def _rows(
    session: Session,
    ranges: Sequence[Range],
    names: Sequence[str],
    stands: str,
    *,
    is_each: bool = False,
    **params: Any,
) -> list[Row]:
    """Columns of the sales of the ranges, `is_each` of each or else of all together."""
    if not ranges:
        return []
    columns = ", ".join(
        f"{sql} AS {column}" for name in names for column, sql in _COLUMNS[name].items()
    )
    each, by = ("r.begins_at, ", "GROUP BY r.begins_at") if is_each else ("", "HAVING count(*) > 0")
    statement = f"SELECT {each}{columns} FROM {_OF_RANGES} WHERE {stands} {by}"
    begins, ends = (list(moments) for moments in zip(*ranges, strict=True))
    rows = await session.execute(statement, {"begins": begins, "ends": ends, **params})
    return list(rows)


def _of_day(row: Row, names: Sequence[str]) -> Stretch:
    members: dict[str, Any] = {name: row[name] for name in names if name not in _KEPT}
    if "products" in names:
        members["products"] = Names(row.product_places, row.product_names)
    if "currencies" in names:
        members["currencies"] = Names(row.currency_places, row.currency_names)
    if "managers" in names:
        members["managers"] = Names(row.manager_places, row.manager_names)
    if "amounts" in names:
        members["amounts"] = row.amounts if row.odd_amounts is None else row.odd_amounts
    return Stretch(**members)


def _of_sales(row: Row, names: Sequence[str]) -> Stretch:
    members: dict[str, Any] = {name: row[name] for name in names}
    members |= {
        name: named(members[name])
        for name in ("products", "currencies", "managers")
        if name in members
    }
    if "amounts" in members and row.odd_amounts is not None:
        members["amounts"] = row.odd_amounts
    return Stretch(**members)
