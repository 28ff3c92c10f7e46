"""Writes what was said of sales, and the sales that it amounts to."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.sales.people import Sale
from services.kpi.domain.sales.said import SOLD, SaleEvent, SpamMark
from shared.database import Session
from shared.statements import columns

# One transaction at a time makes sales of what was said: two that each saw half of a person's facts
# would leave half of the truth. Nobody else ever waits for it.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('leadflow:kpi:sales'))"
_EVENT_FIELDS: Final = tuple(field.name for field in fields(SaleEvent))
_SALE_FIELDS: Final = tuple(field.name for field in fields(Sale))
_TYPES: Final = {
    **dict.fromkeys(
        ("event_id", "sale_id", "contact_id", "person_id", "lead_id", "purchase_id", "source_id",
         "manager_id"),
        "uuid",
    ),
    **dict.fromkeys(("known_at", "at", "previous_at", "taken_back_at"), "timestamptz"),
    "version": "bigint",
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


def sale_rows() -> str:
    """SQL of sales that are given as lists, under the columns of the table."""
    return f"unnest({arrays(_SALE_FIELDS)}) AS s({', '.join(_SALE_FIELDS)})"


def sale_lists(sales: Sequence[Sale]) -> dict[str, list[Any]]:
    return lists(_SALE_FIELDS, sales)


# Of a lead that was never won, that it is lost or merged is nothing to keep.
_ADD = f"""
INSERT INTO sale_event ({", ".join(_EVENT_FIELDS)})
SELECT {", ".join(_EVENT_FIELDS)} FROM unnest({arrays(_EVENT_FIELDS)})
    AS n({", ".join(_EVENT_FIELDS)})
WHERE says <> 'off' OR kind = 'purchase' OR event_id = ANY(CAST(:after_wins AS uuid[]))
    OR (SELECT s.sale_id FROM sale_event AS s WHERE s.sale_id = n.sale_id AND s.says = 'sold'
        LIMIT 1) IS NOT NULL
ON CONFLICT (event_id) DO NOTHING
RETURNING contact_id
"""
_MARK = """
INSERT INTO spam_mark (inquiry_id, version, known_at, is_spam)
SELECT * FROM unnest(CAST(:inquiry_ids AS uuid[]), CAST(:versions AS bigint[]),
    CAST(:times AS timestamptz[]), CAST(:marks AS boolean[]))
