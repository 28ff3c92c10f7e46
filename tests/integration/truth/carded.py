"""What the cards of history say that people bought is what kpi says that was sold."""

from datetime import datetime

from services.history.use_cases.cards import refresh
from shared.database import transaction
from tests.integration.truth.conftest import Office

_SOLD = """
SELECT CAST(coalesce(purchase_id, lead_id) AS text) AS id, amount, currency
FROM sale WHERE taken_back_at IS NULL AND known_until = DATE 'infinity' ORDER BY 1
"""
_BOUGHT = """
SELECT CAST(purchase_id AS text) AS id, amount, currency FROM card_purchase ORDER BY 1
"""


async def cards_agree(office: Office, now: datetime) -> None:
    """By each sale and its price."""
    while await refresh.work(office.history, now=now, walked_until=lambda: None):
        pass
    async with transaction(office.kpi) as session:
        sold = [tuple(row) for row in await session.execute(_SOLD)]
    async with transaction(office.history) as session:
        bought = [tuple(row) for row in await session.execute(_BOUGHT)]
    assert bought == sold
