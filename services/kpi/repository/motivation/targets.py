"""Targets in their versions."""

from datetime import date
from typing import Final

from services.kpi.domain.motivation.targets import Target
from services.kpi.repository.lines import Ledger, lock
from services.kpi.tables.motivation import motivation_target
from shared.database import Session

TARGETS: Final = Ledger(
    noun="target",
    table=motivation_target,
    line=Target,
    fields=Target._fields,
    key=("target_id",),
    value="value",
    lock="leadflow:kpi:motivation",
    time="month",
)
_OF_MONTH: Final = """
SELECT subject, measure, value, currency FROM motivation_target
WHERE month = :month AND is_latest AND value IS NOT NULL
"""


async def lock_motivation(session: Session) -> None:
    """Months are closed, and schemes changed, by whoever holds this too."""
    await lock(session, TARGETS.lock)


async def find_targets(session: Session, month: date) -> dict[tuple[str, str], Target]:
    """The targets of a month by subject and measure."""
    rows = await session.execute(_OF_MONTH, {"month": month})
    return {(row.subject, row.measure): Target(month, **row) for row in rows}
