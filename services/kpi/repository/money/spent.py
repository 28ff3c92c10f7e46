"""What was spent in a period, by what spend is told by: day, source, channel and campaign."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from services.kpi.repository.money.relations import TIMES, View, steps_of
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


def _from(view: View) -> str:
    condition = "is_latest"
    if view.known_on is not None:
        condition = (
            "recorded_at < :known_before AND NOT EXISTS (SELECT 1 FROM spend AS later"
            " WHERE later.spend_id = spend.spend_id AND later.version > spend.version"
            " AND later.recorded_at < :known_before)"
        )
    return f"FROM spend WHERE day >= :first AND day < :end AND amount IS NOT NULL AND {condition}"


def _params(view: View) -> dict[str, Any]:
    params: dict[str, Any] = {"first": view.period.first, "end": view.period.end}
    if view.known_on is not None:
        params["known_before"] = view.known_before
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
    columns = ["day" if name in TIMES else _KEYS[name] for name in dimensions]
    selected = "".join(f"{sql} AS k{place}, " for place, sql in enumerate(columns))
    places = ", ".join(map(str, range(1, len(columns) + 2)))
    statement = f"SELECT {selected} currency, sum(amount) AS amount {_from(view)} GROUP BY {places}"
    sums: dict[tuple[Any, ...], dict[str, Decimal]] = {}
    for row in await session.execute(statement, _params(view)):
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
        f"SELECT spend_id, day, amount, currency {_from(view)}{filters}"
        " AND (CAST(:after AS uuid) IS NULL OR spend_id < CAST(:after AS uuid))"
        " ORDER BY spend_id DESC LIMIT :limit"
    )
    params = {f"of_{name}": value for name, value in conditions}
    rows = await session.execute(
        statement, {**_params(view), **params, "after": after, "limit": limit}
    )
    return [SpentItem(**row) for row in rows]
