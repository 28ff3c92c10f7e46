"""Writes facts, a set at a time. A fact that is stored stays as it is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.kpi.repository.columns import columns_of, insertion
from services.kpi.tables import PROJECTIONS
from services.kpi.tables.facts import (
    contact_link,
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
# The tables that stories are told from; a member of a fact for each column, in the same order.
TOLD: Final = (inquiry, inquiry_change, lead, lead_event, inquiry_link, touch, contact_link)
OF_MANAGERS: Final = (manager, manager_status)


# Stories are told anew by whoever has the lock, and the next one sees what was told.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('kpi.stories', 0))"
_BLANK_REASONS = """
UPDATE lead_event SET reason = NULL FROM lead
WHERE lead.lead_id = lead_event.lead_id AND lead.contact_id = ANY(CAST(:contacts AS uuid[]))
    AND reason IS NOT NULL AND NOT is_listed
RETURNING lead_event.lead_id
"""


async def lock_stories(session: Session) -> None:
    """Let nobody else tell stories until the transaction ends; before anything of them is read."""
    await session.execute(_LOCK)


async def blank_reasons(session: Session, contact_ids: Sequence[UUID]) -> list[UUID]:
    """Take away the reasons that somebody gave in their own words for the loss of leads of these
    contacts. Returns the leads, each as often as it had one.

    Takes the lock of the stories, which is held until the transaction ends.
    """
    await lock_stories(session)
    rows = await session.execute(_BLANK_REASONS, {"contacts": list(contact_ids)})
    return rows.scalars()


async def write_managers(session: Session, facts: Mapping[str, Rows]) -> None:
    """Insert versions of managers and their statuses, by the name of their table."""
    for table in OF_MANAGERS:
        if rows := facts.get(table.name):
            await session.execute(insertion(table), columns_of(table, rows))


async def clear(session: Session) -> None:
    """Empty the projections, which a replay fills again: all tables but those of messaging."""
    names = ", ".join(table.name for table in PROJECTIONS)
    await session.execute(f"TRUNCATE {names}")
