"""The inquiries of a period by what they came of: how many, of how many people, worth working on,
and with leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.kpi.repository.money.relations import View, begins, keys, spam
from shared.database import Session

Key = tuple[Any, ...]
Conditions = Sequence[tuple[str, Any]]
# What a number of inquiries counts. Tests are never counted. A target inquiry is the first of its
# person and nobody has called it spam. A lead is counted with the inquiry that opened it, a person
# with the inquiry of the highest id.
MEASURES = {
    "inquiries": "true",
    "contacts": "true",
    "target": "is_target",
    "leads": "opened_id IS NOT NULL",
}


@dataclass(frozen=True, slots=True)
class Inflow:
    """`contacts` are the people behind the inquiries, each counted once."""

    inquiries: int = 0
    contacts: int = 0
    target: int = 0
    leads: int = 0


@dataclass(frozen=True, slots=True)
class InflowItem:
    """An inquiry that a number counts, and the lead it opened, if it did."""

    inquiry_id: UUID
    lead_id: UUID | None
    contact_id: UUID


_RECEIVED = "st.received_at >= :begins_at AND st.received_at < :ends_at"


def _came(view: View) -> str:
    return f"""
came AS (
    SELECT st.*, opened.lead_id AS opened_id,
        coalesce(link.canonical_id, st.contact_id) AS person_id,
        NOT st.is_repeat AND NOT {spam(view, "st")} AS is_target
    FROM ({view.inquiries(_RECEIVED)}) AS st
    LEFT JOIN contact_link AS link ON link.contact_id = st.contact_id AND {view.link("link")}
    LEFT JOIN (
        SELECT DISTINCT ON (st.inquiry_id) st.inquiry_id, st.lead_id FROM lead_story AS st
        WHERE {_RECEIVED} AND {view.story("st")} AND NOT st.is_test
        ORDER BY st.inquiry_id, st.lead_id
    ) AS opened ON opened.inquiry_id = st.inquiry_id
)"""


async def count_inflow(
    session: Session, view: View, dimensions: Sequence[str]
) -> tuple[dict[Key, Inflow], Inflow]:
    """Counts by group, and over all groups together, where a person counts once again."""
    columns = keys(dimensions, "came", "received_at")
    grouped = ", ".join(columns)
    sets = f"GROUPING SETS (({grouped}), ())" if columns else "()"
    is_total = f"GROUPING({grouped}) > 0" if columns else "true"
    statement = f"""
WITH {_came(view)}
SELECT {"".join(f"{sql}, " for sql in columns)} {is_total} AS is_total, count(*) AS inquiries,
    count(DISTINCT person_id) AS contacts, count(*) FILTER (WHERE is_target) AS target,
    count(opened_id) AS leads
FROM came GROUP BY {sets}
"""
    rows = await session.execute(statement, {**view.params(), **begins(view.period, dimensions)})
    counts: dict[Key, Inflow] = {}
    total, width = Inflow(), len(dimensions)
    for row in rows:
        values = tuple(row)
        inflow = Inflow(*values[width + 1 :])
        if values[width]:
            total = inflow
        else:
            counts[values[:width]] = inflow
    return counts, total


def _listed(view: View, measure: str, conditions: Conditions) -> tuple[str, dict[str, Any]]:
    """Clauses up to `listed`, the inquiries that a number counts, and what they take."""
    filters = "".join(f" AND came.{name} IS NOT DISTINCT FROM :of_{name}" for name, _ in conditions)
    once, order = "", ""
    if measure == "contacts":
        once, order = "DISTINCT ON (person_id)", "ORDER BY person_id, inquiry_id DESC"
    sql = f"""
WITH {_came(view)}, listed AS (
    SELECT {once} inquiry_id, opened_id AS lead_id, person_id AS contact_id FROM came
    WHERE {MEASURES[measure]}{filters} {order}
)"""
    return sql, {**view.params(), **{f"of_{name}": value for name, value in conditions}}


async def count_listed(session: Session, view: View, measure: str, conditions: Conditions) -> int:
    """How many inquiries, or people, a number counts."""
    sql, params = _listed(view, measure, conditions)
    (row,) = await session.execute(f"{sql} SELECT count(*) AS total FROM listed", params)
    return int(row.total)


async def list_inflow(
    session: Session,
    view: View,
    measure: str,
    conditions: Conditions,
    *,
    after: UUID | None,
    limit: int,
) -> list[InflowItem]:
    """The inquiries that a number counts, newest id first; `conditions` are dimensions' values."""
    sql, params = _listed(view, measure, conditions)
    statement = f"""{sql}
SELECT inquiry_id, lead_id, contact_id FROM listed
WHERE CAST(:after AS uuid) IS NULL OR inquiry_id < CAST(:after AS uuid)
ORDER BY inquiry_id DESC LIMIT :limit
"""
    rows = await session.execute(statement, {**params, "after": after, "limit": limit})
    return [InflowItem(**row) for row in rows]
