"""Counts stories and inquiries one by one: of any dimensions, of short spans."""

from collections.abc import Sequence

from sqlalchemy import func, select

from services.kpi.repository.reports.cohort import MEASURES, View, groups, inquiries_of, leads_of
from services.kpi.repository.reports.sides import Counts, Key
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
    numbers = {tuple(row[:width]): [0, *row[width:]] for row in await session.execute(query)}
    inquiries = inquiries_of(view, with_leads=bool({"manager", "pipeline"} & set(dimensions)))
    keys = groups(inquiries, view.period, dimensions)
    query = select(*keys, func.count()).select_from(inquiries).group_by(*keys)
    for *key, received in await session.execute(query):
        numbers.setdefault(tuple(key), [0] * (1 + len(moments)))[0] = received
    return {key: Counts(*each) for key, each in numbers.items()}
