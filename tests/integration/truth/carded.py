"""What the cards of history say that people bought is what kpi says that was sold."""

from datetime import datetime
from typing import Any

from services.history.use_cases.cards import refresh
from shared.database import Database, transaction

_SOLD = """
SELECT CAST(coalesce(purchase_id, lead_id) AS text) AS id, amount, currency
FROM sale WHERE taken_back_at IS NULL AND known_until = DATE 'infinity' ORDER BY 1
"""
_BOUGHT = """
SELECT CAST(purchase_id AS text) AS id, amount, currency FROM card_purchase ORDER BY 1
"""
Rows = list[tuple[Any, ...]]


async def cards_of_sales(kpi: Database, history: Database, *, now: datetime) -> tuple[Rows, Rows]:
    """What stands in either, each sale with its price, once the cards are computed."""
    while await refresh.work(history, now=now, walked_until=lambda: None):
        pass
    async with transaction(kpi) as session:
        sold = [tuple(row) for row in await session.execute(_SOLD)]
    async with transaction(history) as session:
        bought = [tuple(row) for row in await session.execute(_BOUGHT)]
    return sold, bought
