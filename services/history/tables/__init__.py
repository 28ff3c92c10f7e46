"""History's own tables; `metadata` is complete once this package is imported. `PROJECTIONS` are
those that a replay fills again.
"""

from services.history.tables import activities, chains, timelines
from services.history.tables.schema import metadata

PROJECTIONS = timelines.PROJECTIONS

__all__ = ["PROJECTIONS", "activities", "chains", "metadata", "timelines"]
