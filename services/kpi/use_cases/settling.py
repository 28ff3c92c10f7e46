"""Does at once what loops do in their time, for tables that are to be compared or taken over."""

from services.kpi.use_cases.money.tell import tell_all
from services.kpi.use_cases.rollups import roll_up_all
from shared.database import Database


async def settle(database: Database) -> None:
    """Tell everybody who waits, and sum up every day that has ended."""
    await tell_all(database)
    await roll_up_all(database)
