"""Computes figures, and lists what a number counts."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from services.kpi.repository.reports.cohort import View, groups, leads_of
from services.kpi.repository.reports.sides import Counts
from shared.database import Session


def together(counts: Iterable[Counts]) -> Counts:
    """Their sum."""
    total = Counts()
    for item in counts:
        pairs = zip(astuple(total), astuple(item), strict=True)
        total = Counts(*(one + more for one, more in pairs))
    return total


async def take_snapshot(session: Session) -> None:
    """Let all statements of this transaction see the same facts. It has to be the first one."""
    await session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    # Statements are planned for their own period: a plan for a day is a bad one for a year.
    await session.execute("SET LOCAL plan_cache_mode = force_custom_plan")


async def sum_amounts_won(
    session: Session, view: View, dimension: str
) -> dict[UUID | None, dict[str, Decimal]]:
    """What was won by group and currency, of the leads received in the period."""
    leads = leads_of(view)
    (key,) = groups(leads, view.period, [dimension])
    query = (
        select(key, leads.c.currency, func.sum(leads.c.amount))
        .where(
            leads.c.won_at.is_not(None),
            leads.c.amount.is_not(None),
            leads.c.currency.is_not(None),
        )
        .group_by(key, leads.c.currency)
    )
    amounts: dict[UUID | None, dict[str, Decimal]] = {}
    for group, currency, amount in await session.execute(query):
        amounts.setdefault(group, {})[currency] = amount
    return amounts


async def list_manager_names(session: Session) -> dict[UUID, str | None]:
    """The name of every manager by id."""
    rows = await session.execute(
        "SELECT DISTINCT ON (manager_id) manager_id, name FROM manager"
        " ORDER BY manager_id, version DESC"
    )
    return {row.manager_id: row.name for row in rows}


async def find_source_keys(session: Session, source_ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """The key of each source, from its latest inquiry."""
    rows = await session.execute(
        "SELECT id, (SELECT source_key FROM inquiry WHERE source_id = id"
        "  ORDER BY received_at DESC LIMIT 1) AS key"
        " FROM unnest(CAST(:sources AS uuid[])) AS t(id)",
        {"sources": list(source_ids)},
    )
    return {row.id: row.key for row in rows}


async def find_labels(session: Session, axis: str, keys: Sequence[str]) -> dict[str, str | None]:
    """What values of an axis are called: names of managers, keys of sources; else nothing."""
    ids = [UUID(key) for key in keys if key] if axis in {"manager", "source"} else []
    if axis == "source":
        return {str(key): label for key, label in (await find_source_keys(session, ids)).items()}
    if axis == "manager":
        names = await list_manager_names(session)
        return {str(manager_id): names.get(manager_id) for manager_id in ids}
    return {}
