"""Whether reports on money tell of everybody: what is made of them and kept must not lack many."""

from typing import Final

from services.kpi.repository.money.untold import are_more_untold
from shared.database import Session
from shared.errors import UnavailableError

MOST_UNTOLD: Final = 200  # people of whom something new is known, as there are while leads come
RETRY_AFTER_SECONDS: Final = 15


class UntoldError(UnavailableError):
    """Sales of many people are still being told."""


async def require_told(session: Session) -> None:
    """Raises UntoldError while sales of many people are not told yet, as after an import: a
    plan, a forecast, a list of customers or a closed month would lack them for good.
    """
    if await are_more_untold(session, MOST_UNTOLD):
        raise UntoldError(
            "Sales of many people are still being told: what is made of them now would lack some.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
