"""Fills kpi with years of facts: one week goes through kpi's own handler, and SQL copies all that
it became to the weeks after it, with ids of their own.
"""

import random
from typing import Final

from sqlalchemy import Date, DateTime, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from benchmarks.indicator_events import events_of_week
from services.kpi.domain.stories.contributions import MEASURES
from services.kpi.handlers import apply
from services.kpi.repository.facts import TOLD
from services.kpi.repository.rollups.sealing import keep_days_next, roll_up_next
from services.kpi.tables.facts import corrected_inquiry
from services.kpi.tables.stories import counter, day_counter, lead_story, placement
from shared.database import Database, transaction
from shared.statistics import ANALYZE_FILLED

BATCH: Final = 500
DAYS_AT_ONCE: Final = 64
# Of the company, the same in every week.
_LASTING: Final = frozenset({"source_id", "manager_id", "owner_id", "contacted_by", "closed_by"})
# Every moment in JSON stands between quotes and begins with its year.
_SHIFTED: Final = r"""
CREATE OR REPLACE FUNCTION shifted(items jsonb, weeks integer) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CAST(string_agg(CASE WHEN part LIKE '2___-__-__T%' THEN to_char(
            CAST(part AS timestamptz) AT TIME ZONE 'UTC' + weeks * interval '7 days',
            'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE part END, '"' ORDER BY place) AS jsonb)
    FROM string_to_table(CAST(items AS text), '"') WITH ORDINALITY AS t (part, place)
$$
"""


async def fill(database: Database, *, leads_a_week: int, weeks: int) -> int:
    """Fill the empty tables; the number of events that they hold the facts of."""
    events = list(events_of_week(leads_a_week, random.Random(1)))
    for first in range(0, len(events), BATCH):
        batch = events[first : first + BATCH]
        async with transaction(database) as session:
            await session.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            await apply(session, batch, now=batch[-1].envelope.time)
    copied = (*TOLD, corrected_inquiry, lead_story, placement, counter, day_counter)
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute(_SHIFTED)
        for table in copied:
            await session.execute(f"CREATE TABLE week_{table.name} AS TABLE {table.name}")
    for table in copied:
        for week in range(1, weeks):
            async with transaction(database) as session:
                await session.execute("SET LOCAL statement_timeout = 0")
                await session.execute(_copy(table), {"week": week})
    await _finish(database, copied)
    return len(events) * weeks


async def _finish(database: Database, copied: tuple[Table, ...]) -> None:
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        for table in copied:
            await session.execute(f"DROP TABLE week_{table.name}")
        await session.execute("TRUNCATE reconciliation_mark")
        await session.execute(ANALYZE_FILLED)
    has_more = True
    while has_more:
        async with transaction(database) as session:
            await session.execute("SET LOCAL statement_timeout = 0")
            await session.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            has_more = await roll_up_next(session, days=DAYS_AT_ONCE)
            has_more = await keep_days_next(session, most=DAYS_AT_ONCE) or has_more
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute(ANALYZE_FILLED)


def _copy(table: Table) -> str:
    columns = ", ".join(table.columns.keys())
    values = ", ".join(_value(table, name) for name in table.columns.keys())  # noqa: SIM118  no dict
    more = ""
    if "day_counter" in table.name or table.name == "counter":
        key = ", ".join(table.primary_key.columns.keys())
        sums = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in MEASURES)
        more = f" ON CONFLICT ({key}) DO UPDATE SET {sums}"
    return f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM week_{table.name}{more}"


def _value(table: Table, name: str) -> str:
    kind, week = table.c[name].type, "CAST(:week AS integer)"
    if isinstance(kind, DateTime):
        return f"{name} + {week} * interval '7 days'"
    if isinstance(kind, Date):
        return f"{name} + 7 * {week}"
    if isinstance(kind, JSONB):
        return f"shifted({name}, {week})"
    if isinstance(kind, Uuid) and name not in _LASTING:
        return f"CAST(md5(CAST({name} AS text) || {week}) AS uuid)"
    return name