ON CONFLICT (inquiry_id, version) DO NOTHING
"""
_WITH_SALES = """
SELECT DISTINCT contact_id FROM unnest(CAST(:contact_ids AS uuid[])) AS c(contact_id)
WHERE EXISTS (SELECT 1 FROM sale_event WHERE sale_event.contact_id = c.contact_id)
"""
# Whose sales a change of these contacts touches: the people they belong to now, and those to whom
# their sales were counted before.
_PEOPLE = """
WITH said AS (
    SELECT DISTINCT e.sale_id FROM unnest(CAST(:contact_ids AS uuid[])) AS c(contact_id)
    JOIN sale_event AS e ON e.contact_id = c.contact_id
)
SELECT coalesce(link.canonical_id, c.contact_id) AS person_id
FROM unnest(CAST(:contact_ids AS uuid[])) AS c(contact_id)
LEFT JOIN LATERAL (
    SELECT canonical_id FROM contact_link WHERE contact_link.contact_id = c.contact_id
    ORDER BY version DESC LIMIT 1
) AS link ON true
UNION
SELECT sale.person_id FROM said JOIN sale ON sale.sale_id = said.sale_id
UNION
SELECT sale.person_id FROM said JOIN sale ON sale.purchase_id = said.sale_id
"""
# The latest link of a contact is true; a person is itself, unless it was linked to another.
_BIRTHS = """
SELECT p.person_id, link.contact_id
FROM unnest(CAST(:person_ids AS uuid[])) AS p(person_id)
JOIN contact_link AS link ON link.canonical_id = p.person_id
WHERE link.known_at < coalesce(CAST(:known_before AS timestamptz), 'infinity') AND NOT EXISTS (
    SELECT 1 FROM contact_link AS later
    WHERE later.contact_id = link.contact_id AND later.version > link.version
        AND later.known_at < coalesce(CAST(:known_before AS timestamptz), 'infinity')
)
UNION
SELECT p.person_id, p.person_id
FROM unnest(CAST(:person_ids AS uuid[])) AS p(person_id)
LEFT JOIN LATERAL (
    SELECT canonical_id FROM contact_link WHERE contact_link.contact_id = p.person_id
        AND known_at < coalesce(CAST(:known_before AS timestamptz), 'infinity')
    ORDER BY version DESC LIMIT 1
) AS link ON true
WHERE coalesce(link.canonical_id, p.person_id) = p.person_id
"""
# Those of whom something was said that lies in the period, or so near to it that it may be one sale
# with something in it.
_PEOPLE_KNOWN = """
SELECT DISTINCT coalesce(link.canonical_id, e.contact_id) AS person_id
FROM (
    SELECT DISTINCT contact_id FROM sale_event
    WHERE at >= :begins_at AND at < :ends_at AND known_at < :known_before
) AS e
LEFT JOIN LATERAL (
    SELECT canonical_id FROM contact_link WHERE contact_link.contact_id = e.contact_id
        AND known_at < :known_before
    ORDER BY version DESC LIMIT 1
) AS link ON true
"""
_EVENTS = f"""
SELECT {", ".join(f"e.{name}" for name in _EVENT_FIELDS)}
FROM unnest(CAST(:contact_ids AS uuid[])) AS c(contact_id)
JOIN sale_event AS e ON e.contact_id = c.contact_id
WHERE e.known_at < coalesce(CAST(:known_before AS timestamptz), 'infinity')
"""
_WRITE = f"""
WITH gone AS (
    DELETE FROM sale WHERE sale_id = ANY(CAST(:gone AS uuid[]))
)
INSERT INTO sale AS present ({", ".join(_SALE_FIELDS)})
SELECT {", ".join(_SALE_FIELDS)} FROM {sale_rows()} ORDER BY sale_id
ON CONFLICT (sale_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _SALE_FIELDS[1:])}
WHERE ROW(present.*) IS DISTINCT FROM ROW(excluded.*)
"""


async def add_sale_events(session: Session, events: Sequence[SaleEvent]) -> set[UUID]:
    """Keep what was said; gives the contacts of whose sales something new was said."""
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


_BLANK_ORDERS = """
UPDATE sale_event SET order_digest = NULL
WHERE contact_id = ANY(CAST(:contacts AS uuid[])) AND order_digest IS NOT NULL
RETURNING contact_id
"""


async def lock_sales(session: Session) -> None:
    """Let nobody else write sales until the transaction ends."""
    await session.execute(_LOCK)


async def blank_orders(session: Session, contact_ids: Collection[UUID]) -> set[UUID]:
    """Take away by which numbers these contacts' orders are known; the contacts that had any."""
    rows = await session.execute(_BLANK_ORDERS, {"contacts": list(contact_ids)})
    return set(rows.scalars())


async def list_with_sales(session: Session, contact_ids: Collection[UUID]) -> set[UUID]:
    """Those of the contacts of whose sales something was said."""
    rows = await session.execute(_WITH_SALES, {"contact_ids": sorted(contact_ids)})
    return set(rows.scalars())


async def list_people(session: Session, contact_ids: Collection[UUID]) -> list[UUID]:
    """The people whose sales change when something is new of these contacts."""
    rows = await session.execute(_PEOPLE, {"contact_ids": sorted(contact_ids)})
    return sorted(rows.scalars())


async def list_people_known(
    session: Session, begins_at: datetime, ends_at: datetime, *, known_before: datetime
) -> list[UUID]:
    """The people of whose sales between two moments something was known."""
    moments = {"begins_at": begins_at, "ends_at": ends_at, "known_before": known_before}
    rows = await session.execute(_PEOPLE_KNOWN, moments)
    return sorted(rows.scalars())


async def list_births(
    session: Session, person_ids: Sequence[UUID], *, known_before: datetime | None = None
) -> dict[UUID, UUID]:
    """The contacts that are these people, or were known to be: person by contact."""
    params = {"person_ids": list(person_ids), "known_before": known_before}
    rows = await session.execute(_BIRTHS, params)
    return {row.contact_id: row.person_id for row in rows}


async def list_sale_events(
    session: Session, contact_ids: Collection[UUID], *, known_before: datetime | None = None
) -> list[SaleEvent]:
    """All that was said of the sales of these contacts, or was known then."""
    params = {"contact_ids": sorted(contact_ids), "known_before": known_before}
    return [SaleEvent(**row) for row in await session.execute(_EVENTS, params)]


async def write_sales(session: Session, told_ids: Collection[UUID], sales: Sequence[Sale]) -> None:
    """Write these sales: they are what there is now of all that was told under `told_ids`."""
    gone_ids = set(told_ids) - {sale.sale_id for sale in sales}
    await session.execute(_WRITE, {**sale_lists(sales), "gone": sorted(gone_ids)})
