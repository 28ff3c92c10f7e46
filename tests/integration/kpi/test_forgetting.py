"""Erased people leave no words in kpi, and every figure stays."""

from dataclasses import replace
from datetime import timedelta

from services.kpi.repository.facts import clear
from services.kpi.repository.rollups.sealing import roll_up_next
from services.kpi.tables import PROJECTIONS
from services.kpi.tables.money import sale, sale_event
from services.kpi.tables.paths import arrival, credit
from services.kpi.tables.rollups import counter_gain, counter_sum
from shared.contracts.contacts import ContactErased
from shared.contracts.erasing import blanked
from shared.contracts.impersonal import digest_left
from shared.contracts.inquiries import InquiryUpdated
from shared.contracts.leads import LeadLost, LeadReopened
from shared.database import Database, transaction
from shared.messaging.decoding import ReceivedEvent
from tests.integration.kpi.spring import bought, joined, won
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import EventStreams, consume, contents, some_id

ANNA, BORIS = some_id("contact", "anna"), some_id("contact", "boris")
SAME = some_id("contact", "anna again")
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


TOLD = (sale, sale_event, credit, arrival)


def _a_win_and_its_order() -> EventStreams:
    """One sale by the number alone: the amounts differ, and the order is another contact's."""
    streams = EventStreams()
    won(streams, "lead", ANNA, 900, facts={"order_id": " НФ-77 ", "contract": WORDS})
    bought(streams, "НФ-77", SAME, 1000, product="насос", region="Тула")
    joined(streams, SAME, ANNA)
    won(streams, "other", BORIS, 500, facts={"order_id": "НФ-78"})
    bought(streams, "НФ-78", BORIS, 700)
    return streams


def _erased(streams: EventStreams) -> list[ReceivedEvent]:
    """What the journals hold after the erasure."""
    return [
        ReceivedEvent(item.envelope, blanked(item.event)) if _people(item) & {ANNA, SAME} else item
        for item in streams.events
    ]


async def test_a_win_and_the_order_that_it_names_stay_one_sale(database: Database) -> None:
    streams = _a_win_and_its_order()
    await consume(database, apply_and_tell, streams.events)
    before = await contents(database, TOLD)
    assert [len(before[name]) for name in ("sale", "sale_event")] == [2, 4]
    streams.emit(ContactErased(contact_id=ANNA, birth_ids=[ANNA, SAME], erased_at=streams.at))
    await consume(database, apply_and_tell, streams.events[-1:])
    assert await contents(database, TOLD) == before
    async with transaction(database) as session:
        await clear(session)
    assert WORDS not in str([item.event for item in _erased(streams)])
    await consume(database, apply_and_tell, _erased(streams))
    assert await contents(database, TOLD) == before


async def test_an_order_that_is_corrected_after_the_erasure_is_still_its_wins(
    database: Database,
) -> None:
    streams = _a_win_and_its_order()
    streams.emit(ContactErased(contact_id=ANNA, birth_ids=[ANNA, SAME], erased_at=streams.at))
    bought(streams, digest_left("НФ-77") or "", SAME, 1200)
    streams.events[-1] = replace(
        streams.events[-1],
        event=streams.events[-1].event.model_copy(
            update={"purchase_id": some_id("purchase", "НФ-77")}
        ),
    )
    await consume(database, apply_and_tell, streams.events)
    async with transaction(database) as session:
        rows = await session.execute("SELECT amount, joined_by FROM sale ORDER BY amount")
        assert [tuple(row) for row in rows] == [(700, "order"), (1200, "order")]


async def test_a_label_by_which_somebody_could_be_found_is_none_from_the_beginning(
    database: Database,
) -> None:
    point = "anna@example.com"
    streams = EventStreams()
    labels = {"region": f"Тула, {point}", "product_interest": point}
    marks = {"utm_source": "mail", "utm_campaign": f"to {point}"}
    inquiry = streams.inquiry("labelled", contact=ANNA, campaign=marks, **labels)
    changes = {"region": point, "campaign": {"utm_campaign": point, "utm_source": "post"}}
    streams.emit(
        InquiryUpdated(inquiry_id=inquiry, contact_id=ANNA, changed_at=streams.at, changes=changes)
    )
    bought(streams, "1", ANNA, 10, region=point, product=point)
    await consume(database, apply_and_tell, streams.events)
    before = await contents(database, PROJECTIONS)
    assert point not in str(before)
    assert "post" in str(before["inquiry_change"])
    streams.emit(ContactErased(contact_id=ANNA, birth_ids=[ANNA], erased_at=streams.at))
    await consume(database, apply_and_tell, streams.events[-1:])
    assert await contents(database, PROJECTIONS) == before
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply_and_tell, _erased(streams))
    assert await contents(database, PROJECTIONS) == before


async def test_what_a_correction_took_back_stays_taken_back(database: Database) -> None:
    streams = EventStreams()
    inquiry = streams.inquiry("rang", contact=ANNA, campaign={"utm_campaign": "spring"})
    streams.opened("rang", inquiry=inquiry, contact=ANNA)
    answered = {"call": {"direction": "incoming", "outcome": "answered"}}
    for changes in (answered, {"call": None, "campaign": None}):
        streams.emit(
            InquiryUpdated(
                inquiry_id=inquiry, contact_id=ANNA, changed_at=streams.at, changes=changes
            )
        )
    await consume(database, apply_and_tell, streams.events)
    before = await contents(database, PROJECTIONS)
    streams.emit(ContactErased(contact_id=ANNA, birth_ids=[ANNA], erased_at=streams.at))
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply_and_tell, _erased(streams))
    assert await contents(database, PROJECTIONS) == before
    async with transaction(database) as session:
        stories = await session.execute(
            "SELECT contacted_at, campaign FROM lead_story WHERE known_until = 'infinity'"
        )
        assert [tuple(row) for row in stories] == [(None, None)]


def _people(item: ReceivedEvent) -> set[object]:
    return {getattr(item.event, "contact_id", None)}
