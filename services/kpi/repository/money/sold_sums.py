"""What the sales of a period come to, told from sums: who bought, for how much, and who again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple

from services.kpi.domain.paths.segments import DIMENSIONS, NOTHING, grouping_of
from services.kpi.domain.paths.sums import LOOKBACKS
from services.kpi.domain.sale_columns.counting import measure_gaps
from services.kpi.domain.sales.figures import SalesFigures, SalesMoney
from services.kpi.repository.money.held_sales import count_once
from services.kpi.repository.money.origin_gaps import measure_gaps as measure_origin_gaps
from services.kpi.repository.money.origins import CHOSEN, ORIGINS
from services.kpi.repository.money.relations import TIMES, View, keys, named, told_by
from services.kpi.repository.money.repeats import Repeats
from services.kpi.repository.money.sale_days import GAPS
from shared.database import Session

Key = tuple[Any, ...]
_CHOSEN_SUMS: Final = "s.models & CAST(:model AS smallint) <> 0 AND s.since_days <= :lookback_days"
_OF_EVERYBODY: Final = "s.models & 1 <> 0 AND s.since_days = 1"
_STANDS, _PRICED = "s.taken_back_at IS NULL", "s.amount IS NOT NULL AND s.currency IS NOT NULL"
_COUNTS: Final = {
    "firsts": "s.number IS NOT DISTINCT FROM 1",
    "repeats": "s.number IS NOT NULL AND s.number > 1",
    "cancelled": f"NOT ({_STANDS})",
    "joined": f"{_STANDS} AND s.joined_by IS NOT NULL",
    "priced": f"{_STANDS} AND {_PRICED}",
    "cancelled_priced": f"NOT ({_STANDS}) AND {_PRICED}",
}
_AMOUNTS: Final = {
    "first_amount": _COUNTS["firsts"],
    "repeat_amount": _COUNTS["repeats"],
    "cancelled_amount": _COUNTS["cancelled"],
}
NUMBERS: Final = {name: (f"s.{name}", f"CAST({sql} AS int)") for name, sql in _COUNTS.items()} | {
    name: (f"s.{name}", f"CASE WHEN {sql} AND {_PRICED} THEN s.amount ELSE 0 END")
    for name, sql in _AMOUNTS.items()
}
_AGAIN: Final = (("again", "true"), ("third", "s.is_third"))
_REPEATED: Final = ("again", "third", "any_again", "any_third")


class Row(NamedTuple):
    """What a group, or all, came to in one currency, and in none."""

    key: Key
    currency: str
    numbers: dict[str, Any]


def are_summed(dimensions: Sequence[str], lookback_days: int) -> bool:
    """Whether sums tell these groups, and who came again in them."""
    if not {*DIMENSIONS, *TIMES}.issuperset(dimensions):
        return False
    if grouping_of(dimensions) == NOTHING:
        return True
    return lookback_days in LOOKBACKS and _repeats(dimensions).is_summed(dimensions)


def sold(view: View, dimensions: Sequence[str], names: Sequence[str]) -> str:
    """SQL of part, segment, currency and these numbers of the sales of the period."""
    numbers = {name: NUMBERS[name] for name in names}
    currency = {"currency": ("s.currency", "coalesce(s.currency, '')")}
    if grouping_of(dimensions) == NOTHING:
        return view.parts("sale", numbers, dimensions, names=currency, segment="0")
    chosen = CHOSEN.format("o")
    return view.parts(
        "sale",
        numbers,
        dimensions,
        names=currency,
        condition=(_CHOSEN_SUMS, chosen, chosen),
        also=ORIGINS,
        segment="o.segment_id",
    )


def _repeats(dimensions: Sequence[str]) -> Repeats:
    if grouping_of(dimensions) == NOTHING:
        return Repeats("sold_again", _AGAIN, rows=_OF_EVERYBODY, any_row=_OF_EVERYBODY)
    return Repeats(
        "sold_again", _AGAIN, sums=_CHOSEN_SUMS, rows=CHOSEN.format("s"), any_row=_OF_EVERYBODY
    )


async def count_summed(
    session: Session,
    view: View,
    dimensions: Sequence[str],
    chosen: Mapping[str, Any],
) -> tuple[dict[Key, SalesFigures], SalesFigures]:
    """Figures by group, and over all groups together."""
    rows = await _rows(session, view, dimensions, chosen)
    gaps = await _gaps(session, view, dimensions, chosen)
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows if dimensions else ():  # without dimensions the total says it all
        groups[row.key].append(row)
    figures = {key: _figures(each, gaps.get(key)) for key, each in groups.items()}
    together = [
        row._replace(
            numbers=row.numbers
            | {"again": row.numbers["any_again"], "third": row.numbers["any_third"]}
        )
        for row in rows
    ]
    stand = {key: each for key, each in figures.items() if each.sales or each.cancelled}
    return stand, _figures(together, gaps.get(None))


async def _rows(
    session: Session, view: View, dimensions: Sequence[str], chosen: Mapping[str, Any]
) -> list[Row]:
    names = (*NUMBERS, *_REPEATED)
    zeros = ", ".join("0" * len(NUMBERS))
    by = f"{told_by(dimensions)}, currency"
    selected = "".join(f"{sql}, " for sql in keys(dimensions))
    places = ", ".join(map(str, range(1, len(dimensions) + 2)))
    repeats = _repeats(dimensions)
    statement = f"""
