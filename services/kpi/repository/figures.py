"""Reads figures and the lists behind them. All are computed from the facts; none is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.kpi.domain.periods import Period
from services.kpi.repository.working_sql import MEASURES, arrival_sql, keys, where, work_sql
from shared.database import Session

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many inquiries came, and how many leads got how far."""

    received: int = 0
    assigned: int = 0
    accepted: int = 0
    contacted: int = 0
    won: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """Seconds from receipt to first contact, over `count` leads."""

    count: int
    p50_seconds: float | None
    p90_seconds: float | None


@dataclass(frozen=True, slots=True)
class Behind:
    """One item behind a number: a lead, or an inquiry with the lead it belongs to."""

    lead_id: UUID | None
    inquiry_id: UUID | None


async def one_view(session: Session) -> None:
    """Let all statements of this transaction see the same facts. It has to be the first one."""
    await session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    # Statements are planned for their own period: a plan for a day is a bad one for a year.
    await session.execute("SET LOCAL plan_cache_mode = force_custom_plan")


async def counts(session: Session, period: Period, dimensions: Sequence[str]) -> dict[Key, Counts]:
    """Counts by group; the key holds a value per dimension, for `day` its number from 1."""
    lead_columns = ", ".join(f"CAST({test} AS int) AS {name}" for name, test in MEASURES.items())
    arrival_columns = ", ".join(f"0 AS {name}" for name in MEASURES)
    sums = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in ("received", *MEASURES))
    groups = ", ".join(f"g{place}" for place in range(len(dimensions)))
    rows = await session.execute(
        f"{work_sql()}, {arrival_sql(owned='manager' in dimensions)}"
        f" SELECT {groups + ', ' if groups else ''}{sums} FROM ("
        f"  SELECT {keys(dimensions)} 0 AS received, {lead_columns} FROM work"
        f"  UNION ALL SELECT {keys(dimensions)} 1, {arrival_columns} FROM arrival"
        f" ) AS counted {f'GROUP BY {groups}' if groups else ''}",
        _params(period, dimensions),
    )
    width = len(dimensions)
    return {tuple(row[:width]): Counts(*map(int, row[width:])) for row in rows}


async def responses(
    session: Session, period: Period, dimensions: Sequence[str]
) -> tuple[dict[Key, Response], Response]:
    """First response by group, and over all groups together."""
    groups = ", ".join(f"g{place}" for place in range(len(dimensions)))
    total = f"GROUPING({groups})" if groups else "0"
    rows = await session.execute(
        f"{work_sql()} SELECT {groups + ', ' if groups else ''}"
        f" count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),"
        f" percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds), {total} > 0"
        f" FROM (SELECT {keys(dimensions)} CAST(seconds AS double precision) AS seconds"
        f"  FROM work WHERE contacted_at IS NOT NULL) AS answered"
        f" GROUP BY GROUPING SETS ({f'({groups}), ' if groups else ''}())",
        _params(period, dimensions),
    )
    width = len(dimensions)
    response_by_key: dict[Key, Response] = {}
    together = Response(0, None, None)
    for row in rows:
        response = Response(*row[width:-1])
        if row[-1] or not width:
            together = response
        else:
            response_by_key[tuple(row[:width])] = response
    return response_by_key, together


async def amounts_won(
    session: Session, period: Period, dimension: str
) -> dict[str | None, dict[str, Decimal]]:
    """What was won by group and currency, of the leads received in the period."""
    rows = await session.execute(
        f"{work_sql()} SELECT {keys([dimension])} currency, sum(amount) AS amount FROM work"
        " WHERE won_at IS NOT NULL AND amount IS NOT NULL AND currency IS NOT NULL GROUP BY 1, 2",
        _params(period, [dimension]),
    )
    amounts: dict[str | None, dict[str, Decimal]] = {}
    for row in rows:
        amounts.setdefault(row.g0, {})[row.currency] = row.amount
    return amounts


async def leads_behind(
    session: Session,
    period: Period,
    measure: str,
    filters: Mapping[str, object],
    *,
    after: UUID | None,
    limit: int,
) -> list[Behind]:
    """The leads that a number counts, newest id first."""
    rows = await session.execute(
        f"{work_sql()} SELECT lead_id, CAST(NULL AS uuid) AS inquiry_id FROM work"
        f" WHERE {MEASURES[measure]} AND {where(filters)}"
        " AND (CAST(:after AS uuid) IS NULL OR lead_id < CAST(:after AS uuid))"
        " ORDER BY lead_id DESC LIMIT :limit",
        {**_params(period), **filters, "after": after, "limit": limit},
    )
    return [Behind(row.lead_id, row.inquiry_id) for row in rows]


async def inquiries_behind(
    session: Session,
    period: Period,
    filters: Mapping[str, object],
    *,
    after: UUID | None,
    limit: int,
) -> list[Behind]:
    """The inquiries that `received` counts, newest id first."""
    rows = await session.execute(
        f"{work_sql()}, {arrival_sql(owned=True)} SELECT lead_id, inquiry_id FROM arrival"
        f" WHERE {where(filters)}"
        " AND (CAST(:after AS uuid) IS NULL OR inquiry_id < CAST(:after AS uuid))"
        " ORDER BY inquiry_id DESC LIMIT :limit",
        {**_params(period), **filters, "after": after, "limit": limit},
    )
    return [Behind(row.lead_id, row.inquiry_id) for row in rows]


async def manager_names(session: Session) -> dict[str, str | None]:
    """The name of every manager by id."""
    rows = await session.execute("SELECT CAST(manager_id AS text) AS id, name FROM manager")
    return {row.id: row.name for row in rows}


async def source_keys(session: Session, source_ids: Sequence[str]) -> dict[str, str | None]:
    """The key of each source, from its latest inquiry."""
    rows = await session.execute(
        "SELECT id, (SELECT source_key FROM inquiry WHERE source_id = CAST(id AS uuid)"
        "  ORDER BY received_at DESC LIMIT 1) AS key"
        " FROM unnest(CAST(:sources AS text[])) AS t(id)",
        {"sources": list(source_ids)},
    )
    return {row.id: row.key for row in rows}


def _params(period: Period, dimensions: Sequence[str] = ()) -> dict[str, object]:
    params: dict[str, object] = {"begins_at": period.begins_at, "ends_at": period.ends_at}
    if "day" in dimensions:
        params["bounds"] = list(period.bounds)
    return params
