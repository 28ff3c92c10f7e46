"""Writes facts, a set at a time. A fact that is stored stays as it is."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql

from services.kpi.domain.stories.inquiries import Correction
from services.kpi.tables import PROJECTIONS
from services.kpi.tables.facts import (
    contact_link,
    corrected_inquiry,
    inquiry,
    inquiry_change,
    inquiry_link,
    lead,
    lead_event,
    manager,
    manager_status,
    touch,
)
from shared.database import Session

Rows = Sequence[tuple[Any, ...]]
_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
# The tables that stories are told from; a member of a fact for each column, in the same order.
TOLD: Final = (inquiry, inquiry_change, lead, lead_event, inquiry_link, touch, contact_link)
OF_MANAGERS: Final = (manager, manager_status)
_BY_NAME: Final = {table.name: table for table in (*TOLD, *OF_MANAGERS, corrected_inquiry)}
_DROP_CORRECTIONS = "DELETE FROM corrected_inquiry WHERE inquiry_id = ANY(CAST(:ids AS uuid[]))"
# Stories are told anew by whoever has the lock, and the next one sees what was told.
_LOCK = "pg_advisory_xact_lock(hashtextextended('kpi.stories', 0))"


_BLANK_REASONS = """
UPDATE lead_event SET reason = NULL FROM lead
WHERE lead.lead_id = lead_event.lead_id AND lead.contact_id = ANY(CAST(:contacts AS uuid[]))
    AND reason IS NOT NULL AND NOT is_listed
RETURNING lead_event.lead_id
"""


async def write_facts(session: Session, facts: Mapping[str, Rows]) -> set[UUID]:
    """Insert the facts, by the name of their table; the inquiries that were not there before.

    Takes the lock of the stories, which is held until the transaction ends.
    """
    names = tuple(name for name in _BY_NAME if facts.get(name))
    rows = await session.execute(
        _write(names, locking=True),
        {key: column for name in names for key, column in _columns(name, facts[name])},
    )
    return set(rows.one().inquiry_ids)


async def blank_reasons(session: Session, contact_ids: Sequence[UUID]) -> list[UUID]:
    """Take away the reasons that somebody gave in their own words for the loss of leads of these
    contacts. Returns the leads, each as often as it had one.

    Takes the lock of the stories, which is held until the transaction ends.
    """
    await session.execute(f"SELECT {_LOCK}")
    rows = await session.execute(_BLANK_REASONS, {"contacts": list(contact_ids)})
    return rows.scalars()


async def write_managers(session: Session, facts: Mapping[str, Rows]) -> None:
    """Insert versions of managers and their statuses, by the name of their table."""
    names = tuple(table.name for table in OF_MANAGERS if facts.get(table.name))
    if names:
        await session.execute(
            _write(names, locking=False),
            {key: column for name in names for key, column in _columns(name, facts[name])},
        )


async def replace_corrections(session: Session, corrections: Sequence[Correction]) -> None:
    """Let the inquiries have these corrections, all that there are of each, and no others."""
    ids = [item.inquiry.inquiry_id for item in corrections]
    await session.execute(_DROP_CORRECTIONS, {"ids": ids})
    rows = [
        (item.inquiry.inquiry_id, item.known_on, item.known_until, *item.inquiry[1:])
        for item in corrections
    ]
    name = corrected_inquiry.name
    await session.execute(_write((name,), locking=False), dict(_columns(name, rows)))


@cache
def _write(names: tuple[str, ...], *, locking: bool) -> str:
    clauses = ", ".join(f"new_{name} AS ({_insert(_BY_NAME[name])})" for name in names)
    if not locking:
        return f"WITH {clauses} SELECT"
    inquiry_ids = "SELECT inquiry_id FROM new_inquiry" if "inquiry" in names else ""
    array = f"ARRAY({inquiry_ids})" if inquiry_ids else "CAST('{}' AS uuid[])"
    return f"WITH {clauses} SELECT {_LOCK}, {array} AS inquiry_ids"


def _insert(table: Table) -> str:
    """SQL that takes the facts as one array per column, named after table and column."""
    names = table.columns.keys()
    arrays = ", ".join(
        f"CAST(:{table.name}_{column.name} AS {column.type.compile(_DIALECT)}[])"
        for column in table.columns
    )
    key = ", ".join(table.primary_key.columns.keys())
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays})"
        f" ON CONFLICT ({key}) DO NOTHING RETURNING {key}"
    )


def _columns(name: str, rows: Rows) -> list[tuple[str, list[Any]]]:
    keys = [f"{name}_{column.name}" for column in _BY_NAME[name].columns]
    return [(key, list(column)) for key, column in zip(keys, zip(*rows, strict=True), strict=True)]


async def clear(session: Session) -> None:
    """Empty the projections, which a replay fills again: all tables but those of messaging."""
    names = ", ".join(table.name for table in PROJECTIONS)
    await session.execute(f"TRUNCATE {names}")
