"""The inquiries of a period by what they came of: how many, of how many people, worth working on,
and with leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.paths.segments import grouping_of
from services.kpi.repository.money.relations import (
    Condition,
    View,
    among,
    find_segments,
    keys,
    named,
    of_segments,
)
from services.kpi.repository.money.repeats import Repeats
from shared.database import Session

Key = tuple[Any, ...]
Place = tuple[datetime, UUID]  # where a page begins
# What a number of inquiries counts. Tests are never counted. A target inquiry is the first of its
# person and nobody has called it spam. A lead is counted with the inquiry that opened it. A person
# is counted with the first inquiry of the period and group.
MEASURES = {
    "inquiries": "true",
    "contacts": "NOT EXISTS (SELECT FROM again WHERE again.inquiry_id = a.inquiry_id"
    " AND again.earlier_at >= :begins_at AND again.groupings >> :grouping & 1 = 1 AND {known})",
    "target": "a.is_target",
    "leads": "a.lead_id IS NOT NULL",
}

_AGAIN: Final = Repeats("again", (("inquiries", "true"),))


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
    at: datetime


def _sum(name: str) -> str:
    # A sum of bigint is numeric, which is slow and wide: counts fit into bigint.
    return f"CAST(sum({name}) AS bigint) AS {name}"


async def count_inflow(
    session: Session, view: View, dimensions: Sequence[str]
) -> tuple[dict[Key, Inflow], Inflow]:
    """Counts by group, and over all groups together, where a person counts once again. People are
    the inquiries less those of people who had come before.
    """
    selected = "".join(f"{sql}, " for sql in keys(dimensions))
    grouped = f"GROUP BY {', '.join(map(str, range(1, len(dimensions) + 1)))}" if dimensions else ""
    came = view.parts(
        "arrival",
        {
            "inquiries": ("s.inquiries", "1"),
            "target": ("s.target", "CAST(s.is_target AS int)"),
            "leads": ("s.leads", "CAST(s.lead_id IS NOT NULL AS int)"),
        },
        dimensions,
    )
    names = ("inquiries", "target", "leads", "again", "anywhere")
    statement = f"""
SELECT {selected} {", ".join(map(_sum, names))} FROM (
        SELECT *, 0 AS again, 0 AS anywhere FROM ({came}) AS came
        UNION ALL SELECT part, segment_id, 0, 0, 0, again, anywhere FROM (
            {_AGAIN.select(view, dimensions)}
        ) AS repeated (part, segment_id, again, anywhere)
) AS counted {named(dimensions)} {grouped}
"""
    params = {**view.pieces(dimensions), **_AGAIN.params(view, dimensions)}
    counts: dict[Key, Inflow] = {}
    totals = [0] * len(names)
    width = len(dimensions)
    for row in await session.execute(statement, params):
        values = tuple(row)
        sums = [value or 0 for value in values[width:]]
        totals = [one + other for one, other in zip(totals, sums, strict=True)]
        if sums[0]:
            counts[values[:width]] = _inflow(sums[:4])
    return counts, _inflow([*totals[:3], totals[4]])


def _inflow(sums: Sequence[int]) -> Inflow:
    inquiries, target, leads, repeated = sums
    return Inflow(inquiries, inquiries - repeated, target, leads)


async def list_inflow(
    session: Session,
    view: View,
    measure: str,
    conditions: Sequence[Condition],
    *,
    after: Place | None,
    limit: int,
) -> list[InflowItem]:
    """The inquiries that a number counts, newest first; `conditions` are dimensions' values."""
    segment_ids = await find_segments(session, conditions)
    beyond = "" if after is None else " AND (a.at, a.inquiry_id) < (:after_at, :after_id)"
    statement = f"""
SELECT a.inquiry_id, a.lead_id, a.person_id AS contact_id, a.at FROM arrival AS a
WHERE {view.within("a")} AND {MEASURES[measure].format(known=view.version("again"))}
    {among("a", segment_ids)}{beyond}
ORDER BY a.at DESC, a.inquiry_id DESC LIMIT :limit
"""
    params = view.params() | of_segments(segment_ids) | {"limit": limit}
    if measure == "contacts":
        params["grouping"] = grouping_of(name for name, _ in conditions)
    if after is not None:
        params |= {"after_at": after[0], "after_id": after[1]}
    return [InflowItem(**row) for row in await session.execute(statement, params)]
