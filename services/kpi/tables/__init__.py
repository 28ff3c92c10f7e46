"""Kpi's own tables; `metadata` is complete once this package is imported. `PROJECTIONS` are those
that a replay fills again.
"""

from services.kpi.tables import alerts, facts, money, stories
from services.kpi.tables.schema import metadata

PROJECTIONS = (*facts.PROJECTIONS, *stories.PROJECTIONS, *money.PROJECTIONS)

__all__ = ["PROJECTIONS", "alerts", "facts", "metadata", "money", "stories"]
