"""Stories are told in slices: whoever is waited for in the same process goes on meanwhile."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from services.kpi.use_cases.project import facts_of
from shared.contracts.envelope import Envelope
from shared.contracts.inquiries import InquiryReceived
from shared.ids import derived_id
from shared.messaging.decoding import ReceivedEvent
from shared.runtime.pace import Pace

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
EVENTS = 50


def _received(number: int) -> ReceivedEvent:
    event = InquiryReceived(
        contact_id=derived_id("contact", number),
        inquiry_id=derived_id("inquiry", number),
        source_id=UUID(int=1),
        channel="form",
        received_at=NOW,
    )
    key = event.stream_key()
    envelope = Envelope(derived_id("event", number), event.TYPE, "/", NOW, event.TOPIC, key, 1, "")
    return ReceivedEvent(envelope, event)


async def test_others_have_their_turn_within_a_batch() -> None:
    pace = Pace(breath_seconds=-1.0)  # however quick this machine is
    work = asyncio.create_task(facts_of([_received(number) for number in range(EVENTS)], pace))
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    facts, affected = work.result()
    assert len(facts["inquiry"]) == len(affected.inquiry_ids) == EVENTS
    assert turns >= EVENTS
