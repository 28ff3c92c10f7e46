"""What was spent in a period, by what spend is told by: day, source, channel and campaign."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kpi.domain.months import later
from services.kpi.domain.periods import Period
from services.kpi.repository.money.relations import TIMES, View, steps_of, time_of
from shared.database import Session

TOLD_BY = frozenset({"source", "ad_channel", "campaign", *TIMES})
# Every source and its latest key, found by one step in the index for each.
_SOURCES = """
WITH RECURSIVE each (source_id) AS (
    (SELECT source_id FROM inquiry ORDER BY source_id LIMIT 1)
    UNION ALL
    SELECT (SELECT source_id FROM inquiry WHERE source_id > each.source_id
        ORDER BY source_id LIMIT 1) FROM each WHERE source_id IS NOT NULL
)
SELECT source_id, (SELECT source_key FROM inquiry WHERE inquiry.source_id = each.source_id
    ORDER BY received_at DESC LIMIT 1) AS key
FROM each WHERE source_id IS NOT NULL
"""
_KEYS = {
    "source": "source_key",
    "ad_channel": "nullif(ad_channel, '')",
    "campaign": "nullif(campaign, '')",
}


class SpentItem(NamedTuple):
    """One line of spend that a number counts."""

    spend_id: UUID
    day: date
    amount: Decimal
    currency: str


async def list_sources(session: Session) -> dict[UUID, str | None]:
    """The latest key of every source that inquiries came from."""
    return {row.source_id: row.key for row in await session.execute(_SOURCES)}


_COLUMNS: Final = "source_key, ad_channel, campaign, currency"


def _condition(view: View) -> str:
    """SQL of the versions that are true in the view."""
    if view.known_on is None:
        return "is_latest AND amount IS NOT NULL"
    return (
        "recorded_at < :known_before AND amount IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM spend AS later WHERE later.spend_id = spend.spend_id"
        " AND later.version > spend.version AND later.recorded_at < :known_before)"
    )


def _summed(period: Period, dimensions: Sequence[str]) -> tuple[str, date, date]:
    """The unit of the sums that tell these groups, and the days that they tell, the last excluded;
    the rest of the period is told by lines.
    """
    if set(dimensions) <= set(TIMES):
        return "day", period.first, period.end
    first = period.first if period.first.day == 1 else later(period.first, 1)
    last = period.end.replace(day=1)
    if time_of(dimensions) in {"day", "week"} or first >= last:
        return "month", period.end, period.end
    return "month", first, last


def _lines(view: View) -> str:
    """SQL of all that was spent in the period, partly added up. What became known in the last month
    of the view is told by the versions of that month and those whose place they took.
    """
    earlier, changes = "", ""
    if view.known_on is not None:
        earlier = " AND known_in < :known_month"
        names = ", ".join(f"told.{name}" for name in _COLUMNS.split(", "))
        changes = f"""
    UNION ALL SELECT CAST(date_trunc(:unit, CAST(told.day AS timestamp)) AS date), {names}, sign,
        sign * told.amount
    FROM spend AS version
        CROSS JOIN LATERAL (VALUES (version.version, 1), (version.version - 1, -1))
            AS v (number, sign)
        JOIN spend AS told ON told.spend_id = version.spend_id AND told.version = number
    WHERE version.recorded_at >= CAST(:known_month AS timestamp) AT TIME ZONE 'UTC'
        AND version.recorded_at < :known_before
        AND told.day >= :first_sum AND told.day < :end_sum AND told.amount IS NOT NULL"""
    return f"""
    SELECT begins AS day, {_COLUMNS}, lines, amount FROM spend_sum
    WHERE unit = :unit AND begins >= :first_sum AND begins < :end_sum{earlier}{changes}
    UNION ALL SELECT day, {_COLUMNS}, 1, amount FROM spend
    WHERE (day >= :first AND day < least(:first_sum, :end)
        OR day >= greatest(:end_sum, :first) AND day < :end) AND {_condition(view)}"""


def _params(view: View) -> dict[str, Any]:
    params: dict[str, Any] = {"first": view.period.first, "end": view.period.end}
    if view.known_on is not None:
        params |= {"known_before": view.known_before, "known_month": view.known_on.replace(day=1)}
    return params


async def sum_spend(
    session: Session, view: View, dimensions: Sequence[str], source_ids: dict[str, UUID]
) -> dict[tuple[Any, ...], dict[str, Decimal]] | None:
    """Sums by group and currency; None where spend is not told by a dimension. `source_ids` are by
    key; what was spent on a source that nothing ever came from is in no source's group.
    """
    if not TOLD_BY.issuperset(dimensions):
        return None
    parts = steps_of(view.period, dimensions)
    selected = "".join(
        f"{'day' if name in TIMES else _KEYS[name]} AS k{place}, "
        for place, name in enumerate(dimensions)
    )
    places = ", ".join(map(str, range(1, len(dimensions) + 2)))
    unit, first, end = _summed(view.period, dimensions)
    statement = f"""
SELECT {selected}currency, sum(amount) AS amount FROM ({_lines(view)}) AS line
GROUP BY {places} HAVING sum(lines) > 0
"""
    params = {**_params(view), "unit": unit, "first_sum": first, "end_sum": end}
    sums: dict[tuple[Any, ...], dict[str, Decimal]] = {}
    for row in await session.execute(statement, params):
        key = tuple(
            source_ids.get(value)
            if name == "source"
            else parts.number_of(value)
            if name in TIMES and parts is not None
            else value
            for name, value in zip(dimensions, row, strict=False)
        )
        group = sums.setdefault(key, {})
        group[row["currency"]] = group.get(row["currency"], Decimal(0)) + row["amount"]
    return sums


async def list_spent(
    session: Session,
    view: View,
    conditions: Sequence[tuple[str, Any]],
    *,
    after: UUID | None,
    limit: int,
) -> list[SpentItem]:
    """The lines that a sum is made of, by id, the highest first. A source is given by its key, and
    what is no source's by the list of all keys.
    """
    filters = "".join(
        f" AND NOT source_key = ANY(CAST(:of_{name} AS text[]))"
        if isinstance(value, list)
        else f" AND {_KEYS[name]} IS NOT DISTINCT FROM CAST(:of_{name} AS text)"
        for name, value in conditions
    )
    statement = (
        "SELECT spend_id, day, amount, currency FROM spend"
        f" WHERE day >= :first AND day < :end AND {_condition(view)}{filters}"
        " AND (CAST(:after AS uuid) IS NULL OR spend_id < CAST(:after AS uuid))"
        " ORDER BY spend_id DESC LIMIT :limit"
    )
    params = {f"of_{name}": value for name, value in conditions}
    rows = await session.execute(
        statement, {**_params(view), **params, "after": after, "limit": limit}
    )
    return [SpentItem(**row) for row in rows]
