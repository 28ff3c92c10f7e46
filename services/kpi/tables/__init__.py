"""Kpi's own tables; `metadata` is complete once this package is imported. `PROJECTIONS` are those
that a replay fills again.
"""

from services.kpi.tables import (
    alerts,
    coordination,
    deliveries,
    digests,
    facts,
    forecasts,
    goals,
    load,
    loyalty,
    marketing,
    money,
    motivation,
    opinions,
    paths,
    plans,
    rollups,
    stories,
    territories,
)
from services.kpi.tables.schema import metadata

PROJECTIONS = (
    *facts.PROJECTIONS, *stories.PROJECTIONS, *rollups.PROJECTIONS, *load.PROJECTIONS,
    *money.PROJECTIONS, *paths.PROJECTIONS, *loyalty.PROJECTIONS,
)  # fmt: skip

__all__ = [
    "PROJECTIONS", "alerts", "coordination", "deliveries", "digests", "facts", "forecasts", "goals",
    "load", "loyalty", "marketing", "metadata", "money", "motivation", "opinions", "paths", "plans",
    "rollups", "stories", "territories",
]  # fmt: skip
