"""Counts stories and inquiries one by one: of any dimensions, of short spans."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select

from services.kpi.repository.cohort import MEASURES, View, groups, inquiries_of, leads_of
from services.kpi.repository.sides import Counts, Key
from shared.database import Session


async def count_stories(
    session: Session, view: View, dimensions: Sequence[str]
) -> dict[Key, Counts]:
    """Counts by group, from stories and inquiries."""
    leads = leads_of(view)
    keys = groups(leads, view.period, dimensions)
    moments = [leads.c[name] for name in MEASURES.values()]
    query = select(*keys, *map(func.count, moments)).group_by(*keys)
    width = len(dimensions)
    counts = {tuple(row[:width]): Counts(0, *row[width:]) for row in await session.execute(query)}
    inquiries = inquiries_of(view, with_leads=bool({"manager", "pipeline"} & set(dimensions)))
    keys = groups(inquiries, view.period, dimensions)
    query = select(*keys, func.count()).select_from(inquiries).group_by(*keys)
    for *key, received in await session.execute(query):
        counts[tuple(key)] = replace(counts.get(tuple(key), Counts()), received=received)
    return counts
