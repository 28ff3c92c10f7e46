"""Leads of people who were erased are no open ones on a card."""

from services.history.handlers import apply
from shared.contracts.leads import LeadParked, LeadStageChanged
from shared.database import Database
from tests.integration.history.customers.customers import ANNA, ONE, TWO, card_of, compute
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door


async def test_a_lead_of_somebody_forgotten_is_no_open_one(database: Database, door: Door) -> None:
    streams = EventStreams()
    leads = [
        streams.opened(number, inquiry=streams.inquiry(number, contact=who), contact=who)
        for number, who in enumerate((ONE, TWO))
    ]
    streams.on_lead(LeadParked, leads[0], ONE, reason="erased")
    streams.on_lead(LeadStageChanged, leads[0], ONE, from_stage="new", to_stage="offer")
    streams.on_lead(LeadParked, leads[1], TWO, reason="nobody_on_duty")
    await consume(database, apply, streams.events)
    await compute(database)
    card, other = [await card_of(door, who) for who in (ONE, TWO)]
    assert (card["open_lead_count"], card["open_stages"], card["leads"]) == (0, [], [])
    assert card["stages_reached"] == ["new", "offer"]
    assert (other["open_lead_count"], other["open_stages"]) == (1, ["sales/new"])
    first = len(streams.events)
    streams.assigned(leads[0], ONE, ANNA)  # by a supervisor, all the same
    await consume(database, apply, streams.events[first:])
    await compute(database)
    card = await card_of(door, ONE)
    assert (card["open_lead_count"], card["open_stages"]) == (1, ["sales/offer"])
