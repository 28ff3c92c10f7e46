"""Writes what was said of sales, and of inquiries that are spam."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.sales.events import SOLD, SaleEvent, SpamMark
from shared.database import Session
from shared.statements import columns

_EVENT_FIELDS: Final = tuple(field.name for field in fields(SaleEvent))
_TYPES: Final = {
    **dict.fromkeys(
        ("event_id", "sale_id", "contact_id", "person_id", "lead_id", "purchase_id", "source_id",
         "manager_id"),
        "uuid",
    ),
    **dict.fromkeys(("known_at", "at", "previous_at", "taken_back_at"), "timestamptz"),
    **dict.fromkeys(("version", "usual_halves"), "bigint"),
    "number": "integer",
    "amount": "numeric",
}  # fmt: skip


def arrays(names: Sequence[str]) -> str:
    """Parameters that hold a list for each column, as `unnest` takes them."""
    return ", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in names)


def lists(names: Sequence[str], rows: Sequence[Any]) -> dict[str, list[Any]]:
    """The rows' members as a list for each column."""
    columns = zip(*map(attrgetter(*names), rows), strict=True) if rows else ([] for _ in names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


# Of a lead that was never won, that it is lost or merged is nothing to keep.
_ADD = f"""
INSERT INTO sale_event ({", ".join(_EVENT_FIELDS)})
SELECT {", ".join(_EVENT_FIELDS)} FROM unnest({arrays(_EVENT_FIELDS)})
    AS n({", ".join(_EVENT_FIELDS)})
WHERE says <> 'off' OR kind = 'purchase' OR event_id = ANY(CAST(:after_wins AS uuid[]))
    OR (SELECT s.sale_id FROM sale_event AS s WHERE s.sale_id = n.sale_id AND s.says = 'sold'
        LIMIT 1) IS NOT NULL
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id
"""
_MARK = """
INSERT INTO spam_mark (inquiry_id, version, known_at, is_spam)
SELECT * FROM unnest(CAST(:inquiry_ids AS uuid[]), CAST(:versions AS bigint[]),
    CAST(:times AS timestamptz[]), CAST(:marks AS boolean[]))
ON CONFLICT (inquiry_id, version) DO NOTHING
"""


async def add_sale_events(session: Session, events: Sequence[SaleEvent]) -> set[UUID]:
    """Keep what was said; gives the ids of the events that were not there before."""
    if not events:
        return set()
    sold_ids: set[UUID] = set()
    after_wins = []
    for event in events:
        if event.says == SOLD:
            sold_ids.add(event.sale_id)
        elif event.sale_id in sold_ids:
            after_wins.append(event.event_id)
    rows = await session.execute(_ADD, {**lists(_EVENT_FIELDS, events), "after_wins": after_wins})
    return set(rows.scalars())


async def add_spam_marks(session: Session, marks: Sequence[SpamMark]) -> None:
    if marks:
        await session.execute(_MARK, columns("inquiry_ids versions times marks", marks))
