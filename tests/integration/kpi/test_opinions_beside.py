"""What polls say beside a forecast of the same days."""

from services.kpi.handlers import apply
from shared.database import Database
from tests.integration.kpi.eight_weeks import eight_weeks
from tests.integration.kpi.test_opinions import answered, begun, shown, step
from tests.integration.kpi.test_territories import send
from tests.support.event_streams import consume
from tests.support.http_client import Door


async def test_the_last_round_stands_beside_the_forecast(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    poll_id = await begun(door)
    for first in (100, 500):
        for name, likely in (("А", first), ("Б", first + 100), ("В", first + 200)):
            await answered(door, poll_id, name, likely)
        await step(door, poll_id, "rounds" if first == 100 else "close")
    wish = {"measure": "revenue", "step": "week", "steps": 3, "tz": "UTC"}
    (opinion,) = (await send(door, "POST", "/v1/forecasts", wish)).json()["opinions"]
    band = (await shown(door, poll_id))["band"]
    assert {name: opinion[name] for name in band} == band
    assert opinion["p50"] == 600
