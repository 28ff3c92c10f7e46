"""How far a win and an order of one sale may lie apart, as kpi has told, and whose cards follow."""

from datetime import datetime
from typing import Final

from shared.contracts.one_sale import USUAL_HOURS
from shared.database import Session

_GET: Final = "SELECT same_sale_hours FROM sale_rule"
_PUT: Final = """
INSERT INTO sale_rule (one, same_sale_hours) VALUES (1, :hours)
ON CONFLICT (one) DO UPDATE SET same_sale_hours = excluded.same_sale_hours
WHERE sale_rule.same_sale_hours <> excluded.same_sale_hours
"""
# Without a win that holds there is nothing to join.
_SCHEDULE: Final = """
INSERT INTO card_due (person_id, due_at)
SELECT person_id, :now FROM card WHERE won_lead_count > 0
ON CONFLICT (person_id) DO UPDATE SET due_at = least(card_due.due_at, excluded.due_at)
"""


async def get_same_sale_hours(session: Session) -> int:
    hours: int | None = await session.scalar(_GET)
    return USUAL_HOURS if hours is None else hours


async def put_same_sale_hours(session: Session, hours: int) -> None:
    await session.execute(_PUT, {"hours": hours})


async def schedule_buyers(session: Session, *, now: datetime) -> None:
    """Have the cards of all who were sold something computed anew."""
    await session.execute(_SCHEDULE, {"now": now})