WITH counted AS (
    SELECT {by}, {", ".join(map(_sum, names))} FROM (
        SELECT *, 0 AS again, 0 AS third, 0 AS any_again, 0 AS any_third
        FROM ({sold(view, dimensions, tuple(NUMBERS))}) AS sold
        UNION ALL SELECT part, segment_id, '', {zeros}, {", ".join(_REPEATED)} FROM (
            {repeats.select(view, dimensions)}
        ) AS repeated (part, segment_id, {", ".join(_REPEATED)})
    ) AS one GROUP BY {by}
)
SELECT {selected} currency, {", ".join(map(_sum, names))}
FROM counted {named(dimensions)} GROUP BY {places}
"""
    params = {**view.pieces(dimensions), **repeats.params(view, dimensions), **chosen}
    width = len(dimensions)
    return [
        Row(values[:width], values[width], dict(zip(names, values[width + 1 :], strict=True)))
        for values in map(tuple, await session.execute(statement, params))
    ]


def _sum(name: str) -> str:
    return (
        f"sum({name}) AS {name}" if name in _AMOUNTS else f"CAST(sum({name}) AS bigint) AS {name}"
    )


async def _gaps(
    session: Session, view: View, dimensions: Sequence[str], chosen: Mapping[str, Any]
) -> dict[Key | None, Sequence[float]]:
    """Median and ninth decile of the seconds since the person's sale before; of all under None."""
    if grouping_of(dimensions) == NOTHING:
        return await _gaps_by_time(session, view, dimensions)
    return await measure_origin_gaps(session, view, dimensions, chosen)


async def _gaps_by_time(
    session: Session, view: View, dimensions: Sequence[str]
) -> dict[Key | None, Sequence[float]]:
    bounds = tuple(view.bounds(dimensions)) if dimensions else ()
    measure = partial(measure_gaps, span=view.period, bounds=bounds)
    gaps = await count_once(session, view, GAPS, measure, len)
    numbers: list[Key | None] = [None, *((number,) for number in range(1, len(gaps)))]
    return {key: each for key, each in zip(numbers, gaps, strict=True) if each is not None}


def _figures(rows: Sequence[Row], gaps: Sequence[float] | None) -> SalesFigures:
    def total(name: str) -> int:
        return sum(row.numbers[name] for row in rows)

    money: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row.currency and (row.numbers["priced"] or row.numbers["cancelled_priced"]):
            money[row.currency].append(row.numbers)
    new, returning = total("firsts"), total("repeats")
    return SalesFigures(
        sales=new + returning,
        new=new,
        returning=returning,
        cancelled=total("cancelled"),
        joined=total("joined"),
        customers=new + returning - total("again"),
        returning_customers=returning - total("third"),
        gap_p50=gaps[0] if gaps else None,
        gap_p90=gaps[1] if gaps else None,
        money={currency: _money(each) for currency, each in money.items()},
    )


def _money(rows: Sequence[Mapping[str, Any]]) -> SalesMoney:
    def total(name: str) -> Decimal:
        return sum((row[name] for row in rows), Decimal(0))

    new, returning = total("first_amount"), total("repeat_amount")
    priced = sum(row["priced"] for row in rows)
    return SalesMoney(priced, new + returning, new, returning, total("cancelled_amount"))
