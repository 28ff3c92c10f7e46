"""Limits the time of what is read for people who wait."""

from typing import Final

from shared.database import Session

TOOK_TOO_LONG: Final = "57014"  # SQLSTATE: a statement was cancelled by its timeout


async def limit_time(session: Session, *, seconds: float) -> None:
    """Give each statement of this transaction so long; outside one it would hold for nothing."""
    milliseconds = str(round(1000 * seconds))
    await session.execute(
        "SELECT set_config('statement_timeout', :milliseconds, true)",
        {"milliseconds": milliseconds},
    )
