"""Opens the partitions of the timeline."""

from collections.abc import Sequence
from datetime import datetime

from shared.database import Session

_OPEN = """
SELECT count(*) FILTER (WHERE open_month(month))
FROM unnest(CAST(:months AS timestamptz[])) AS m(month)
"""


async def open_months(session: Session, months: Sequence[datetime]) -> int:
    """Make the partitions of these months that are not there. Returns how many were made."""
    return int(await session.scalar(_OPEN, {"months": list(months)}))
