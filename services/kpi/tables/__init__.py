"""Kpi's own tables; `metadata` is complete once this package is imported. `PROJECTIONS` are those
that a replay fills again.
"""

from services.kpi.tables import (
    alerts,
    digests,
    facts,
    forecasts,
    goals,
    load,
    money,
    motivation,
    paths,
    plans,
    rollups,
    stories,
)
from services.kpi.tables.schema import metadata

PROJECTIONS = (
    *facts.PROJECTIONS, *stories.PROJECTIONS, *rollups.PROJECTIONS, *load.PROJECTIONS,
    *money.PROJECTIONS, *paths.PROJECTIONS,
)  # fmt: skip

__all__ = [
    "PROJECTIONS", "alerts", "digests", "facts", "forecasts", "goals", "load", "metadata",
    "money", "motivation", "paths", "plans", "rollups", "stories",
]  # fmt: skip
