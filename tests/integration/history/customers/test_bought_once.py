"""What a person bought stands on their card once, whoever tells of it."""

from datetime import timedelta

from services.history.handlers import apply
from shared.contracts.leads import LeadWon
from shared.database import Database
from tests.integration.history.customers.customers import ONE, RUB, bought, card_of, compute
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door


async def test_a_win_and_the_order_of_its_amount_are_one_purchase(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    for number, amount in enumerate((100, 100, 250)):
        inquiry = streams.inquiry(number, contact=ONE)
        lead = streams.opened(number, inquiry=inquiry, contact=ONE, is_test=number == 2)
        streams.on_lead(LeadWon, lead, ONE, amount=amount, **RUB)
    bought(streams, 1, ONE, 100, currency=" rub", external_id="A-17")
    bought(streams, 2, ONE, 100, purchased_at=streams.at + timedelta(hours=100))
    await consume(database, apply, streams.events)
    await compute(database)
    card = await card_of(door, ONE)
    assert (card["purchase_count"], card["sums"]) == (3, {"RUB": 300.0})
    assert len(card["purchases"]) == 3
