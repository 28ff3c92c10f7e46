"""What a service has emitted, as it stands in its journal."""

from shared.contracts.envelope import Envelope
from shared.database import Database, reading
from shared.messaging.decoding import ReceivedEvent, decode_envelope

_EVENTS = """
SELECT event_id, type, source, recorded_at AS time, topic, key, version,
    CAST(payload AS text) AS payload, traceparent, causation_id
FROM journal WHERE id > :after ORDER BY id
"""


async def journal_events(database: Database, *, after: int = 0) -> list[ReceivedEvent]:
    """The events behind the row `after`, in the order in which they were emitted."""
    async with reading(database) as session:
        rows = await session.execute(_EVENTS, {"after": after})
    events = [decode_envelope(Envelope(**row)) for row in rows]
    assert all(isinstance(event, ReceivedEvent) for event in events)
    return [event for event in events if isinstance(event, ReceivedEvent)]
