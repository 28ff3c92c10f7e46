"""What a person bought stands on their card once, whoever tells of it."""

from datetime import UTC, datetime, timedelta

from services.history.handlers import apply
from services.history.repository.projections import clear
from shared.contracts.indicators import SaleRuleChanged
from shared.contracts.leads import LeadWon
from shared.database import Database, transaction
from tests.integration.history.customers.customers import (
    ONE,
    RUB,
    TWO,
    bought,
    card_of,
    compute,
)
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door

FAR = datetime(2999, 1, 1, tzinfo=UTC)  # when a replay is long over


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


def a_win_and_its_order() -> EventStreams:
    """A hundred hours apart."""
    streams = EventStreams()
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=ONE), contact=ONE)
    won_at = streams.at
    streams.on_lead(LeadWon, lead, ONE, amount=100, **RUB)
    bought(streams, 1, ONE, 100, purchased_at=won_at + timedelta(hours=100))
    bought(streams, 2, TWO, 70)
    return streams


def say(streams: EventStreams, hours: int) -> None:
    streams.emit(SaleRuleChanged(subject="company", changed_at=streams.at, same_sale_hours=hours))


async def test_cards_follow_the_rule_of_one_sale(database: Database, door: Door) -> None:
    streams = a_win_and_its_order()
    await consume(database, apply, streams.events)
    await compute(database)
    assert (await card_of(door, ONE))["purchase_count"] == 2
    for hours, count in ((100, 1), (99, 2), (100, 1)):
        first = len(streams.events)
        say(streams, hours)
        await consume(database, apply, streams.events[first:])
        await compute(database)
        card = await card_of(door, ONE)
        assert (card["purchase_count"], card["sums"]["RUB"]) == (count, 100.0 * count)
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply, streams.events)  # they come again
    await compute(database, now=FAR, until=FAR)
    assert (await card_of(door, ONE))["purchase_count"] == 1


async def test_the_same_rule_again_has_no_card_computed(database: Database) -> None:
    streams = a_win_and_its_order()
    await consume(database, apply, streams.events)
    await compute(database)
    say(streams, 72)
    await consume(database, apply, streams.events[-1:])
    async with transaction(database) as session:
        assert await session.scalar("SELECT count(*) FROM card_due") == 0
    say(streams, 71)
    await consume(database, apply, streams.events[-1:])
    async with transaction(database) as session:
        due = (await session.execute("SELECT person_id FROM card_due")).scalars()
    assert due == [ONE], "who was sold nothing keeps their card"
