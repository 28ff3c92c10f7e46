"""Erased people leave no words in kpi, and every figure stays."""

from datetime import timedelta

from services.kpi.repository.facts import clear
from services.kpi.repository.rollups.sealing import roll_up_next
from services.kpi.tables import PROJECTIONS
from services.kpi.tables.rollups import counter_gain, counter_sum
from shared.contracts.contacts import ContactErased
from shared.contracts.erasing import blanked
from shared.contracts.leads import LeadLost, LeadReopened
from shared.database import Database, transaction
from shared.messaging.decoding import ReceivedEvent
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import EventStreams, consume, contents, some_id

ANNA, BORIS = some_id("contact", "anna"), some_id("contact", "boris")
WORDS = "her husband Ivan forbade it"


def _two_losses() -> EventStreams:
    """Both lost for reasons of somebody's own, one of them also for a listed one."""
    streams = EventStreams()
    for person in (ANNA, BORIS):
        lead = streams.opened(
            person, inquiry=streams.inquiry(person, contact=person), contact=person
        )
        streams.on_lead(LeadLost, lead, person, loss_reason=WORDS)
        streams.on_lead(LeadReopened, lead, person, closed_as="lost")
        streams.on_lead(LeadLost, lead, person, loss_reason="price", is_listed=True)
    lead = streams.opened("late", inquiry=streams.inquiry("late", contact=ANNA), contact=ANNA)
    streams.on_lead(LeadLost, lead, ANNA, loss_reason=WORDS)
    return streams


def _count(tables: dict[str, list[str]], words: str) -> int:
    return sum(words in row for rows in tables.values() for row in rows)


async def test_somebodys_own_words_go_and_figures_stay(database: Database) -> None:
    streams = _two_losses()
    await consume(database, apply_and_tell, streams.events)
    before = await contents(database, PROJECTIONS)
    assert _count(before, WORDS) > 0
    streams.emit(ContactErased(contact_id=ANNA, birth_ids=[ANNA], erased_at=streams.at))
    await consume(database, apply_and_tell, streams.events[-1:])
    after = await contents(database, PROJECTIONS)
    of_boris = _count({"lead_event": before["lead_event"]}, WORDS) - 2
    assert _count({"lead_event": after["lead_event"]}, WORDS) == of_boris == 1
    assert not any(WORDS in row and str(ANNA) in row for rows in after.values() for row in rows)
    assert _count(after, "price") == _count(before, "price")


async def test_sums_over_blocks_of_days_hold_no_words_either(database: Database) -> None:
    streams = _two_losses()
    streams.at += timedelta(days=3)
    streams.opened("later", inquiry=streams.inquiry("later", contact=ANNA), contact=ANNA)
    await consume(database, apply_and_tell, streams.events)
    async with transaction(database) as session:
        assert await roll_up_next(session, days=9)
    before = await contents(database, [counter_sum, counter_gain])
    assert _count(before, WORDS) > 0
    for person in (ANNA, BORIS):
        streams.emit(ContactErased(contact_id=person, birth_ids=[person], erased_at=streams.at))
    await consume(database, apply_and_tell, streams.events[-2:])
    after = await contents(database, [counter_sum, counter_gain])
    assert _count(after, WORDS) == 0
    assert _count(after, "price") == _count(before, "price")


async def test_a_replay_of_blanked_journals_gives_the_same_tables(database: Database) -> None:
    streams = _two_losses()
    streams.emit(ContactErased(contact_id=ANNA, birth_ids=[ANNA], erased_at=streams.at))
    await consume(database, apply_and_tell, streams.events)
    once = await contents(database, PROJECTIONS)
    async with transaction(database) as session:
        await clear(session)
    blank = [
        ReceivedEvent(item.envelope, blanked(item.event)) if ANNA in _people(item) else item
        for item in streams.events
    ]
    await consume(database, apply_and_tell, blank)
    assert await contents(database, PROJECTIONS) == once


def _people(item: ReceivedEvent) -> set[object]:
    return {getattr(item.event, "contact_id", None)}
