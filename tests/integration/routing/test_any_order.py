"""Whatever order streams come in, every inquiry is placed once and the links are the same."""

import asyncio
import random
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from services.routing.handlers import apply
from shared.contracts.contacts import SPLIT, ContactRelinked
from shared.contracts.inquiries import InquiryReceived
from shared.database import Database, transaction
from shared.ids import derived_id, new_id
from shared.messaging.decoding import ReceivedEvent
from tests.integration.routing.harness import NINE, Company, contact
from tests.integration.routing.invariants import check_invariants
from tests.support.chance import examples
from tests.support.event_streams import EventStreams, interleaved

PEOPLE = 4


def some_story(choice: random.Random, steps: int) -> list[ReceivedEvent]:
    """Inquiries, merges and splits as intake emits them: links always flattened."""
    streams = EventStreams()
    canonical = {person: person for person in range(PEOPLE)}
    for step in range(steps):
        person = choice.randrange(PEOPLE)
        if choice.random() < 0.55:
            streams.emit(
                InquiryReceived(
                    inquiry_id=derived_id("story inquiry", step),
                    contact_id=contact(person),
                    source_id=derived_id("story source"),
                    channel="form",
                    received_at=streams.at,
                    is_test=choice.random() < 0.1,
                )
            )
            continue
        if choice.random() < 0.4:
            moved, reason = parting(canonical, person), SPLIT
        else:
            into, former = canonical[choice.randrange(PEOPLE)], canonical[person]
            moved = {other: into for other, now in canonical.items() if now == former != into}
            reason = "phone"
        for other, into in moved.items():
            streams.emit(
                ContactRelinked(
                    contact_id=contact(other),
                    canonical_id=contact(into),
                    batch_id=derived_id("story batch", step),
                    reason=reason,
                    relinked_at=streams.at,
                )
            )
        canonical |= moved
    return streams.events


def parting(canonical: dict[int, int], person: int) -> dict[int, int]:
    """Whom a split re-points: the one who leaves, or those who stay if the canonical one leaves."""
    others = [other for other, now in canonical.items() if now == canonical[person] != other]
    if not others:
        return {}
    if person != canonical[person]:
        return {person: person}
    return dict.fromkeys(others, others[0])


_CLEAR = """
TRUNCATE lead, lead_inquiry, contact_link, assignment, passed_over, decision,
    decision_batch, candidate_snapshot, stream, journal, pending CASCADE
"""
_ACCEPT_SOME = """
UPDATE lead SET owner_id = :somebody, accepted_at = now()
WHERE state = 'open' AND owner_id IS NULL AND get_byte(uuid_send(lead_id), 0) % 3 = :third
"""


async def outcome(database: Database) -> dict[str, Any]:
    """What must not depend on the order: where contacts point, and which inquiries are placed."""

    async def rows(statement: str) -> list[Any]:
        async with transaction(database) as session:
            return list(await session.execute(statement))

    assert not await rows(
        "SELECT 1 FROM lead_inquiry JOIN lead USING (lead_id) WHERE lead.state = 'merged'"
    )
    links = await rows("SELECT contact_id, canonical_id FROM contact_link")
    placed = await rows("SELECT inquiry_id, contact_id FROM lead_inquiry")
    assert not await rows(
        """SELECT 1 FROM lead JOIN contact_link AS c USING (contact_id)
        WHERE lead.canonical_id <> c.canonical_id"""
    )
    assert not await rows(
        """SELECT canonical_id FROM lead WHERE state = 'open' AND accepted_at IS NULL
        GROUP BY canonical_id, pipeline, is_test HAVING count(*) > 1"""
    )
    assert not await rows(
        """SELECT m.lead_id FROM lead AS m JOIN lead AS l ON l.lead_id = m.merged_into
        WHERE l.state = 'open' AND m.canonical_id <> l.canonical_id"""
    ), "no lead stays merged into that of somebody who is another now"
    return {
        "links": {row["contact_id"]: row["canonical_id"] for row in links},
        "placed": {row["inquiry_id"]: row["contact_id"] for row in placed},
    }


@examples(40)
@given(
    seed=st.integers(0, 2**32),
    order=st.randoms(use_true_random=False),
    batch=st.integers(1, 7),
    accepting=st.booleans(),
    steps=st.sampled_from((16, 40)),
)
@example(seed=485, order=random.Random(485), batch=3, accepting=False, steps=16)
@example(seed=784, order=random.Random(784), batch=1, accepting=False, steps=16)
async def test_every_interleaving_places_every_inquiry_once_and_links_the_same(
    *,
    database: Database,
    seed: int,
    order: random.Random,
    batch: int,
    accepting: bool,
    steps: int,
) -> None:
    story = some_story(random.Random(seed), steps)
    found = []
    for events, size in ((story, len(story)), (interleaved(story, order), batch)):
        async with transaction(database) as session:
            await session.execute(_CLEAR)
        for first in range(0, len(events), size):
            async with transaction(database) as session:
                await apply(session, events[first : first + size], now=NINE)
            if accepting:
                async with transaction(database) as session:
                    await session.execute(_ACCEPT_SOME, {"somebody": new_id(), "third": first % 3})
        found.append(await outcome(database))
    assert found[0] == found[1]
    inquiries = [item.event for item in story if isinstance(item.event, InquiryReceived)]
    assert set(found[0]["placed"]) == {event.inquiry_id for event in inquiries}


async def test_streams_consumed_at_once_break_no_invariant(company: Company) -> None:
    """Two topics, two connections, the same contacts: whoever comes second sees the first."""
    story = some_story(random.Random(7), 120)
    topics = {
        topic: [item for item in story if item.envelope.topic == topic]
        for topic in ("inquiries", "contact-links")
    }
    assert all(topics.values())

    async def consume(events: list[ReceivedEvent]) -> None:
        for first in range(0, len(events), 3):
            async with transaction(company.database) as session:
                await apply(session, events[first : first + 3], now=NINE)

    await asyncio.gather(*(consume(events) for events in topics.values()))
    found = await outcome(company.database)
    assert len(found["placed"]) == len(topics["inquiries"])
    await check_invariants(company.rows)
